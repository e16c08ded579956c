import { Radio } from 'antd';
import { useEffect } from 'react';

import { answer, api } from '@/api/client';
import { useDeskT } from '@/i18n/desk';
import { ReasonList, Why } from '@/ui/Why';

import { YesNo } from '../parts/Inputs';
import styles from '../parts/parts.module.css';
import { useWorded } from '../parts/reasons';
import { may, useMe, useRead } from '../parts/server';
import type { Order } from '../parts/types';
import { useWindowText, useZoneOf } from '../parts/window';
import { WindowFields } from './orderFields';

interface Props {
  order: Order;
  extra: Record<string, unknown>;
  set: (extra: Record<string, unknown>) => void;
}

const shownSlots = 8;

/** A promise: one of the windows that somebody can keep, or a time of one's own. */
export function PromiseFields({ order, extra, set }: Props) {
  const t = useDeskT();
  const windowText = useWindowText();
  const zoneOf = useZoneOf();
  const worded = useWorded();
  const { data: me } = useMe();
  const slots = useRead(['order', order.id, 'slots'], () => answer(api.GET('/orders/{id}/slots', { params: { path: { id: order.id } } })), may(me, 'dispatch.read'));
  const offered = (slots.data?.items ?? []).filter((one) => one.offered).slice(0, shownSlots);
  const own = extra['own'] === true || (!slots.isLoading && offered.length === 0);
  const known = 'from' in extra;
  const first = order.promised ? undefined : offered[0];
  useEffect(() => {
    if (!known && first) set({ ...extra, from: first.from, to: first.to });
  }, [known, first, extra, set]);
  return (
    <>
      {offered.length > 0 && (
        <fieldset className={styles.picks}>
          <legend>{t('plan.slots')}</legend>
          <Radio.Group
            value={own ? 'own' : extra['from']}
            onChange={(event) => {
              const slot = offered.find((one) => one.from === event.target.value);
              set(slot ? { ...extra, own: undefined, from: slot.from, to: slot.to } : { ...extra, own: true });
            }}
          >
            {offered.map((one) => (
              <div key={one.from} className={styles.pick}>
                <Radio value={one.from}>{windowText(one.from, one.to, order)}</Radio>
                <Why reasons={worded(one.reasons)} />
              </div>
            ))}
            <Radio value="own">{t('plan.slots.own')}</Radio>
          </Radio.Group>
        </fieldset>
      )}
      {slots.data && offered.length === 0 && <p>{t('plan.slots.none')}</p>}
      {own && <WindowFields zone={zoneOf(order)} from="from" to="to" start={order.promised?.from ?? order.wanted?.from} end={order.promised?.to ?? order.wanted?.to} extra={extra} set={set} />}
    </>
  );
}

/** Who goes when: the planner's candidates with their reasons, the best first. */
export function PlanFields({ order, extra, set }: Props) {
  const t = useDeskT();
  const windowText = useWindowText();
  const zoneOf = useZoneOf();
  const worded = useWorded();
  const found = useRead(['order', order.id, 'candidates'], () => answer(api.GET('/orders/{id}/candidates', { params: { path: { id: order.id }, query: { limit: 20 } } })));
  const items = found.data?.items ?? [];
  const first = items.find((one) => one.fits);
  const ready = 'orders' in extra;
  useEffect(() => {
    if (ready || !found.data) return;
    set({ ...extra, orders: [order.id], send: true, ...(first ? { engineers: [first.engineer_id], start: first.start, end: first.end } : {}) });
  }, [ready, found.data, first, extra, order, set]);
  const engineers: unknown = extra['engineers'];
  return (
    <>
      <fieldset className={styles.picks}>
        <legend>
          {t('plan.candidates')} {found.data && <small className={styles.soft}>{t('plan.candidates.count', { fitting: found.data.fitting, lookedAt: found.data.looked_at })}</small>}
        </legend>
        {found.data && items.length === 0 && <p>{t('plan.candidates.none')}</p>}
        <Radio.Group
          value={Array.isArray(engineers) ? (engineers[0] as string | undefined) : undefined}
          onChange={(event) => {
            const one = items.find((row) => row.engineer_id === event.target.value);
            if (one) set({ ...extra, engineers: [one.engineer_id], ...(one.start && one.end ? { start: one.start, end: one.end } : {}) });
          }}
        >
          {items.map((one) => (
            <div key={one.engineer_id} className={styles.pick} data-out={!one.fits || undefined}>
              <Radio value={one.engineer_id} disabled={!one.fits}>
                {one.name} <small className={styles.soft}>{one.fits && one.start && one.end ? windowText(one.start, one.end, order) : t('plan.cannot')}</small>
              </Radio>
              <ReasonList reasons={worded(one.reasons)} />
            </div>
          ))}
        </Radio.Group>
      </fieldset>
      {ready && <WindowFields zone={zoneOf(order)} from="start" to="end" start={order.promised?.from} end={order.promised?.to} extra={extra} set={set} />}
      <YesNo label={t('order.dispatchNow')} value={extra['send']} onChange={(value) => set({ ...extra, send: value })} />
    </>
  );
}
