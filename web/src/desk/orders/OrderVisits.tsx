import { useQueryClient } from '@tanstack/react-query';

import { answer, api } from '@/api/client';
import { useDeskT } from '@/i18n/desk';
import { StatePill } from '@/kit/StatePill';
import { ActBar } from '@/ui/ActBar';
import type { Act } from '@/ui/actTypes';
import { Block } from '@/ui/DetailPage';

import styles from '../parts/parts.module.css';
import { may, sendAct, useMe, useRead, useReasons, useSay } from '../parts/server';
import type { Order, Visit } from '../parts/types';
import { useWindowText } from '../parts/window';

/** The trips of an order; a planned one can be sent to its engineers or taken back. */
export function OrderVisits({ order }: { order: Order }) {
  const t = useDeskT();
  const say = useSay();
  const reasons = useReasons();
  const windowText = useWindowText();
  const queries = useQueryClient();
  const { data: me } = useMe();
  const visits = useRead(['visits', order.id], () => answer(api.GET('/orders/{id}/visits', { params: { path: { id: order.id } } }))).data?.items ?? [];
  const outlet = order.outlet_id ?? '';
  const staff = useRead(['staff', 'engineers', outlet], () => answer(api.GET('/staff', { params: { query: { outlet, job: 'engineer', state: 'active', limit: 200 } } })), outlet !== '' && may(me, 'workforce.read')).data?.items;
  if (visits.length === 0) return null;
  const acts = (visit: Visit): Act[] => {
    if (!may(me, 'orders.plan')) return [];
    const next = visit.next_acts ?? [];
    const out: Act[] = [];
    if (next.includes('dispatch')) out.push({ key: 'dispatch', label: say('visit.act.dispatch') });
    if (next.includes('cancel')) out.push({ key: 'cancel', label: say('visit.act.cancel'), danger: true, reasons: reasons('visit.cancel'), note: 'optional' });
    return out;
  };
  return (
    <Block title={t('order.visits')}>
      <ul className={styles.lines}>
        {visits.map((visit) => (
          <li key={visit.id}>
            <b>{windowText(visit.start, visit.end, order)}</b>
            <StatePill kind="visit" state={visit.state} />
            <span>{(visit.engineers ?? []).map((one) => staff?.find((person) => person.id === one.engineer_id)?.name ?? t('order.engineer')).join(' · ')}</span>
            <small className={styles.soft}>{visit.number}</small>
            {acts(visit).length > 0 && (
              <ActBar
                acts={acts(visit)}
                onAct={async (act, input) => {
                  await sendAct(`/visits/${visit.id}/${act.key}`, input);
                  await Promise.all(['order', 'orders', 'case', 'visits', 'home'].map((key) => queries.invalidateQueries({ queryKey: [key] })));
                }}
              />
            )}
          </li>
        ))}
      </ul>
    </Block>
  );
}
