import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useState } from 'react';

import { answer, api } from '@/api/client';
import { useCursorList } from '@/api/query';
import { useDeskT } from '@/i18n/desk';
import { useLang } from '@/i18n/setup';
import { ErrorView } from '@/kit/ErrorView';
import { Money } from '@/kit/Money';
import { RelativeTime } from '@/kit/RelativeTime';
import { plainMoney } from '@/lib/format';
import { uuid } from '@/lib/ids';
import { Block } from '@/ui/DetailPage';
import { ListPage } from '@/ui/list/ListPage';
import { useListState } from '@/ui/list/useListState';

import { EditForm } from '../admin/Simple';
import { AmountField, Choose, TextField, YesNo } from '../parts/Inputs';
import styles from '../parts/parts.module.css';
import { may, toPage, useMe, useRead, useSay } from '../parts/server';
import { ContractDetail } from './ContractDetail';
import { ContractState, send, states, today, type Contract } from './pieces';
import { usePlanName, useSoldName } from './plans';

/** What was sold, newest first; the centre sees all of it, an outlet its own. */
export function ContractsPage() {
  const t = useDeskT();
  const soldName = useSoldName();
  const lang = useLang();
  const say = useSay();
  const [state, change] = useListState(['state', 'soon']);
  const { filters: f, q } = state;
  const query = { number: q || undefined, state: states.find((one) => one === f['state']?.[0]), ends_by: f['soon'] ? today(60) : undefined };
  const page = async (cursor: string | undefined, signal: AbortSignal) => toPage(await answer(api.GET('/contracts', { params: { query: { ...query, cursor } }, signal })));
  const list = useCursorList<Contract>(['contracts', q, f], page);
  return (
    <ListPage
      id="contracts"
      title={t('nav.contracts')}
      list={list}
      rowKey={(row) => row.id}
      columns={[
        { key: 'number', title: t('contract.number'), width: 150, sheet: 'number', cell: (row) => row.number },
        { key: 'plan', title: t('contract.plan'), width: 180, grow: 1, sheet: lang === 'en' ? 'plan_name_en' : 'plan_name_zh', cell: soldName },
        { key: 'state', title: t('contract.state'), width: 130, sheet: { at: 'state', words: Object.fromEntries(states.map((one) => [one, say(`contract.state.${one}`)])) }, cell: (row) => <ContractState state={row.state} /> },
        { key: 'period', title: t('contract.period'), width: 210, sheet: { at: ['starts_on', 'ends_on'] }, cell: (row) => `${row.starts_on} – ${row.ends_on}` },
        { key: 'price', title: t('contract.price'), width: 120, align: 'end', sheet: { at: 'price.minor', as: 'money', currency: 'price.currency' }, cell: (row) => <Money minor={row.price.minor} currency={row.price.currency} /> },
        { key: 'created', title: t('record.created'), width: 170, sheet: { at: 'created_at', as: 'time' }, cell: (row) => <RelativeTime at={row.created_at} /> },
      ]}
      card={(row) => (
        <>
          <span className={styles.spread}>
            <b>{soldName(row)}</b>
            <ContractState state={row.state} />
          </span>
          <small className={styles.soft}>
            {row.number} · {row.starts_on} – {row.ends_on}
          </small>
        </>
      )}
      filters={[
        { key: 'state', label: t('contract.state'), kind: 'one', options: states.map((value) => ({ value, label: say(`contract.state.${value}`) })) },
        { key: 'soon', label: t('contract.endsSoon'), kind: 'one', options: [{ value: 'yes', label: t('word.yes') }] },
      ]}
      source={{ path: '/contracts', query }}
      state={state}
      onChange={change}
      detail={(id) => <ContractDetail key={id} id={id} />}
    />
  );
}

/** The contracts of a unit, and what sells another. */
export function UnitContracts({ unitId, brandId, category }: { unitId: string; brandId: string; category: string | undefined }) {
  const t = useDeskT();
  const soldName = useSoldName();
  const { data: me } = useMe();
  const [selling, sell] = useState(false);
  const rows = useRead(['contracts', 'unit', unitId], async () => (await answer(api.GET('/units/{id}/contracts', { params: { path: { id: unitId } } }))) ?? []);
  return (
    <Block
      title={t('nav.contracts')}
      extra={
        may(me, 'entitlement.sell') && (
          <Button size="small" onClick={() => sell(!selling)}>
            {t('contract.sell')}
          </Button>
        )
      }
    >
      {selling && <Sell unitId={unitId} brandId={brandId} category={category} onDone={() => sell(false)} />}
      {rows.error && <ErrorView error={rows.error} />}
      {rows.data?.length === 0 && !selling && <p className={styles.soft}>{t('contract.none')}</p>}
      <ul className={styles.lines}>
        {(rows.data ?? []).map((row) => (
          <li key={row.id}>
            <Link to="/contracts/$recordId" params={{ recordId: row.id }}>
              <b>{soldName(row)}</b> {row.number}
            </Link>
            <ContractState state={row.state} />
            <span>
              {row.starts_on} – {row.ends_on}
            </span>
          </li>
        ))}
      </ul>
    </Block>
  );
}

interface Sale {
  plan: string;
  price: number | undefined;
  reason: string;
  inspectedOn: string;
  inspectedBy: string;
  passed: boolean;
}

function Sell({ unitId, brandId, category, onDone }: { unitId: string; brandId: string; category: string | undefined; onDone: () => void }) {
  const t = useDeskT();
  const planName = usePlanName();
  const [key] = useState(() => uuid());
  const plans = useRead(['plans'], async () => (await answer(api.GET('/plans'))) ?? []).data ?? [];
  const sold = plans.filter((one) => one.active && one.brand_id === brandId && ((one.terms.categories ?? []).length === 0 || (one.terms.categories ?? []).includes(category ?? '')));
  const empty: Sale = { plan: '', price: undefined, reason: '', inspectedOn: today(), inspectedBy: '', passed: true };
  return (
    <EditForm
      initial={empty}
      label={t('contract.sell')}
      stale={['contracts', 'coverages']}
      onDone={onDone}
      onCancel={onDone}
      ready={(value) => value.plan !== ''}
      send={(value) => {
        const plan = sold.find((one) => one.id === value.plan);
        return send(
          `/units/${unitId}/contracts`,
          {
            plan_id: value.plan,
            ...(value.price === undefined || !plan ? {} : { price: { minor: value.price, currency: plan.terms.price.currency }, reason: value.reason }),
            ...(plan?.kind === 'inspected' ? { inspection: { on: value.inspectedOn, by: value.inspectedBy, passed: value.passed } } : {}),
          },
          key,
        );
      }}
      fields={(value, put) => {
        const plan = sold.find((one) => one.id === value.plan);
        return (
          <>
            <Choose label={t('contract.plan')} value={value.plan} options={sold.map((one) => ({ value: one.id, label: `${planName(one)} · ${plainMoney(one.terms.price.minor, one.terms.price.currency)} ${one.terms.price.currency}` }))} onChange={(next) => put({ plan: next ?? '' })} />
            <AmountField label={t('contract.discount')} currency={plan?.terms.price.currency ?? 'CNY'} minor={value.price ?? plan?.terms.price.minor} onChange={(price) => put({ price })} />
            {value.price !== undefined && <TextField label={t('contract.discount.reason')} value={value.reason} onChange={(reason) => put({ reason })} />}
            {plan?.kind === 'inspected' && (
              <>
                <TextField type="date" label={t('contract.inspected.on')} value={value.inspectedOn} onChange={(inspectedOn) => put({ inspectedOn })} />
                <TextField label={t('contract.inspected.by')} value={value.inspectedBy} onChange={(inspectedBy) => put({ inspectedBy })} />
                <YesNo label={t('contract.inspected.passed')} value={value.passed} onChange={(passed) => put({ passed })} />
              </>
            )}
          </>
        );
      }}
    />
  );
}
