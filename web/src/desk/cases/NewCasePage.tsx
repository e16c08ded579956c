import { useQueryClient } from '@tanstack/react-query';
import { Link, useRouter } from '@tanstack/react-router';
import { Button } from 'antd';
import { useState, type SyntheticEvent } from 'react';

import { answer, api } from '@/api/client';
import { addressBody, emptyAddress } from '@/api/geo';
import { useAct } from '@/api/query';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';
import { AddressField } from '@/ui/AddressField';

import { Choose, TextField, YesNo } from '../parts/Inputs';
import styles from '../parts/parts.module.css';
import { may, useCatalog, useMe, useNameOf } from '../parts/server';

const types = ['request', 'complaint'] as const;

const empty = { brand: '', category: '', symptom: '', service: 'REP', type: 'request', text: '', name: '', phone: '', vulnerable: false, address: emptyAddress };

/** A caller's words become a case: product, symptom, who and where. */
export function NewCasePage() {
  const t = useDeskT();
  const router = useRouter();
  const queries = useQueryClient();
  const { data: me } = useMe();
  const catalog = useCatalog();
  const nameOf = useNameOf();
  const [form, setForm] = useState(empty);
  const put = (change: Partial<typeof empty>) => setForm((before) => ({ ...before, ...change }));
  const brands = (catalog?.brands ?? []).filter((one) => one.active);
  const brand = form.brand || (brands.length === 1 ? (brands[0]?.id ?? '') : '');
  const options = (rows: readonly { code: string; name_zh: string; name_en: string }[]) => rows.map((row) => ({ value: row.code, label: nameOf(row) }));
  const act = useAct({
    send: async (input: typeof empty, key) => {
      const address = addressBody(input.address);
      const body = {
        operation_id: key,
        brand_id: brand,
        type: types.find((one) => one === input.type) ?? 'request',
        text: input.text,
        vulnerable: input.vulnerable,
        ...(input.category ? { category: input.category } : {}),
        ...(input.symptom ? { symptom: input.symptom } : {}),
        ...(input.service ? { service_type: input.service } : {}),
        ...(input.name ? { name: input.name } : {}),
        ...(input.phone ? { phone: input.phone } : {}),
        ...(address ? { address } : {}),
      };
      return answer(api.POST('/intake/phone', { body, headers: { 'Idempotency-Key': key } }));
    },
    done: (out) => {
      void queries.invalidateQueries({ queryKey: ['cases'] });
      router.history.push(`/desk/cases/${out.case_id}`);
    },
  });
  return (
    <div className={styles.page}>
      <h1>{t('case.new')}</h1>
      <form
        className={styles.form}
        onSubmit={(event: SyntheticEvent) => {
          event.preventDefault();
          act.mutate(form);
        }}
      >
        {catalog && brands.length === 0 && (
          <p role="alert" className={styles.error}>
            {t('case.no_brand')} {may(me, 'catalog.write') && <Link to="/admin/products">{t('steps.brand')}</Link>}
          </p>
        )}
        <div className={styles.pair}>
          <Choose label={t('case.brand')} value={brand} options={brands.map((one) => ({ value: one.id, label: nameOf(one) }))} onChange={(value) => put({ brand: value ?? '' })} />
          <Choose label={t('case.product')} value={form.category} options={options((catalog?.categories ?? []).filter((one) => one.active))} onChange={(value) => put({ category: value ?? '', symptom: '' })} />
          <Choose label={t('case.symptom')} value={form.symptom} options={options((catalog?.symptoms ?? []).filter((one) => one.category === form.category))} onChange={(value) => put({ symptom: value ?? '' })} />
          <Choose label={t('order.service')} value={form.service} options={options((catalog?.service_types ?? []).filter((one) => one.active))} onChange={(value) => put({ service: value ?? '' })} />
          <Choose label={t('case.type')} value={form.type} options={types.map((value) => ({ value, label: t(`case.type.${value}`) }))} onChange={(value) => put({ type: value ?? 'request' })} />
        </div>
        <TextField label={t('case.words')} area value={form.text} onChange={(text) => put({ text })} />
        <div className={styles.pair}>
          <TextField label={t('customer.name')} value={form.name} onChange={(name) => put({ name })} />
          <TextField label={t('customer.phone')} type="tel" value={form.phone} onChange={(phone) => put({ phone })} />
        </div>
        <AddressField value={form.address} onChange={(address) => put({ address })} onContact={(found) => setForm((before) => ({ ...before, name: before.name || found.name, phone: before.phone || found.phone }))} />
        <YesNo label={t('case.vulnerable')} value={form.vulnerable} onChange={(vulnerable) => put({ vulnerable })} />
        {act.error && <ErrorView inline error={act.error} safe="kept" />}
        <div className={styles.foot}>
          <Button onClick={() => router.history.back()}>{t('word.back')}</Button>
          <Button type="primary" htmlType="submit" loading={act.isPending} disabled={brand === '' || form.text.trim() === ''}>
            {t('case.create')}
          </Button>
        </div>
      </form>
    </div>
  );
}
