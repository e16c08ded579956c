import { useState } from 'react';

import { answer, api, call } from '@/api/client';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';
import { keyFor, uuid } from '@/lib/ids';
import { Block } from '@/ui/DetailPage';

import { EditForm } from '../admin/EditForm';
import { AmountField, Choose, NumberField, TextField } from '../parts/Inputs';
import { useCatalog, useNameOf, useRead, useSay } from '../parts/server';

/** How a brand takes goods back: where to, by when, within which amounts, with which tax, and who takes goods straight. */
export function PolicyBlock() {
  const t = useDeskT();
  const catalog = useCatalog();
  const nameOf = useNameOf();
  const [brand, choose] = useState<string>();
  return (
    <Block title={t('setup.policy')}>
      <Choose label={t('case.brand')} value={brand} options={(catalog?.brands ?? []).map((one) => ({ value: one.id, label: nameOf(one) }))} onChange={choose} />
      {brand && <PolicyForm key={brand} brand={brand} />}
    </Block>
  );
}

function PolicyForm({ brand }: { brand: string }) {
  const t = useDeskT();
  const say = useSay();
  const [key] = useState(() => uuid());
  const [saved, save] = useState(0);
  const read = useRead(['return-policy', brand], async () => {
    const asked = await api.GET('/brands/{id}/return-policy', { params: { path: { id: brand } } });
    return { policy: await answer(Promise.resolve(asked)), version: asked.response.headers.get('ETag') ?? '"0"' };
  });
  if (read.error) return <ErrorView error={read.error} retry={() => void read.refetch()} />;
  if (!read.data) return undefined;
  const { policy, version } = read.data;
  const others = (policy.limits ?? []).filter((row) => row.reason);
  const limit = (policy.limits ?? []).find((row) => !row.reason);
  const to = policy.recipients?.[''];
  const rate = policy.tax_rates?.[''];
  const initial = {
    address: policy.address ?? '',
    ship: policy.ship_days,
    refund: policy.refund_days,
    freight: policy.max_freight,
    auto: limit?.auto,
    person: limit?.person,
    tax: rate === undefined ? undefined : rate / 10_000,
    to: to?.to ?? '',
    name: to?.name ?? '',
    where: to?.address ?? '',
  };
  return (
    <EditForm
      key={`${brand}:${saved}`}
      initial={initial}
      stale={['return-policy']}
      onDone={() => save(saved + 1)}
      send={(value) => {
        const body = {
          ...policy,
          address: value.address,
          ship_days: value.ship ?? 0,
          refund_days: value.refund ?? 0,
          max_freight: value.freight ?? 0,
          limits: value.auto === undefined && value.person === undefined ? others : [...others, { auto: value.auto ?? 0, person: value.person ?? value.auto ?? 0 }],
          tax_rates: { ...policy.tax_rates, '': Math.round((value.tax ?? 0) * 10_000) },
          recipients: value.to === '' ? Object.fromEntries(Object.entries(policy.recipients ?? {}).filter(([name]) => name !== '')) : { ...policy.recipients, '': { to: value.to, name: value.name, address: value.where } },
        };
        return call('PUT', `/brands/${brand}/return-policy`, { body, headers: { 'If-Match': version, 'Idempotency-Key': keyFor(key, [version, value]) } }, () => undefined);
      }}
      fields={(value, put) => (
        <>
          <TextField label={t('return.address')} value={value.address} onChange={(address) => put({ address })} />
          <NumberField min={0} max={90} label={t('setup.policy.ship')} value={value.ship} onChange={(ship) => put({ ship })} />
          <NumberField min={0} max={60} label={t('setup.policy.refund')} value={value.refund} onChange={(refund) => put({ refund })} />
          <AmountField currency="CNY" label={t('setup.policy.auto')} minor={value.auto} onChange={(auto) => put({ auto })} />
          <AmountField currency="CNY" label={t('setup.policy.person')} minor={value.person} onChange={(person) => put({ person })} />
          <AmountField currency="CNY" label={t('setup.policy.freight')} minor={value.freight} onChange={(freight) => put({ freight })} />
          <NumberField min={0} max={100} label={t('setup.policy.tax')} value={value.tax} onChange={(tax) => put({ tax })} />
          <Choose label={t('setup.policy.to')} none={t('setup.policy.to.none')} value={value.to} options={['maker', 'supplier'].map((one) => ({ value: one, label: say(`return.recipient.${one}`) }))} onChange={(next) => put({ to: next ?? '' })} />
          {value.to !== '' && (
            <>
              <TextField label={t('setup.name')} value={value.name} onChange={(name) => put({ name })} />
              <TextField label={t('setup.policy.where')} value={value.where} onChange={(where) => put({ where })} />
            </>
          )}
        </>
      )}
    />
  );
}
