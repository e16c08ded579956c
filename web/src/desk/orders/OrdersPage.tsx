import { useQueryClient } from '@tanstack/react-query';

import { answer, api } from '@/api/client';
import { useCursorList } from '@/api/query';
import { useDeskT } from '@/i18n/desk';
import { ClockChip } from '@/kit/ClockChip';
import { RelativeTime } from '@/kit/RelativeTime';
import { StatePill } from '@/kit/StatePill';
import { ListPage } from '@/ui/list/ListPage';
import { eachRow } from '@/ui/list/eachRow';
import type { BulkAct, Column, Filter } from '@/ui/list/types';
import { useListState } from '@/ui/list/useListState';

import { ServiceName } from '../cases/CaseDetail';
import styles from '../parts/parts.module.css';
import { may, readAll, toPage, useCatalog, useMe, useNameOf, useRead, wordsOf } from '../parts/server';
import type { Order } from '../parts/types';
import { useWindowText } from '../parts/window';
import { OrderDetail } from './OrderDetail';

const filterKeys = ['queue', 'state', 'service', 'outlet', 'late', 'soon', 'nobody'];
const queues = ['live', 'unplanned', 'review', 'proof', 'recent'] as const;
export const orderStates = ['draft', 'ready', 'offered', 'accepted', 'scheduled', 'working', 'suspended', 'incomplete', 'completed', 'posted', 'cancelled'] as const;

/** Orders by queue and state. */
export function OrdersPage() {
  const t = useDeskT();
  const nameOf = useNameOf();
  const windowText = useWindowText();
  const { data: me } = useMe();
  const outlets = useRead(['outlets', 'every'], () => readAll((cursor) => answer(api.GET('/outlets', { params: { query: { limit: 200, cursor } } }))), may(me, 'outlets.read')).data ?? [];
  const catalog = useCatalog();
  const [state, change] = useListState(filterKeys);
  const { filters: f, q } = state;
  const query = {
    // A state such as posted is no queue of work: the newest of all are asked for.
    queue: queues.find((one) => one === f['queue']?.[0]) ?? (f['state'] || q ? 'recent' : 'live'),
    state: f['state'] ?? null,
    service_type: f['service']?.[0],
    outlet_id: f['outlet']?.[0],
    late: f['late'] ? true : undefined,
    soon: f['soon'] ? true : undefined,
    nobody: f['nobody'] ? true : undefined,
    number: q === '' ? undefined : q,
  } as const;
  const page = async (cursor: string | undefined, signal: AbortSignal) => toPage(await answer(api.GET('/orders', { params: { query: { ...query, cursor } }, signal })));
  const list = useCursorList<Order>(['orders', q, f], page);
  const queries = useQueryClient();
  const each = async (ids: readonly string[], act: (id: string) => Promise<unknown>) => {
    const result = await eachRow(ids, act, t('error.title'));
    await queries.invalidateQueries({ queryKey: ['orders'] });
    return result;
  };
  const bulk: BulkAct[] = [
    ...(may(me, 'orders.act') ? [{ key: 'release', label: t('order.bulk.release'), run: (ids: readonly string[]) => each(ids, (id) => answer(api.POST('/orders/{id}/release', { params: { path: { id } }, body: {} }))) }] : []),
    ...(may(me, 'dispatch.offer') ? [{ key: 'offer', label: t('order.bulk.offer'), run: (ids: readonly string[]) => each(ids, (id) => answer(api.POST('/orders/{id}/offer_next', { params: { path: { id } }, body: {} }))) }] : []),
  ];
  const columns: Column<Order>[] = [
    { key: 'number', title: t('case.number'), width: 125, sheet: 'number', cell: (row) => row.number },
    { key: 'service', title: t('order.service'), width: 80, sheet: { at: 'service_type', words: wordsOf(catalog?.service_types, (one) => one.code, nameOf) }, cell: (row) => <ServiceName code={row.service_type} /> },
    { key: 'product', title: t('case.product'), width: 115, grow: 1, sheet: { at: 'category', words: wordsOf(catalog?.categories, (one) => one.code, nameOf) }, cell: (row) => nameOf(catalog?.categories?.find((one) => one.code === row.category), row.category) },
    { key: 'place', title: t('order.address'), width: 130, grow: 2, sheet: 'place', cell: (row) => row.place },
    { key: 'customer', title: t('case.customer'), width: 80, sheet: 'contact_name', cell: (row) => row.contact_name },
    { key: 'state', title: t('case.state'), width: 130, sheet: { at: 'state', words: Object.fromEntries(orderStates.map((one) => [one, t(`state.order.${one}`)])) }, cell: (row) => <StatePill kind="order" state={row.state} /> },
    { key: 'promised', title: t('order.promised'), width: 190, sheet: { at: ['promised.from', 'promised.to'], as: 'time' }, cell: (row) => row.promised && windowText(row.promised.from, row.promised.to, row) },
    { key: 'due', title: t('case.due'), width: 150, sheet: { at: 'next_due_at', as: 'time' }, cell: (row) => row.next_due_at && <ClockChip clock={{ state: 'running', target: row.next_due_at }} /> },
    { key: 'created', title: t('case.created'), width: 165, sheet: { at: 'created_at', as: 'time' }, cell: (row) => <RelativeTime at={row.created_at} /> },
  ];
  const filters: Filter[] = [
    { key: 'queue', label: t('case.queue'), kind: 'one', options: queues.map((value) => ({ value, label: t(`order.queue.${value}`) })) },
    { key: 'state', label: t('case.state'), kind: 'choice', options: orderStates.map((value) => ({ value, label: t(`state.order.${value}`) })) },
    { key: 'service', label: t('order.service'), kind: 'one', options: (catalog?.service_types ?? []).filter((one) => one.active).map((one) => ({ value: one.code, label: nameOf(one) })) },
    ...(outlets.length > 0 ? [{ key: 'outlet', label: t('order.outlet'), kind: 'one' as const, options: outlets.map((one) => ({ value: one.id, label: one.name })) }] : []),
    { key: 'late', label: t('case.late'), kind: 'one', options: [{ value: 'true', label: t('word.yes') }] },
    { key: 'soon', label: t('dash.risk'), kind: 'one', options: [{ value: 'true', label: t('word.yes') }] },
    { key: 'nobody', label: t('dash.noOutlet'), kind: 'one', options: [{ value: 'true', label: t('word.yes') }] },
  ];
  return (
    <ListPage
      id="orders"
      title={t('nav.orders')}
      list={list}
      rowKey={(row) => row.id}
      columns={columns}
      card={(row) => (
        <>
          <span className={styles.spread}>
            <b>{row.number}</b>
            <small className={styles.soft}>
              <RelativeTime at={row.created_at} />
            </small>
          </span>
          <span>
            <ServiceName code={row.service_type} />
            {[row.contact_name, row.place].map((one) => (one ? ` · ${one}` : ''))}
          </span>
          <span className={styles.row}>
            <StatePill kind="order" state={row.state} />
            {row.promised && <small>{windowText(row.promised.from, row.promised.to, row)}</small>}
          </span>
        </>
      )}
      filters={filters}
      state={state}
      onChange={change}
      detail={(id) => <OrderDetail key={id} id={id} />}
      source={{ path: '/orders', query }}
      {...(bulk.length > 0 ? { bulk } : {})}
    />
  );
}
