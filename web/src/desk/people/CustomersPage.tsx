import { Link, useParams } from '@tanstack/react-router';
import { message } from 'antd';

import { answer, api } from '@/api/client';
import { asApiError } from '@/api/problem';
import { useCursorList } from '@/api/query';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';
import { MaskedPhone } from '@/kit/MaskedPhone';
import { RelativeTime } from '@/kit/RelativeTime';
import { Block, DetailPage, Facts } from '@/ui/DetailPage';
import { ListPage } from '@/ui/list/ListPage';
import { SkeletonRows } from '@/ui/list/Placeholders';
import { useListState } from '@/ui/list/useListState';

import styles from '../parts/parts.module.css';
import { may, toPage, useCatalog, useMe, useNameOf, useRead, useSay } from '../parts/server';
import type { Customer } from '../parts/types';
import { CaseLines } from './CaseLines';

const kinds = ['person', 'firm'] as const;

/** Customers, found by name or the whole phone number. */
export function CustomersPage() {
  const t = useDeskT();
  const say = useSay();
  const [state, change] = useListState(['kind']);
  const kind = kinds.find((one) => one === state.filters['kind']?.[0]);
  const query = { q: state.q || undefined, kind };
  const page = async (cursor: string | undefined, signal: AbortSignal) => toPage(await answer(api.GET('/customers', { params: { query: { ...query, cursor } }, signal })));
  const list = useCursorList<Customer>(['customers', state.q, kind], page);
  const phone = (row: Customer) => row.phones?.find((one) => one.primary)?.number ?? row.phones?.[0]?.number;
  return (
    <ListPage
      id="customers"
      title={t('nav.customers')}
      list={list}
      rowKey={(row) => row.id}
      columns={[
        { key: 'name', title: t('customer.name'), width: 160, grow: 1, sheet: 'name', cell: (row) => row.name },
        { key: 'phone', title: t('customer.phone'), width: 160, sheet: 'phones.0.number', cell: phone },
        { key: 'created', title: t('record.created'), width: 170, sheet: { at: 'created_at', as: 'time' }, cell: (row) => <RelativeTime at={row.created_at} /> },
      ]}
      card={(row) => (
        <span className={styles.spread}>
          <b>{row.name}</b>
          <span>{phone(row)}</span>
        </span>
      )}
      filters={[{ key: 'kind', label: t('admin.kind'), kind: 'one', options: kinds.map((value) => ({ value, label: say(`customers.kind.${value}`) })) }]}
      source={{ path: '/customers', query }}
      state={state}
      onChange={change}
      detail={(id) => <CustomerDetail key={id} id={id} />}
    />
  );
}

/** The customer of the URL on a page of its own. */
export function CustomerPage() {
  const { recordId } = useParams({ strict: false });
  return <CustomerDetail key={recordId} id={recordId ?? ''} />;
}

function CustomerDetail({ id }: { id: string }) {
  const t = useDeskT();
  const nameOf = useNameOf();
  const catalog = useCatalog();
  const { data: me } = useMe();
  const [toast, holder] = message.useMessage();
  const onError = (thrown: unknown) => void toast.error(asApiError(thrown).words || t('error.title'));
  const read = useRead(['customer', id], () => answer(api.GET('/customers/{id}', { params: { path: { id } } })));
  const addresses = useRead(['addresses', id], () => answer(api.GET('/customers/{id}/addresses', { params: { path: { id } } }))).data?.items ?? [];
  const cases = useRead(['cases', 'of', id], () => answer(api.GET('/cases', { params: { query: { queue: 'recent', customer_id: id } } }))).data?.items ?? [];
  const units = useRead(['units', 'of', id], () => answer(api.GET('/units', { params: { query: { owner_id: id } } }))).data?.items ?? [];
  if (read.error) return <ErrorView error={read.error} />;
  if (!read.data) return <SkeletonRows />;
  const one = read.data;
  return (
    <DetailPage
      number={t('nav.customers')}
      title={one.name}
      side={
        <Block title={t('customer.phone')}>
          {holder}
          <Facts
            facts={(one.phones ?? []).map((phone) => {
              const reveal = async () => (await answer(api.POST('/customers/{id}/reveal', { params: { path: { id } }, body: { field: `phone:${phone.id}`, reason: 'call_customer' } }))).value;
              return [phone.label ?? t('customer.phone'), <MaskedPhone key={phone.id} masked={phone.number} reveal={may(me, 'customers.reveal') ? reveal : undefined} onError={onError} />] as const;
            })}
          />
        </Block>
      }
    >
      <CaseLines cases={cases} />
      <Block title={t('nav.units')}>
        {units.length === 0 && <p className={styles.soft}>{t('word.none')}</p>}
        <ul className={styles.lines}>
          {units.map((row) => (
            <li key={row.id}>
              <Link to="/units/$recordId" params={{ recordId: row.id }}>{row.serial ?? t('unit.noSerial')}</Link>
              <span>{nameOf(catalog?.categories?.find((cat) => cat.code === row.category), row.category)}</span>
              <span className={styles.soft}>{catalog?.models?.find((model) => model.id === row.model_id)?.code}</span>
            </li>
          ))}
        </ul>
      </Block>
      <Block title={t('order.address')}>
        {addresses.length === 0 && <p className={styles.soft}>{t('word.none')}</p>}
        <ul className={styles.lines}>
          {addresses.map((row) => (
            <li key={row.id}>{row.text}</li>
          ))}
        </ul>
      </Block>
    </DetailPage>
  );
}
