import { answer, api, call } from '@/api/client';
import { useDeskT } from '@/i18n/desk';
import { Money } from '@/kit/Money';
import { Pill } from '@/kit/StatePill';

import { CreateForm, EditForm, SimpleTable } from '../admin/Simple';
import { AmountField, Choose, ChooseMany, NumberField, TextField, YesNo } from '../parts/Inputs';
import styles from '../parts/parts.module.css';
import { may, useCatalog, useMe, useNameOf, useRead, useSay } from '../parts/server';
import { usePlanName, type Plan } from './plans';

const kinds = ['extended', 'service', 'inspected'] as const;
const begins = ['after_maker', 'at_once'] as const;
const lines = ['labour', 'part', 'travel', 'freight', 'other'] as const;
const payers = ['brand', 'seller', 'insurer', 'platform', 'outlet', 'supplier'];

type Cover = NonNullable<Plan['terms']['covers']>[number];

/** A plan as its form has it: money in yuan, the first of its covers. */
interface Draft {
  brand_id: string;
  code: string;
  kind: Plan['kind'];
  name_zh: string;
  name_en: string;
  begins: (typeof begins)[number];
  months: number | undefined;
  wait: number | undefined;
  age: number | undefined;
  categories: string[];
  price: number | undefined;
  currency: string;
  lines: string[];
  classes: string[];
  payer: string;
  share: number | undefined;
  uses: number | undefined;
  limit: number | undefined;
  cooling: number | undefined;
  fee: number | undefined;
  less: boolean;
  notice: number | undefined;
  renews: boolean;
  active: boolean;
}

const currencies = ['CNY', 'EUR', 'GBP', 'HKD', 'JPY', 'KRW', 'TWD', 'USD'];

const fresh: Draft = {
  brand_id: '', code: '', kind: 'extended', name_zh: '', name_en: '', begins: 'after_maker', months: 12, wait: 0, age: 0, categories: [], price: undefined, currency: 'CNY', lines: ['labour', 'part', 'travel'],
  classes: [], payer: 'brand', share: 100, uses: 0, limit: 0, cooling: 15, fee: 0, less: false, notice: 30, renews: false, active: true,
};

function draftOf(plan: Plan): Draft {
  const { terms } = plan;
  const cover = terms.covers?.[0];
  return {
    brand_id: plan.brand_id, code: plan.code, kind: plan.kind, name_zh: plan.name_zh, name_en: plan.name_en, begins: terms.begins === 'at_once' ? 'at_once' : 'after_maker', months: terms.months,
    wait: terms.wait_days ?? 0, age: terms.max_age_months ?? 0, categories: terms.categories ?? [], price: terms.price.minor, currency: terms.price.currency, lines: cover?.lines ?? [], classes: cover?.part_classes ?? [],
    payer: cover?.payer ?? 'brand', share: cover?.share ?? 100, uses: terms.uses ?? 0, limit: terms.limit ?? 0, cooling: terms.cooling_days, fee: terms.fee_percent ?? 0,
    less: terms.less_claims ?? false, notice: terms.notice_days ?? 0, renews: terms.renews ?? false, active: plan.active,
  };
}

function bodyOf(draft: Draft, before?: Plan) {
  const covers: Cover[] = [
    {
      name: before?.terms.covers?.[0]?.name ?? (draft.name_zh || draft.name_en),
      lines: lines.filter((one) => draft.lines.includes(one)),
      part_classes: draft.classes,
      payer: draft.payer,
      share: draft.share ?? 100,
    },
    ...(before?.terms.covers?.slice(1) ?? []),
  ];
  return {
    name_zh: draft.name_zh,
    name_en: draft.name_en,
    terms: {
      begins: draft.begins,
      months: draft.months ?? 0,
      wait_days: draft.wait ?? 0,
      max_age_months: draft.age ?? 0,
      categories: draft.categories,
      covers,
      uses: draft.uses ?? 0,
      limit: draft.limit ?? 0,
      price: { minor: draft.price ?? 0, currency: draft.currency },
      cooling_days: draft.cooling ?? 0,
      fee_percent: draft.fee ?? 0,
      less_claims: draft.less,
      renews: draft.renews,
      notice_days: draft.notice ?? 0,
    },
  };
}

function useFields() {
  const t = useDeskT();
  const say = useSay();
  const nameOf = useNameOf();
  const catalog = useCatalog();
  return (value: Draft, put: (change: Partial<Draft>) => void, made: boolean) => (
    <>
      {!made && (
        <>
          <Choose label={t('case.brand')} value={value.brand_id} options={(catalog?.brands ?? []).map((one) => ({ value: one.id, label: nameOf(one) }))} onChange={(next) => put({ brand_id: next ?? '' })} />
          <TextField label={t('plan.code')} value={value.code} onChange={(code) => put({ code })} />
          <Choose label={t('plan.kind')} value={value.kind} options={kinds.map((one) => ({ value: one, label: say(`contract.kind.${one}`) }))} onChange={(next) => put({ kind: kinds.find((one) => one === next) ?? 'extended' })} />
        </>
      )}
      {!made && <Choose codes label={t('money.currency')} value={value.currency} options={currencies.map((one) => ({ value: one, label: one }))} onChange={(next) => put({ currency: next ?? 'CNY' })} />}
      <TextField label={t('plan.nameZh')} value={value.name_zh} onChange={(name_zh) => put({ name_zh })} />
      <TextField label={t('plan.nameEn')} value={value.name_en} onChange={(name_en) => put({ name_en })} />
      <AmountField label={t('plan.price')} currency={value.currency} minor={value.price} onChange={(price) => put({ price })} />
      <NumberField label={t('plan.months')} value={value.months} min={1} max={240} onChange={(months) => put({ months })} />
      <Choose label={t('plan.begins')} value={value.begins} options={begins.map((one) => ({ value: one, label: say(`contract.begins.${one}`) }))} onChange={(next) => put({ begins: begins.find((one) => one === next) ?? 'after_maker' })} />
      <ChooseMany label={t('plan.lines')} value={value.lines} options={lines.map((one) => ({ value: one, label: say(`coverage.line.${one}`) }))} onChange={(chosen) => put({ lines: chosen })} />
      <Choose label={t('plan.payer')} value={value.payer} options={payers.map((one) => ({ value: one, label: say(`order.payer.${one}`) }))} onChange={(next) => put({ payer: next ?? 'brand' })} />
      <NumberField label={t('plan.share')} value={value.share} min={1} max={100} onChange={(share) => put({ share })} />
      <NumberField label={t('plan.uses')} value={value.uses} max={1000} onChange={(uses) => put({ uses })} />
      <AmountField label={t('plan.limit')} currency={value.currency} minor={value.limit} onChange={(limit) => put({ limit })} />
      <ChooseMany label={t('plan.categories')} value={value.categories} options={(catalog?.categories ?? []).map((one) => ({ value: one.code, label: nameOf(one) }))} onChange={(categories) => put({ categories })} />
      <NumberField label={t('plan.age')} value={value.age} max={600} onChange={(age) => put({ age })} />
      <NumberField label={t('plan.wait')} value={value.wait} max={365} onChange={(wait) => put({ wait })} />
      <NumberField label={t('plan.cooling')} value={value.cooling} max={365} onChange={(cooling) => put({ cooling })} />
      <NumberField label={t('plan.fee')} value={value.fee} max={100} onChange={(fee) => put({ fee })} />
      <NumberField label={t('plan.notice')} value={value.notice} max={180} onChange={(notice) => put({ notice })} />
      <YesNo label={t('plan.less')} value={value.less} onChange={(less) => put({ less })} />
      <YesNo label={t('plan.renews')} value={value.renews} onChange={(renews) => put({ renews })} />
      {made && <YesNo label={t('plan.active')} value={value.active} onChange={(active) => put({ active })} />}
    </>
  );
}

/** What is sold beside the machines: extended warranties, service plans, promises for inspected used units. */
export function PlansPage() {
  const t = useDeskT();
  const say = useSay();
  const nameOf = useNameOf();
  const planName = usePlanName();
  const brands = useCatalog()?.brands ?? [];
  const { data: me } = useMe();
  const fields = useFields();
  const rows = useRead(['plans'], async () => (await answer(api.GET('/plans'))) ?? []);
  const edit = may(me, 'entitlement.plans');
  return (
    <SimpleTable
      title={t('nav.plans')}
      rows={rows}
      rowKey={(row) => row.id}
      name={planName}
      empty={t('plan.none')}
      columns={[
        { title: t('contract.plan'), cell: planName, long: true },
        { title: t('plan.code'), cell: (row) => row.code },
        { title: t('case.brand'), cell: (row) => nameOf(brands.find((one) => one.id === row.brand_id)) },
        { title: t('plan.kind'), cell: (row) => say(`contract.kind.${row.kind}`) },
        { title: t('plan.months'), cell: (row) => row.terms.months },
        { title: t('contract.price'), cell: (row) => <Money minor={row.terms.price.minor} currency={row.terms.price.currency} /> },
        { title: t('case.state'), cell: (row) => <Pill tone={row.active ? 'good' : 'neutral'} label={t(row.active ? 'plan.active' : 'plan.withdrawn')} /> },
      ]}
      {...(edit
        ? {
            detail: (row: Plan, close: () => void) => (
              <>
                <EditForm
                  key={row.id}
                  narrow
                  initial={draftOf(row)}
                  stale={['plans']}
                  onDone={close}
                  fields={(value, put) => fields(value, put, true)}
                  send={(value) => call('PUT', `/plans/${row.id}`, { body: { ...bodyOf(value, row), active: value.active }, headers: { 'If-Match': `"${row.version}"` } }, () => undefined)}
                />
                {(row.terms.covers ?? []).length > 1 && <p className={styles.soft}>{t('plan.moreCovers', { count: (row.terms.covers ?? []).length - 1 })}</p>}
              </>
            ),
          }
        : {})}
    >
      {edit && (
        <CreateForm
          label={t('plan.new')}
          stale="plans"
          empty={fresh}
          ready={(value) => value.brand_id !== '' && value.code.trim() !== '' && (value.name_zh.trim() !== '' || value.name_en.trim() !== '') && value.lines.length > 0}
          send={async (value) => {
            await call('POST', '/plans', { body: { brand_id: value.brand_id, code: value.code, kind: value.kind, ...bodyOf(value) } }, () => undefined);
            return undefined;
          }}
          fields={(value, put) => fields(value, put, false)}
        />
      )}
    </SimpleTable>
  );
}
