import { useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';

import { answer, api } from '@/api/client';
import { useCursorList } from '@/api/query';
import { apiBase } from '@/api/transport';
import { useDeskT } from '@/i18n/desk';
import { useLang } from '@/i18n/setup';
import { ClockChip } from '@/kit/ClockChip';
import { ErrorView } from '@/kit/ErrorView';
import { Money } from '@/kit/Money';
import { RelativeTime } from '@/kit/RelativeTime';
import { Pill } from '@/kit/StatePill';
import { ActBar } from '@/ui/ActBar';
import type { Act, ActInput } from '@/ui/actTypes';
import { Block, DetailPage } from '@/ui/DetailPage';
import { ListPage } from '@/ui/list/ListPage';
import { SkeletonRows } from '@/ui/list/Placeholders';
import { useListState } from '@/ui/list/useListState';
import { ReasonList, type Reason } from '@/ui/Why';

import styles from '../parts/parts.module.css';
import { sendAct, toPage, useCatalog, useNameOf, useRead, useSay } from '../parts/server';
import { Beside } from './Beside';
import { Claims } from './Claims';
import { CustomerLink } from './CustomerLink';
import { LineFacts } from './LineFacts';
import { Parcels } from './Parcels';
import { suggestion, types, type Line, type Return, type ReturnRow } from './parts';
import { RefundRow } from './RefundRow';
import { requestOf, useReturnActs } from './returnActs';
import { ReturnState } from './ReturnState';
import own from './returns.module.css';
import { withTitles } from './ruleNames';

const filterKeys = ['queue', 'decision', 'goods', 'money', 'type'];
const decisions = ['requested', 'manual', 'approved', 'rejected', 'withdrawn'];
const goods = ['awaited', 'in_transit', 'received', 'short', 'wrong_item', 'lost', 'inspected', 'kept'];
const moneys = ['due', 'sent', 'failed', 'refunded'];

/** Goods that come back, by what is due first. */
export function ReturnsPage() {
  const t = useDeskT();
  const say = useSay();
  const [state, change] = useListState(filterKeys);
  const { filters: f, q } = state;
  const recent = f['queue']?.[0] === 'recent' || q !== '';
  const query = { open: recent ? undefined : true, recent: recent || undefined, decision: f['decision']?.[0], goods: f['goods']?.[0], money: f['money']?.[0], type: f['type']?.[0], number: q === '' ? undefined : q };
  const page = async (cursor: string | undefined, signal: AbortSignal) => toPage(await answer(api.GET('/returns', { params: { query: { ...query, cursor } }, signal })));
  const list = useCursorList<ReturnRow>(['returns', q, f], page);
  const choices = (prefix: string, values: readonly string[]) => values.map((value) => ({ value, label: say(`${prefix}.${value}`) }));
  return (
    <ListPage
      id="returns"
      title={t('nav.returns')}
      list={list}
      rowKey={(row) => row.id}
      columns={[
        { key: 'number', title: t('return.number'), width: 130, sheet: 'number', cell: (row) => row.number },
        { key: 'type', title: t('return.type'), width: 100, sheet: { at: 'type', words: Object.fromEntries(types.map((one) => [one, say(`return.type.${one}`)])) }, cell: (row) => say(`return.type.${row.type}`) },
        { key: 'customer', title: t('case.customer'), width: 90, sheet: 'customer', cell: (row) => row.customer },
        { key: 'items', title: t('return.items'), width: 160, grow: 1, sheet: 'items', cell: (row) => row.items },
        { key: 'decision', title: t('return.decision'), width: 120, sheet: { at: 'decision', words: Object.fromEntries(decisions.map((one) => [one, say(`return.state.${one}`)])) }, cell: (row) => <ReturnState state={row.decision} /> },
        { key: 'goods', title: t('return.goods'), width: 100, sheet: { at: 'goods', words: { none: '', ...Object.fromEntries(goods.map((one) => [one, say(`return.state.${one}`)])) } }, cell: (row) => row.goods !== 'none' && <ReturnState state={row.goods} /> },
        { key: 'money', title: t('return.money'), width: 100, sheet: { at: 'money', words: { none: '', ...Object.fromEntries(moneys.map((one) => [one, say(`return.state.${one}`)])) } }, cell: (row) => row.money !== 'none' && <ReturnState state={row.money} /> },
        { key: 'estimate', title: t('return.estimate'), width: 110, align: 'end', sheet: { at: 'estimate', as: 'money', currency: 'currency' }, cell: (row) => row.estimate > 0 && <Money minor={row.estimate} currency={row.currency} /> },
        { key: 'due', title: t('return.due'), width: 150, sheet: { at: 'next_due_at', as: 'time' }, cell: (row) => row.next_due_at && <ClockChip clock={{ state: 'running', target: row.next_due_at }} /> },
        { key: 'created', title: t('case.created'), width: 160, sheet: { at: 'created_at', as: 'time' }, cell: (row) => <RelativeTime at={row.created_at} /> },
      ]}
      card={(row) => (
        <>
          <span className={styles.spread}>
            <b>{row.customer ?? row.number}</b>
            <ReturnState state={row.decision} />
          </span>
          <span className={styles.row}>
            {row.goods !== 'none' && <ReturnState state={row.goods} />}
            {row.money !== 'none' && <ReturnState state={row.money} />}
            <small className={styles.soft}>
              {row.number} · {say(`return.type.${row.type}`)} · {row.items}
            </small>
          </span>
        </>
      )}
      filters={[
        { key: 'queue', label: t('case.queue'), kind: 'one', options: [{ value: 'open', label: t('return.open') }, { value: 'recent', label: t('return.recent') }] },
        { key: 'decision', label: t('return.decision'), kind: 'one', options: choices('return.state', decisions) },
        { key: 'goods', label: t('return.goods'), kind: 'one', options: choices('return.state', goods) },
        { key: 'money', label: t('return.money'), kind: 'one', options: choices('return.state', moneys) },
        { key: 'type', label: t('return.type'), kind: 'one', options: choices('return.type', types) },
      ]}
      source={{ path: '/returns', query }}
      state={state}
      onChange={change}
      detail={(id) => <ReturnDetail key={id} id={id} />}
    />
  );
}

/** One return on a page of its own. */
export function ReturnPage() {
  const { recordId } = useParams({ strict: false });
  return recordId === undefined ? undefined : <ReturnDetail key={recordId} id={recordId} />;
}

function ReturnDetail({ id }: { id: string }) {
  const t = useDeskT();
  const say = useSay();
  const queries = useQueryClient();
  const catalog = useCatalog();
  const nameOf = useNameOf();
  const lang = useLang();
  const actsOf = useReturnActs();
  const read = useRead(['return', id], () => answer(api.GET('/returns/{id}', { params: { path: { id } } })));
  if (read.error && !read.data) return <ErrorView error={read.error} retry={() => void read.refetch()} />;
  if (!read.data) return <SkeletonRows />;
  const one: Return = read.data;
  const refresh = () => Promise.all(['return', 'returns', 'case', 'refunds', 'unit'].map((key) => queries.invalidateQueries({ queryKey: [key] })));
  const onAct = (line?: Line) => async (act: Act, input: ActInput) => {
    const asked = requestOf(id, line, act, input);
    await sendAct(asked.path, asked.input);
    await refresh();
  };
  const reason = (code: string | undefined) => nameOf(catalog?.reasons?.find((row) => row.code === code), code);
  const rules = (one.lines ?? []).flatMap((line) => line.rules ?? []);
  const why = (one.why ?? []).map((row): Reason => ({ code: row.code, verdict: row.verdict as Reason['verdict'], words: withTitles(row.words, rules, lang) }));
  return (
    <DetailPage
      number={one.number}
      title={`${say(`return.type.${one.type}`)} · ${one.items}`}
      badges={
        <>
          <ReturnState state={one.decision} />
          {one.goods !== 'none' && <ReturnState state={one.goods} />}
          {one.money !== 'none' && <ReturnState state={one.money} />}
          {one.next_due_at && <ClockChip clock={{ state: 'running', target: one.next_due_at }} />}
        </>
      }
      acts={<ActBar acts={actsOf(one)} onAct={onAct()} />}
      side={
        <>
          <Beside one={one} reason={reason} />
          <CustomerLink path={`/returns/${id}/link`} body={{}} />
        </>
      }
    >
      {one.note && <Block title={t('return.note')}>{one.note}</Block>}
      <Block title={t('return.why')}>{why.length === 0 ? <p className={styles.soft}>{t('return.why.none')}</p> : <ReasonList reasons={why} />}</Block>
      {(one.lines ?? []).map((line, index) => (
        <Block key={line.id} title={t('return.line', { n: index + 1 })} extra={<LineStates line={line} />}>
          {(line.acts ?? []).length > 0 && (
            <div className={own.acts}>
              <ActBar acts={actsOf(one, line)} onAct={onAct(line)} />
            </div>
          )}
          <LineFacts line={line} currency={one.currency} />
        </Block>
      ))}
      <Block
        title={t('return.refunds')}
        extra={
          <a href={`${apiBase}/returns/${id}/statement`} target="_blank" rel="noreferrer">
            {t('return.statement')}
          </a>
        }
      >
        {(one.refunds ?? []).length === 0 && <p className={styles.soft}>{t('return.refunds.none')}</p>}
        <ul className={styles.lines}>
          {(one.refunds ?? []).map((row) => (
            <RefundRow key={row.id} row={row} onDone={refresh} />
          ))}
        </ul>
      </Block>
      {one.decision === 'approved' && <Parcels one={one} />}
      <Claims returnId={id} currency={one.currency} approved={one.decision === 'approved'} suggestion={suggestion(one)} />
    </DetailPage>
  );
}

function LineStates({ line }: { line: Line }) {
  const t = useDeskT();
  const say = useSay();
  return (
    <span className={styles.row}>
      {line.goods !== 'none' && <ReturnState state={line.goods} />}
      {line.replacement !== 'none' && <ReturnState state={line.replacement} />}
      {line.disputed && <Pill tone="bad" label={t('return.disputed')} />}
      {line.consent && <Pill tone={line.consent === 'accepted' ? 'good' : 'warn'} label={say(`return.consent.${line.consent}`)} />}
    </span>
  );
}
