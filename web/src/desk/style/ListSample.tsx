import { Button } from 'antd';
import { Plus } from 'lucide-react';
import { useMemo, useState } from 'react';

import { useCursorList } from '@/api/query';
import { useDeskT } from '@/i18n/desk';
import { useLang } from '@/i18n/setup';
import { ClockChip } from '@/kit/ClockChip';
import { Money } from '@/kit/Money';
import { RelativeTime } from '@/kit/RelativeTime';
import { Pill, StatePill } from '@/kit/StatePill';
import type { Lang } from '@/lib/format';
import { ListPage } from '@/ui/list/ListPage';
import type { ListState } from '@/ui/list/listState';
import type { Column, Filter } from '@/ui/list/types';
import { useListState } from '@/ui/list/useListState';

import { DetailSample } from './DetailSample';
import { sampleRows, samples, type SampleCase } from './samples';

const filterKeys = ['state', 'priority', 'day'];

const priorityTone = { p1: 'bad', p2: 'warn', p3: 'neutral' } as const;

function useColumnsOf(lang: Lang): Column<SampleCase>[] {
  return useMemo(() => {
    const { columns: c, priorities, milestone } = samples(lang);
    return [
      { key: 'number', title: c.number, width: 130, cell: (row) => row.number },
      { key: 'title', title: c.title, width: 160, grow: 2, cell: (row) => row.title },
      { key: 'customer', title: c.customer, width: 110, grow: 1, cell: (row) => row.customer },
      { key: 'state', title: c.state, width: 130, cell: (row) => <StatePill kind="case" state={row.state} /> },
      { key: 'priority', title: c.priority, width: 96, cell: (row) => <Pill tone={priorityTone[row.priority]} label={priorities[row.priority]} /> },
      { key: 'due', title: c.due, width: 210, sort: 'due', cell: (row) => <ClockChip clock={{ state: 'running', milestone, target: row.dueAt, warn_at: row.dueAt - 3_600_000 }} /> },
      { key: 'district', title: c.district, width: 100, cell: (row) => row.district },
      { key: 'fee', title: c.fee, width: 100, align: 'end', cell: (row) => <Money minor={row.fee} currency="CNY" /> },
      { key: 'created', title: c.created, width: 140, sort: 'created', cell: (row) => <RelativeTime at={row.createdAt} /> },
      { key: 'model', title: c.model, width: 120, initially: 'hidden', cell: (row) => row.model },
    ];
  }, [lang]);
}

function keep(state: ListState): (row: SampleCase) => boolean {
  const { filters, q } = state;
  return (row) =>
    (filters['state']?.includes(row.state) ?? true) &&
    (filters['priority']?.includes(row.priority) ?? true) &&
    (q === '' || `${row.number} ${row.title} ${row.customer}`.toLowerCase().includes(q.toLowerCase()));
}

/** A list of 20,000 made-up cases. */
export function ListSample() {
  const t = useDeskT();
  const lang = useLang();
  const s = samples(lang);
  const [now] = useState(() => Date.now());
  const [state, change] = useListState(filterKeys);
  const columns = useColumnsOf(lang);
  const filters: Filter[] = [
    { key: 'state', label: s.columns.state, kind: 'choice', options: (['open', 'diagnosing', 'serving', 'verifying', 'closed'] as const).map((value) => ({ value, label: t(`state.case.${value}`) })) },
    { key: 'priority', label: s.columns.priority, kind: 'one', options: Object.entries(s.priorities).map(([value, label]) => ({ value, label })) },
    { key: 'day', label: s.columns.created, kind: 'day' },
  ];
  const list = useCursorList<SampleCase>(['sample', lang, state.q, state.filters], (cursor) => {
    const { rows, next } = sampleRows(lang, now, Number(cursor ?? 0), 50, keep(state));
    return Promise.resolve({ items: rows, next_cursor: next === undefined ? undefined : String(next), total: rows.length < 50 ? rows.length : 1000, total_over: rows.length === 50 });
  });
  return (
    <ListPage
      id="sample"
      title={s.list}
      list={list}
      rowKey={(row) => row.id}
      columns={columns}
      card={(row) => <CaseCard row={row} milestone={s.milestone} />}
      filters={filters}
      state={state}
      onChange={change}
      detail={() => <DetailSample />}
      actions={
        <Button type="primary" icon={<Plus size={16} aria-hidden />}>
          {s.newCase}
        </Button>
      }
      bulk={[{ key: 'assign', label: s.assign, run: (ids) => Promise.resolve({ refused: ids[1] ? { [ids[1]]: s.refused } : {} }) }]}
    />
  );
}

function CaseCard({ row, milestone }: { row: SampleCase; milestone: string }) {
  return (
    <>
      <span style={{ display: 'flex', gap: 8, justifyContent: 'space-between' }}>
        <b>{row.customer}</b>
        <small style={{ color: 'var(--text-soft)' }}>
          <RelativeTime at={row.createdAt} />
        </small>
      </span>
      <span>
        {row.title} · {row.district}
      </span>
      <span style={{ display: 'flex', gap: 6, flexWrap: 'wrap' }}>
        <StatePill kind="case" state={row.state} />
        <ClockChip clock={{ state: 'running', milestone, target: row.dueAt, warn_at: row.dueAt - 3_600_000 }} />
      </span>
    </>
  );
}
