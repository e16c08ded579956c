import { useEffect } from 'react';

import { answer, api } from '@/api/client';
import { useDeskT } from '@/i18n/desk';

import { Choose, TextField } from '../parts/Inputs';
import { useCatalog, useNameOf, useRead } from '../parts/server';
import type { Case } from '../parts/types';

interface Props {
  one: Case;
  extra: Record<string, unknown>;
  set: (extra: Record<string, unknown>) => void;
}

/** Fields of an order made from a case; it is released at once, so that it can be offered. */
export function OrderFields({ one, extra, set }: Props) {
  const t = useDeskT();
  const catalog = useCatalog();
  const nameOf = useNameOf();
  const customer = one.customer_id ?? '';
  const addresses = useRead(['addresses', customer], () => answer(api.GET('/customers/{id}/addresses', { params: { path: { id: customer } } })), customer !== '').data?.items;
  const first = addresses?.[0]?.id;
  const ready = 'release' in extra;
  const hasAddress = 'address_id' in extra;
  useEffect(() => {
    if (!ready) set({ case_id: one.id, release: true, service_type: one.service_type ?? 'REP', ...(first === undefined ? {} : { address_id: first }) });
    else if (!hasAddress && first !== undefined) set({ ...extra, address_id: first });
  }, [ready, hasAddress, extra, first, one, set]);
  const put = (key: string, value: unknown) => set({ ...extra, [key]: value });
  return (
    <>
      <Choose
        label={t('order.service')}
        value={extra['service_type']}
        options={(catalog?.service_types ?? []).filter((row) => row.active).map((row) => ({ value: row.code, label: nameOf(row) }))}
        onChange={(value) => put('service_type', value)}
      />
      {addresses && addresses.length > 0 ? (
        <Choose label={t('order.address')} value={extra['address_id']} options={addresses.map((row) => ({ value: row.id, label: row.text }))} onChange={(value) => put('address_id', value)} />
      ) : (
        <p>{t('order.noAddress')}</p>
      )}
      <TextField label={t('order.instructions')} area value={extra['instructions']} onChange={(value) => put('instructions', value)} />
    </>
  );
}
