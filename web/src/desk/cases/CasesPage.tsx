import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { Plus } from 'lucide-react';
import { useMemo } from 'react';

import { answer, api } from '@/api/client';
import { useCursorList } from '@/api/query';
import { useDeskT } from '@/i18n/desk';
import { ClockChip } from '@/kit/ClockChip';
import { RelativeTime } from '@/kit/RelativeTime';
import { Pill, StatePill } from '@/kit/StatePill';
import { ListPage } from '@/ui/list/ListPage';
import { eachRow } from '@/ui/list/eachRow';
import type { BulkAct, Column, Filter } from '@/ui/list/types';
import { useListState } from '@/ui/list/useListState';

import styles from '../parts/parts.module.css';
import { may, readAll, toPage, useCatalog, useMe, useNameOf, useRead, wordsOf } from '../parts/server';
import type { Case } from '../parts/types';
import { CaseDetail } from './CaseDetail';

const filterKeys = ['queue', 'state', 'priority', 'brand', 'type', 'assignee', 'late', 'safety'];
const queues = ['mine', 'unassigned', 'all', 'recent'] as const;
const priorities = ['P1', 'P2', 'P3', 'P4'] as const;
const types = ['request', 'complaint'] as const;
const states = ['open', 'diagnosing', 'serving', 'verifying', 'closed', 'cancelled'] as const;

export const priorityTone = (priority: string) => (priority === 'P1' ? 'bad' : priority === 'P2' ? 'warn' : 'neutral');

/** When a case's next deadline falls; nothing when it has none. */
function Due({ at }: { at: string | undefined }) {
  return at === undefined ? null : <ClockChip clock={{ state: 'running', target: at }} />;
}

/** Cases by queue: mine, nobody's, all that live, or the newest. */
export function CasesPage() {
  const t = useDeskT();
  const nameOf = useNameOf();
  const catalog = useCatalog();
  const { data: me } = useMe();
  const [state, change] = useListState(filterKeys);
  const { filters: f, q } = state;
  const queue = queues.find((one) => one === f['queue']?.[0]) ?? 'all';
  const query = {
    queue,
    state: f['state'] ?? null,
    priority: priorities.find((one) => one === f['priority']?.[0]),
    type: types.find((one) => one === f['type']?.[0]),
    brand_id: f['brand']?.[0],
    assignee_id: f['assignee']?.[0],
    late: f['late'] ? true : undefined,
    safety: f['safety'] ? true : undefined,
  };
  const page = async (cursor: string | undefined, signal: AbortSignal) =>
    toPage(q === '' ? await answer(api.GET('/cases', { params: { query: { ...query, cursor } }, signal })) : await answer(api.GET('/cases/search', { params: { query: { q, limit: 50 } }, signal })));
  const list = useCursorList<Case>(['cases', q, f], page);
  const mayList = may(me, 'identity.users');
  const users = useRead(['users', 'every'], () => readAll((cursor) => answer(api.GET('/users', { params: { query: { limit: 200, cursor } } }))), mayList).data ?? [];
  const people = users.filter((one) => one.state === 'active').map((one) => ({ value: one.id, label: one.name }));
  const queries = useQueryClient();
  const assign = async (ids: readonly string[], assignee: string) => {
    const result = await eachRow(ids, (id) => answer(api.POST('/cases/{id}/assign', { params: { path: { id } }, body: { assignee_id: assignee } })), t('error.title'));
    await queries.invalidateQueries({ queryKey: ['cases'] });
    return result;
  };
  const bulk: BulkAct[] = may(me, 'cases.assign')
    ? [{ key: 'mine', label: t('case.bulk.mine'), run: (ids) => assign(ids, me?.id ?? '') }, ...(people.length > 0 ? [{ key: 'assign', label: t('case.bulk.assign'), options: people, run: assign }] : [])]
    : [];
  const columns = useMemo((): Column<Case>[] => {
    const symptoms = new Map((catalog?.symptoms ?? []).map((one) => [one.code, one]));
    const categories = new Map((catalog?.categories ?? []).map((one) => [one.code, one]));
    const brands = new Map((catalog?.brands ?? []).map((one) => [one.id, one]));
    return [
      { key: 'number', title: t('case.number'), width: 130, sheet: 'number', cell: (row) => row.number },
      { key: 'summary', title: t('case.summary'), width: 200, grow: 2, sheet: 'summary', cell: (row) => row.summary },
      { key: 'customer', title: t('case.customer'), width: 90, sheet: 'contact_name', cell: (row) => row.contact_name },
      { key: 'product', title: t('case.product'), width: 130, grow: 1, sheet: { at: 'category', words: wordsOf(catalog?.categories, (one) => one.code, nameOf) }, cell: (row) => nameOf(categories.get(row.category ?? ''), row.category) },
      { key: 'symptom', title: t('case.symptom'), width: 130, grow: 1, initially: 'hidden', sheet: { at: 'symptom', words: wordsOf(catalog?.symptoms, (one) => one.code, nameOf) }, cell: (row) => nameOf(symptoms.get(row.symptom ?? ''), row.symptom) },
      { key: 'brand', title: t('case.brand'), width: 90, initially: 'hidden', sheet: { at: 'brand_id', words: wordsOf(catalog?.brands, (one) => one.id, nameOf) }, cell: (row) => nameOf(brands.get(row.brand_id)) },
      { key: 'state', title: t('case.state'), width: 120, sheet: { at: 'state', words: Object.fromEntries(states.map((one) => [one, t(`state.case.${one}`)])) }, cell: (row) => <StatePill kind="case" state={row.state} /> },
      { key: 'priority', title: t('case.priority'), width: 80, sheet: 'priority', cell: (row) => <Pill tone={priorityTone(row.priority)} label={row.priority} /> },
      { key: 'due', title: t('case.due'), width: 150, sheet: { at: 'next_due_at', as: 'time' }, cell: (row) => <Due at={row.next_due_at} /> },
      { key: 'created', title: t('case.created'), width: 170, sheet: { at: 'created_at', as: 'time' }, cell: (row) => <RelativeTime at={row.created_at} /> },
    ];
  }, [t, nameOf, catalog]);
  const filters: Filter[] = [
    { key: 'queue', label: t('case.queue'), kind: 'one', options: queues.map((value) => ({ value, label: t(`case.queue.${value}`) })) },
    { key: 'state', label: t('case.state'), kind: 'choice', options: states.map((value) => ({ value, label: t(`state.case.${value}`) })) },
    { key: 'priority', label: t('case.priority'), kind: 'one', options: priorities.map((value) => ({ value, label: value })) },
    { key: 'type', label: t('case.type'), kind: 'one', options: types.map((value) => ({ value, label: t(`case.type.${value}`) })) },
    { key: 'late', label: t('case.late'), kind: 'one', options: [{ value: 'true', label: t('word.yes') }] },
    { key: 'safety', label: t('home.safety'), kind: 'one', options: [{ value: 'true', label: t('word.yes') }] },
    { key: 'brand', label: t('case.brand'), kind: 'one', options: (catalog?.brands ?? []).map((one) => ({ value: one.id, label: nameOf(one) })) },
    ...(people.length > 0 ? [{ key: 'assignee', label: t('case.assignee'), kind: 'one' as const, options: people }] : []),
  ];
  return (
    <ListPage
      id="cases"
      title={t('nav.cases')}
      list={list}
      rowKey={(row) => row.id}
      columns={columns}
      card={(row) => <CaseCard row={row} />}
      filters={filters}
      state={state}
      onChange={change}
      detail={(id) => <CaseDetail key={id} id={id} />}
      // What was searched for is a handful of best hits, no list to read to its end.
      source={q === '' ? { path: '/cases', query } : undefined}
      {...(bulk.length > 0 ? { bulk } : {})}
      actions={
        may(me, 'cases.open') && (
          <Link to={'/cases/new'}>
            <Button type="primary" icon={<Plus size={16} aria-hidden />} tabIndex={-1}>
              {t('case.new')}
            </Button>
          </Link>
        )
      }
    />
  );
}

function CaseCard({ row }: { row: Case }) {
  return (
    <>
      <span className={styles.spread}>
        <b>{row.contact_name ?? row.number}</b>
        <small className={styles.soft}>
          <RelativeTime at={row.created_at} />
        </small>
      </span>
      <span>{row.summary}</span>
      <span className={styles.row}>
        <StatePill kind="case" state={row.state} />
        <Pill tone={priorityTone(row.priority)} label={row.priority} />
        <Due at={row.next_due_at} />
      </span>
    </>
  );
}
