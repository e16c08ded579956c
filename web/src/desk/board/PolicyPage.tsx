import { useQueryClient } from '@tanstack/react-query';
import { App, Button, Drawer } from 'antd';
import { useState } from 'react';

import { answer, api } from '@/api/client';
import { asApiError, type ApiError } from '@/api/problem';
import type { components } from '@/api/schema';
import { useDeskT } from '@/i18n/desk';
import { RelativeTime } from '@/kit/RelativeTime';

import { SimpleTable } from '../admin/Simple';
import { Choose, NumberField } from '../parts/Inputs';
import { readAll, useCatalog, useNameOf, useRead } from '../parts/server';
import styles from './board.module.css';
import { RushHours } from './RushHours';

type Policy = components['schemas']['DispatchPolicyBody'];
type Share = components['schemas']['DispatchOutletShare'];
type Weight = 'near_hours' | 'rush_percent' | 'margin_minutes' | 'margin_price' | 'visit_minutes' | 'share_price';

const weights: readonly { key: Weight; max: number }[] = [
  { key: 'near_hours', max: 336 },
  { key: 'rush_percent', max: 1000 },
  { key: 'margin_minutes', max: 240 },
  { key: 'margin_price', max: 60 },
  { key: 'visit_minutes', max: 240 },
  { key: 'share_price', max: 1440 },
];

/** What plans and repairs weigh, for all brands and for each. */
export function PolicyPage() {
  const t = useDeskT();
  const [edited, setEdited] = useState<Policy>();
  const rows = useRead(['policies'], async () => (await answer(api.GET('/dispatch/policies'))).items ?? []);
  const brands = useCatalog()?.brands;
  const nameOf = useNameOf();
  const named = (id: string) => (id === 'all' ? t('policy.all') : (nameOf(brands?.find((one) => one.id === id), id)));
  return (
    <>
      <SimpleTable
        title={t('nav.policy')}
        rows={rows}
        rowKey={(row) => row.brand_id}
        columns={[
          { title: t('policy.brand'), cell: (row) => named(row.brand_id) },
          { title: t('policy.own'), cell: (row) => (row.own && row.updated_at ? <RelativeTime at={row.updated_at} /> : t(row.brand_id === 'all' ? 'policy.first' : 'policy.inherited')) },
          { title: t('policy.near'), cell: (row) => (row.near_hours > 0 && row.rush_percent > 0 ? t('policy.near.is', { hours: row.near_hours, percent: row.rush_percent }) : t('policy.off')) },
          { title: t('policy.margin'), cell: (row) => (row.margin_minutes > 0 && row.margin_price > 0 ? t('policy.margin.is', { minutes: row.margin_minutes, price: row.margin_price }) : t('policy.off')) },
          { title: t('policy.visit'), cell: (row) => (row.visit_minutes > 0 ? t('policy.visit.is', { minutes: row.visit_minutes }) : t('policy.off')) },
          { title: t('policy.shares'), cell: (row) => (row.share_price > 0 && (row.shares ?? []).length > 0 ? t('policy.shares.is', { count: (row.shares ?? []).length }) : t('policy.off')) },
          { title: t('policy.rush'), cell: (row) => ((row.rush_hours ?? []).length > 0 ? t('policy.rush.is', { count: (row.rush_hours ?? []).length }) : t('policy.rush.none')) },
          {
            title: t('schedule.acts'),
            cell: (row) => (
              <Button size="small" onClick={() => setEdited(row)}>
                {t('policy.edit')}
              </Button>
            ),
          },
        ]}
      >
        <p className={styles.note}>{t('policy.about')}</p>
      </SimpleTable>
      {edited && <Editor key={edited.brand_id} policy={edited} title={named(edited.brand_id)} onClose={() => setEdited(undefined)} />}
    </>
  );
}

/** The weights of one brand, each with what it means. */
function Editor({ policy, title, onClose }: { policy: Policy; title: string; onClose: () => void }) {
  const t = useDeskT();
  const queries = useQueryClient();
  const { notification, message } = App.useApp();
  const [value, setValue] = useState(policy);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError>();
  const shares = value.shares ?? [];
  const left = 1000 - shares.reduce((sum, one) => sum + one.per_mille, 0);
  const save = async () => {
    setBusy(true);
    setError(undefined);
    try {
      const { near_hours, rush_percent, margin_minutes, margin_price, visit_minutes, share_price } = value;
      await answer(
        api.PUT('/dispatch/policies/{brand}', {
          params: { path: { brand: policy.brand_id }, header: { 'If-Match': `"${policy.version}"` } },
          body: { near_hours, rush_percent, margin_minutes, margin_price, visit_minutes, share_price, shares: shares.filter((one) => one.outlet_id !== ''), rush_hours: value.rush_hours ?? [] },
        }),
      );
      await queries.invalidateQueries({ queryKey: ['policies'] });
      void message.success(t('policy.saved'));
      onClose();
    } catch (thrown) {
      const failed = asApiError(thrown);
      setError(failed);
      notification.error({ title: t('policy.failed'), description: [failed.words, ...new Set(failed.fields.map((one) => one.words))].join(' ') });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Drawer
      open
      onClose={onClose}
      size={480}
      title={`${t('nav.policy')} · ${title}`}
      footer={
        <Button type="primary" loading={busy} disabled={left < 0} onClick={() => void save()}>
          {t('policy.save')}
        </Button>
      }
    >
      {weights.map(({ key, max }) => (
        <div key={key} className={styles.weight}>
          <NumberField label={t(`policy.${key}`)} max={max} value={value[key]} onChange={(n) => setValue({ ...value, [key]: n ?? 0 })} />
          <p className={styles.soft}>{t(`policy.${key}.about`)}</p>
          {error?.fields.filter((one) => one.path === key).map((one) => (
            <p key={one.code} role="alert">
              {one.words}
            </p>
          ))}
        </div>
      ))}
      <Shares shares={shares} left={left} onChange={(list) => setValue({ ...value, shares: list })} />
      <RushHours rows={value.rush_hours ?? []} faults={error?.fields ?? []} onChange={(list) => setValue({ ...value, rush_hours: list })} />
    </Drawer>
  );
}

/** How the work should be divided between outlets, in per cent. */
function Shares({ shares, left, onChange }: { shares: Share[]; left: number; onChange: (list: Share[]) => void }) {
  const t = useDeskT();
  const outlets = useRead(['outlets', 'every'], () => readAll((cursor) => answer(api.GET('/outlets', { params: { query: { limit: 200, cursor } } }))));
  const set = (i: number, change: Partial<Share>) => onChange(shares.map((one, k) => (k === i ? { ...one, ...change } : one)));
  return (
    <section aria-label={t('policy.shares')}>
      <h3>{t('policy.shares')}</h3>
      {shares.map((share, i) => (
        <div key={share.outlet_id || i} className={styles.share}>
          <Choose
            label={t('order.outlet')}
            value={share.outlet_id}
            options={(outlets.data ?? []).filter((one) => one.id === share.outlet_id || !shares.some((other) => other.outlet_id === one.id)).map((one) => ({ value: one.id, label: one.name }))}
            onChange={(id) => set(i, { outlet_id: id ?? '' })}
          />
          <NumberField label={t('policy.percent')} min={0} max={100} value={share.per_mille / 10} onChange={(n) => set(i, { per_mille: Math.max(1, Math.round((n ?? 0) * 10)) })} />
          <Button onClick={() => onChange(shares.filter((_, k) => k !== i))}>{t('policy.shares.remove')}</Button>
        </div>
      ))}
      <p className={styles.soft} role="status">
        {left < 0 ? t('policy.shares.over', { percent: -left / 10 }) : t('policy.shares.left', { percent: left / 10 })}
      </p>
      <Button disabled={left < 1} onClick={() => onChange([...shares, { outlet_id: '', per_mille: Math.max(1, Math.min(100, left)) }])}>
        {t('policy.shares.add')}
      </Button>
    </section>
  );
}
