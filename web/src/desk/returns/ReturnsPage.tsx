import { useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';

import { answer, api } from '@/api/client';
import { useCursorList } from '@/api/query';
import { useDeskT } from '@/i18n/desk';
import { useLang } from '@/i18n/setup';
import { ClockChip } from '@/kit/ClockChip';
import { ErrorView } from '@/kit/ErrorView';
import { Money } from '@/kit/Money';
import { RelativeTime } from '@/kit/RelativeTime';
import { Pill } from '@/kit/StatePill';
import { plainMoney } from '@/lib/format';
import { ActBar } from '@/ui/ActBar';
import type { Act, ActInput } from '@/ui/actTypes';
import { Block, DetailPage, Facts } from '@/ui/DetailPage';
import { ListPage } from '@/ui/list/ListPage';
import { SkeletonRows } from '@/ui/list/Placeholders';
import { useListState } from '@/ui/list/useListState';
import { ReasonList, type Reason } from '@/ui/Why';

import styles from '../parts/parts.module.css';
import { may, sendAct, toPage, useCatalog, useMe, useNameOf, useRead, useSay } from '../parts/server';
import { Beside } from './Beside';
import { Claims } from './Claims';
import { CustomerLink } from './CustomerLink';
import { Parcels } from './Parcels';
import { suggestion, toneOf, type Line, type Refund, type Return, type ReturnRow } from './parts';
import { requestOf, useReturnActs } from './returnActs';
import own from './returns.module.css';

const filterKeys = ['queue', 'decision', 'goods', 'money', 'type'];
const decisions = ['requested', 'manual', 'approved', 'rejected', 'withdrawn'];
const goods = ['awaited', 'in_transit', 'received', 'short', 'wrong_item', 'lost', 'inspected'];
const moneys = ['due', 'sent', 'failed', 'refunded'];
const types = ['return', 'exchange', 'repair_return', 'advance_exchange', 'refund_only'];

/** A state of any axis of a return, in words. */
export function ReturnState({ state }: { state: string }) {
  const say = useSay();
  return <Pill tone={toneOf(state)} label={say(`return.state.${state}`)} />;
}

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
  const why = (one.why ?? []).map((row): Reason => ({ code: row.code, verdict: row.verdict as Reason['verdict'], words: row.words }));
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
      <Block title={t('return.refunds')}>
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

function LineFacts({ line, currency }: { line: Line; currency: string }) {
  const t = useDeskT();
  const say = useSay();
  const lang = useLang();
  const catalog = useCatalog();
  const nameOf = useNameOf();
  const between = lang === 'en' ? ', ' : '、';
  const words = (pair: { zh: string; en: string }) => (lang === 'en' ? pair.en : pair.zh);
  const product = nameOf(catalog?.models?.find((row) => row.id === line.model_id), nameOf(catalog?.categories?.find((row) => row.code === line.category), line.item));
  const found = line.inspection;
  const rules = (line.rules ?? []).filter((row) => row.state === 'now');
  return (
    <>
      <Facts
        facts={[
          [t('case.product'), line.unit_id ? <Link to="/units/$recordId" params={{ recordId: line.unit_id }}>{product || t('word.open')}</Link> : `${line.item ?? product}${line.elsewhere ? ` · ${t('return.elsewhere')}` : ''}`],
          ...(line.serial ? [[t('return.serial'), line.serial] as const] : []),
          ...(line.order_no ? [[t('return.order'), `${line.seller ?? ''} ${line.order_no}`] as const] : []),
          ...(line.quantity > 1 || line.received > 0 ? [[t('return.quantity'), `${line.quantity} · ${t('return.received')} ${line.received}`] as const] : []),
          [t('return.paid'), <Money key="paid" minor={line.paid} currency={currency} />],
          ...(line.found_serial ? [[t('return.found'), `${line.found_serial}${line.swapped ? ` · ${t('return.swapped')}` : ''}`] as const] : []),
          ...(found ? [[t('return.grade'), say(`return.grade.${found.grade}`)] as const] : []),
          ...(found?.missing?.length ? [[t('return.missing'), found.missing.join(between)] as const] : []),
          ...(found?.spoilt?.length ? [[t('return.spoilt'), found.spoilt.map((code) => say(`return.spoilt.${code}`)).join(between)] as const] : []),
          ...(line.given ? [[t('return.given'), line.given.unit_id ? <Link key="given" to="/units/$recordId" params={{ recordId: line.given.unit_id }}>{line.given.serial ?? t('word.open')}</Link> : `${line.given.item ?? ''} ${line.given.serial ?? ''} ${line.given.tracking ?? ''}`] as const] : []),
        ]}
      />
      {line.option === 'refund' && (
        <table className={own.account}>
          <tbody>
            {(line.sum.steps ?? []).map((step, index) => (
              <tr key={`${step.code}:${index}`}>
                <th scope="row">{say(`return.step.${step.code}`)}</th>
                <td>
                  <Money minor={step.amount} currency={currency} />
                </td>
              </tr>
            ))}
            <tr>
              <th scope="row">{t('return.amount')}</th>
              <td>
                <b>
                  <Money minor={line.sum.amount} currency={currency} />
                </b>
              </td>
            </tr>
          </tbody>
        </table>
      )}
      {rules.length > 0 && (
        <details>
          <summary>
            {t('return.rules')} ({rules.length})
          </summary>
          <ul className={styles.lines}>
            {rules.map((row) => (
              <li key={row.rule}>
                <b>{words(row.title)}</b>
                {row.unverified && <Pill tone="warn" label={t('return.unverified')} />}
                <span>{words(row.text)}</span>
                <small className={styles.soft}>{row.source}</small>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function RefundRow({ row, onDone }: { row: Refund; onDone: () => Promise<unknown> }) {
  const t = useDeskT();
  const say = useSay();
  const { data: me } = useMe();
  const acts: Act[] = may(me, 'returns.pay')
    ? [...(row.state === 'failed' ? [{ key: 'retry', label: t('return.retry') }] : []), ...(row.state === 'due' ? [{ key: 'by-hand', label: t('return.byHand') }] : [])]
    : [];
  return (
    <li>
      <b>
        <Money minor={row.amount} currency={row.currency} />
      </b>
      <span>{say(`return.way.${row.way}`)}</span>
      <ReturnState state={row.state} />
      {row.attempt > 0 && <small className={styles.soft}>{t('return.tries', { n: row.attempt })}</small>}
      {row.code && <span title={row.code}>{say(`return.code.${row.code}`, row.code)}</span>}
      {acts.length > 0 && (
        <ActBar
          acts={acts}
          onAct={async (act, input) => {
            await sendAct(`/refunds/${row.id}/${act.key}`, input);
            await onDone();
          }}
        />
      )}
    </li>
  );
}
