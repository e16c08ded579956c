import { useEffect } from 'react';

import { answer, api } from '@/api/client';
import { useDeskT } from '@/i18n/desk';
import { useNow } from '@/lib/now';
import { ZonedTimeField } from '@/ui/ZonedTime';

import { Choose } from '../parts/Inputs';
import { useRead } from '../parts/server';
import type { Order } from '../parts/types';

interface Props {
  order: Order;
  extra: Record<string, unknown>;
  set: (extra: Record<string, unknown>) => void;
}

/** Outlets that serve the place, the nearest by rank first; without one, every active outlet. */
export function OfferFields({ order, extra, set }: Props) {
  const t = useDeskT();
  const division = order.division ?? '';
  const serving = useRead(['serving', order.id], () => answer(api.GET('/outlets/serving', { params: { query: { division, brand: order.brand_id, category: order.category, service_type: order.service_type } } })), division !== '');
  const none = division === '' || serving.data?.items?.length === 0;
  const all = useRead(['outlets', 'active'], () => answer(api.GET('/outlets', { params: { query: { state: 'active', limit: 200 } } })), none);
  const options = none
    ? (all.data?.items ?? []).map((one) => ({ value: one.id, label: one.name }))
    : (serving.data?.items ?? []).map((one) => ({ value: one.outlet.id, label: t('order.outletRank', { name: one.outlet.name, rank: one.rank }) }));
  const first = none ? undefined : options[0]?.value;
  const chosen = 'outlet_id' in extra;
  useEffect(() => {
    if (!chosen && first !== undefined) set({ ...extra, outlet_id: first });
  }, [chosen, first, extra, set]);
  return (
    <>
      {none && <p>{t('order.noServing')}</p>}
      <Choose label={t('order.outlet')} value={extra['outlet_id']} options={options} onChange={(value) => set({ ...extra, outlet_id: value })} />
    </>
  );
}

interface WindowProps {
  /** Of the place where the work is done. */
  zone: string;
  from: string;
  to: string;
  start: string | undefined;
  end: string | undefined;
  extra: Record<string, unknown>;
  set: (extra: Record<string, unknown>) => void;
}

const hour = 3_600_000;

/** A window of a day at the place; it starts as what is known or as the next afternoon hours. */
export function WindowFields({ zone, from, to, start, end, extra, set }: WindowProps) {
  const t = useDeskT();
  const now = useNow();
  const known = from in extra;
  useEffect(() => {
    if (known) return;
    const next = Math.ceil((now + hour) / hour) * hour;
    set({ ...extra, [from]: start ?? new Date(next).toISOString(), [to]: end ?? new Date(next + 2 * hour).toISOString() });
  }, [known, now, start, end, from, to, extra, set]);
  const at = (key: string) => (typeof extra[key] === 'string' ? extra[key] : '');
  return (
    <>
      <ZonedTimeField label={t('order.from')} zone={zone} value={at(from)} onChange={(value) => set({ ...extra, [from]: value })} />
      <ZonedTimeField label={t('order.to')} zone={zone} value={at(to)} onChange={(value) => set({ ...extra, [to]: value })} />
    </>
  );
}
