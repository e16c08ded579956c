import { Link } from '@tanstack/react-router';

import { answer, api } from '@/api/client';
import { useCursorList } from '@/api/query';
import type { components } from '@/api/schema';
import { useDeskT } from '@/i18n/desk';
import { RelativeTime } from '@/kit/RelativeTime';
import { StatePill } from '@/kit/StatePill';
import { ListPage } from '@/ui/list/ListPage';
import type { Column, Filter } from '@/ui/list/types';
import { useListState } from '@/ui/list/useListState';

import parts from '../parts/parts.module.css';
import { may, readAll, toPage, useMe, useRead, useSay } from '../parts/server';

type Row = components['schemas']['ConsoleBehind'];

const filterKeys = ['measure', 'party', 'milestone', 'hit', 'outlet', 'path', 'from', 'to'];
/** States of both kinds; what both call alike has one word. */
const orderStates = ['draft', 'ready', 'offered', 'accepted', 'scheduled', 'working', 'suspended', 'incomplete', 'completed', 'posted', 'cancelled'] as const;
const caseStates = ['open', 'diagnosing', 'serving', 'verifying', 'closed', 'cancelled'] as const;
const measures = ['on_time_arrival', 'first_time_fix', 'repeat_30d', 'completion_in_time', 'remote_fix', 'callback_satisfaction', 'complaint_in_time', 'promise_kept'] as const;
const parties = ['firm', 'centre', 'outlet', 'engineer', 'customer', 'parts', 'approver', 'product_owner', 'seller', 'carrier', 'platform'] as const;
const milestones = ['first_response', 'diagnosis', 'outlet_acceptance', 'first_contact', 'arrival', 'completion', 'callback', 'complaint_plan', 'complaint_closed', 'return_decision', 'inspection', 'replacement', 'refund', 'fifteen_day_action', 'statement_answer', 'awaited'] as const;

/** The records that a number of the dashboard counts. */
export function BehindPage() {
  const t = useDeskT();
  const say = useSay();
  const { data: me } = useMe();
  const outlets = useRead(['outlets', 'every'], () => readAll((cursor) => answer(api.GET('/outlets', { params: { query: { limit: 200, cursor } } }))), may(me, 'outlets.read')).data ?? [];
  const [state, change] = useListState(filterKeys);
  const { filters: f } = state;
  const party = f['party']?.[0];
  const measure = measures.find((one) => one === f['measure']?.[0]) ?? (party ? undefined : 'first_time_fix');
  const hit = f['hit']?.[0];
  const query = {
    measure,
    ...(measure ? {} : { party: parties.find((one) => one === party), milestone: milestones.find((one) => one === f['milestone']?.[0]) }),
    hit: hit === 'true' || hit === 'false' ? hit : undefined,
    outlet: f['outlet']?.[0],
    path: f['path']?.[0],
    from: f['from']?.[0],
    to: f['to']?.[0],
  } as const;
  const page = async (cursor: string | undefined, signal: AbortSignal) => toPage(await answer(api.GET('/console/behind', { params: { query: { ...query, cursor } }, signal })));
  const list = useCursorList<Row>(['behind', f], page);
  const verdict = (row: Row) => (row.milestone ? t(row.hit ? 'dash.met' : 'dash.breached') : t(row.hit ? 'behind.counted' : 'behind.notCounted'));
  const open = (row: Row) =>
    row.record_id === '' ? (
      '–'
    ) : row.record_kind === 'order' ? (
      <Link to="/orders/$orderId" params={{ orderId: row.record_id }}>{row.number}</Link>
    ) : (
      <Link to="/cases/$caseId" params={{ caseId: row.record_id }}>{row.number}</Link>
    );
  const states = { ...Object.fromEntries(orderStates.map((one) => [one, t(`state.order.${one}`)])), ...Object.fromEntries(caseStates.map((one) => [one, t(`state.case.${one}`)])) };
  const columns: Column<Row>[] = [
    { key: 'number', title: t('case.number'), width: 150, sheet: 'number', cell: open },
    { key: 'state', title: t('case.state'), width: 130, sheet: { at: 'state', words: states }, cell: (row) => row.state !== '' && <StatePill kind={row.record_kind} state={row.state} /> },
    { key: 'verdict', title: t('behind.verdict'), width: 110, sheet: { at: 'hit', words: { true: t(measure ? 'behind.counted' : 'dash.met'), false: t(measure ? 'behind.notCounted' : 'dash.breached') } }, cell: verdict },
    ...(measure ? [] : [{ key: 'milestone', title: t('clocks.milestone'), width: 150, sheet: { at: 'milestone', words: Object.fromEntries(milestones.map((one) => [one, say(`clocks.milestone.${one}`)])) }, cell: (row: Row) => say(`clocks.milestone.${row.milestone ?? ''}`) }]),
    { key: 'outlet', title: t('dash.outlet'), width: 180, grow: 1, sheet: 'outlet_name', cell: (row) => row.outlet_name ?? '–' },
    { key: 'at', title: t('behind.at'), width: 170, sheet: { at: 'at', as: 'time' as const }, cell: (row) => <RelativeTime at={row.at} /> },
  ];
  const filters: Filter[] = [
    { key: 'measure', label: t('behind.measure'), kind: 'one', options: measures.map((value) => ({ value, label: say(`kpi.${value}`) })) },
    { key: 'party', label: t('clocks.party'), kind: 'one', options: parties.map((value) => ({ value, label: say(`clocks.party.${value}`) })) },
    { key: 'milestone', label: t('clocks.milestone'), kind: 'one', options: milestones.map((value) => ({ value, label: say(`clocks.milestone.${value}`) })) },
    { key: 'hit', label: t('behind.verdict'), kind: 'one', options: [{ value: 'true', label: t(measure ? 'behind.counted' : 'dash.met') }, { value: 'false', label: t(measure ? 'behind.notCounted' : 'dash.breached') }] },
    ...(outlets.length > 0 ? [{ key: 'outlet', label: t('dash.outlet'), kind: 'one' as const, options: outlets.map((one) => ({ value: one.id, label: one.name })) }] : []),
    { key: 'path', label: t('behind.alone'), kind: 'one', options: [{ value: '/', label: t('dash.centre') }, ...outlets.filter((one) => one.path !== '/').map((one) => ({ value: one.path, label: one.name }))] },
    { key: 'from', label: t('behind.from'), kind: 'day' },
    { key: 'to', label: t('behind.to'), kind: 'day' },
  ];
  return (
    <ListPage
      id="behind"
      title={measure ? say(`kpi.${measure}`) : t('behind.title', { party: say(`clocks.party.${party ?? ''}`) })}
      list={list}
      rowKey={(row) => row.key}
      columns={columns}
      card={(row) => (
        <>
          <span className={parts.spread}>
            <b>{open(row)}</b>
            <small className={parts.soft}>
              <RelativeTime at={row.at} />
            </small>
          </span>
          <span className={parts.row}>
            {row.state !== '' && <StatePill kind={row.record_kind} state={row.state} />}
            <small>{[verdict(row), row.milestone && say(`clocks.milestone.${row.milestone}`), row.outlet_name].filter(Boolean).join(' · ')}</small>
          </span>
        </>
      )}
      filters={filters}
      searchable={false}
      state={state}
      // Choosing a party leaves the measure, and the other way round: a list is of one of them.
      onChange={(next) => {
        if (next.filters) {
          const { measure: m, party: p, milestone, ...rest } = next.filters;
          const chosen = p && p[0] !== party ? 'party' : m && m[0] !== f['measure']?.[0] ? 'measure' : p ? 'party' : 'measure';
          next = { ...next, filters: { ...rest, ...(chosen === 'party' ? { ...(p ? { party: p } : {}), ...(milestone ? { milestone } : {}) } : m ? { measure: m } : {}) } };
        }
        change(next);
      }}
      source={{ path: '/console/behind', query }}
    />
  );
}
