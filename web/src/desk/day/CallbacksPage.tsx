import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';

import { answer, api } from '@/api/client';
import { useCursorList } from '@/api/query';
import { useDeskT } from '@/i18n/desk';
import { useLang } from '@/i18n/setup';
import { ErrorView } from '@/kit/ErrorView';
import { Money } from '@/kit/Money';
import { RelativeTime } from '@/kit/RelativeTime';
import { StatePill } from '@/kit/StatePill';
import { formatDate } from '@/lib/format';
import { defaultZone } from '@/lib/instant';
import { ActBar } from '@/ui/ActBar';
import { Block, DetailPage } from '@/ui/DetailPage';
import { ListPage } from '@/ui/list/ListPage';
import { SkeletonRows } from '@/ui/list/Placeholders';
import type { Column, Filter } from '@/ui/list/types';
import { useListState } from '@/ui/list/useListState';

import { ServiceName } from '../cases/CaseDetail';
import { AmountField, Choose, NumberField } from '../parts/Inputs';
import styles from '../parts/parts.module.css';
import { may, sendAct, toPage, useCatalog, useMe, useNameOf, useRead, useSay } from '../parts/server';
import type { Callback } from '../parts/types';

const filterKeys = ['due', 'links', 'all'];

/** Customers to be asked how it went. */
export function CallbacksPage() {
  const t = useDeskT();
  const say = useSay();
  const [state, change] = useListState(filterKeys);
  const { filters: f } = state;
  const list = useCursorList<Callback>(['callbacks', f], async (cursor, signal) => toPage(await answer(api.GET('/callbacks', { params: { query: { calls: f['all'] || f['links'] ? undefined : true, links: f['links'] ? true : undefined, due_now: f['due'] ? true : undefined, cursor } }, signal }))));
  const cause = (row: Callback) => say(`callback.cause.${row.cause}`);
  const columns: Column<Callback>[] = [
    { key: 'cause', title: t('callback.cause'), width: 160, cell: cause },
    { key: 'customer', title: t('callback.about'), width: 130, grow: 1, cell: (row) => row.customer },
    { key: 'case', title: t('callback.case'), width: 150, cell: (row) => row.case_number },
    { key: 'service', title: t('order.service'), width: 100, cell: (row) => row.service_type && <ServiceName code={row.service_type} /> },
    { key: 'state', title: t('case.state'), width: 130, cell: (row) => <StatePill kind="callback" state={row.state} /> },
    { key: 'attempts', title: t('callback.attempts'), width: 90, align: 'end', cell: (row) => row.attempts },
    { key: 'score', title: t('callback.score'), width: 110, align: 'end', cell: (row) => row.score },
    { key: 'due', title: t('callback.due'), width: 180, cell: (row) => <RelativeTime at={row.due_at} /> },
  ];
  const yes = [{ value: 'now', label: t('word.yes') }];
  const filters: Filter[] = [
    { key: 'due', label: t('callback.dueNow'), kind: 'one', options: yes },
    { key: 'links', label: t('callback.links'), kind: 'one', options: yes },
    { key: 'all', label: t('callback.ended'), kind: 'one', options: yes },
  ];
  return (
    <ListPage
      id="callbacks"
      title={t('nav.callbacks')}
      list={list}
      searchable={false}
      rowKey={(row) => row.id}
      columns={columns}
      card={(row) => (
        <>
          <span className={styles.spread}>
            <b>{row.customer ?? cause(row)}</b>
            <small className={styles.soft}>
              <RelativeTime at={row.due_at} />
            </small>
          </span>
          <span className={styles.row}>
            <StatePill kind="callback" state={row.state} />
            <small className={styles.soft}>
              {row.customer !== undefined && `${cause(row)} · `}
              {row.case_number}
            </small>
          </span>
        </>
      )}
      filters={filters}
      state={state}
      onChange={change}
      detail={(id) => <CallbackDetail key={id} id={id} />}
    />
  );
}

const script = ['opening', 'check', 'manner', 'parts', 'money', 'score', 'unhappy', 'end'];

function CallbackDetail({ id }: { id: string }) {
  const t = useDeskT();
  const say = useSay();
  const queries = useQueryClient();
  const lang = useLang();
  const nameOf = useNameOf();
  const catalog = useCatalog();
  const { data: me } = useMe();
  const read = useRead(['callback', id], () => answer(api.GET('/callbacks/{id}', { params: { path: { id } } })));
  const classes = useRead(['callback-classes'], async () => (await answer(api.GET('/callbacks/classes'))) ?? []).data ?? [];
  const caseId = read.data?.case_id ?? '';
  const work = useRead(['case', caseId], () => answer(api.GET('/console/cases/{id}', { params: { path: { id: caseId } } })), caseId !== '' && may(me, 'cases.read')).data;
  const orderId = read.data?.order_id ?? '';
  const outletId = useRead(['order', orderId], () => answer(api.GET('/orders/{id}', { params: { path: { id: orderId } } })), orderId !== '' && may(me, 'orders.read')).data?.outlet_id ?? '';
  const outlet = useRead(['outlet', outletId], () => answer(api.GET('/outlets/{id}', { params: { path: { id: outletId } } })), outletId !== '' && may(me, 'outlets.read')).data;
  if (read.error) return <ErrorView error={read.error} />;
  if (!read.data) return <SkeletonRows />;
  const one = read.data;
  const open = one.state === 'due' || one.state === 'attempted';
  const brand = catalog?.brands?.find((row) => row.id === work?.case.brand_id);
  const category = catalog?.categories?.find((row) => row.code === work?.case.category);
  const known: Record<string, string> = {
    brand: nameOf(brand),
    agent: me?.login ?? '',
    date: work ? formatDate(work.case.created_at, defaultZone, lang) : '',
    product: nameOf(category),
    outlet: outlet?.name ?? '',
  };
  // What stands in braces is the firm's and its people's own: every second part.
  const spoken = (key: string) =>
    say(`callback.script.${key}`)
      .split(/\{(\w+)\}/)
      .map((part, at) => (at % 2 === 0 ? part : <span key={at} data-own-words>{known[part] ?? ''}</span>));
  const options = classes.map((row) => ({ value: `${row.class}`, label: say(`callback.class.${row.key}`) }));
  return (
    <DetailPage
      number={work?.case.number ?? ''}
      title={work?.case.summary ?? say(`callback.cause.${one.cause}`)}
      badges={<StatePill kind="callback" state={one.state} />}
      acts={
        open && may(me, 'callbacks.act') ? (
          <ActBar
            acts={[
              {
                key: 'record',
                label: t('callback.record'),
                note: 'optional',
                fields: (extra, set) => (
                  <>
                    <Choose label={t('callback.class')} value={extra['class'] === undefined ? undefined : `${Number(extra['class'])}`} options={options} onChange={(value) => set({ ...extra, class: value === undefined ? undefined : Number(value) })} />
                    <NumberField label={t('callback.score')} min={1} max={5} value={extra['score']} onChange={(score) => set({ ...extra, score })} />
                    {one.cause === 'paid_repair' && (
                      <AmountField label={t('callback.asked')} currency="CNY" minor={extra['asked_amount']} onChange={(asked) => set({ ...extra, asked_amount: asked })} />
                    )}
                  </>
                ),
              },
            ]}
            onAct={async (_, input) => {
              await sendAct(`/callbacks/${id}/record`, input);
              await Promise.all(['callback', 'callbacks', 'home', 'case', 'order'].map((key) => queries.invalidateQueries({ queryKey: [key] })));
            }}
          />
        ) : undefined
      }
    >
      <Block title={t('callback.about')}>
        <p className={styles.about}>
          <Link to="/cases/$caseId" params={{ caseId: one.case_id }}>{work?.customer?.name ?? t('nav.cases')}</Link> {work?.customer?.phone}
        </p>
        {one.paid !== undefined && (
          <p>
            {t('callback.paid')} <Money minor={one.paid} currency="CNY" />
          </p>
        )}
        {!one.by_call && open && (
          <p className={styles.soft}>
            {t('callback.linkOnly')} {one.give_up_at !== undefined && <RelativeTime at={one.give_up_at} />}
          </p>
        )}
        {(one.flags ?? '').split(' ').filter(Boolean).map((flag) => (
          <p key={flag}>
            <b>{say(`callback.flag.${flag}`)}</b>
          </p>
        ))}
        {one.class !== undefined && <p>{say(`callback.class.${classes.find((row) => row.class === one.class)?.key ?? ''}`)}</p>}
      </Block>
      <Block title={t('callback.script')}>
        <ol className={styles.lines}>
          {script.map((key) => (
            <li key={key}>
              {/* One box: a sentence keeps together, with the full stop at its word. */}
              <span>{spoken(key)}</span>
            </li>
          ))}
        </ol>
      </Block>
    </DetailPage>
  );
}
