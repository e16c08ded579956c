import { answer, api } from '@/api/client';
import { useDeskT } from '@/i18n/desk';
import { formatTime } from '@/lib/format';
import { defaultZone } from '@/lib/instant';

import { readAll, useRead } from '../parts/server';
import styles from './board.module.css';
import { useFetched } from './fetched';
import type { Lane, Plan } from './types';

/** Stops at outlets' stores that a draft needs, by start. */
export function Fetches({ plan, lanes }: { plan: Plan; lanes: readonly Lane[] }) {
  const t = useDeskT();
  const fetched = useFetched();
  const stops = plan.fetches ?? [];
  if (stops.length === 0) return null;
  const names = new Map(lanes.map((lane) => [lane.id, lane.name]));
  const outlets = new Map(lanes.map((lane) => [lane.outletId, lane.outletName]));
  return (
    <section>
      <h3>
        {t('board.fetches')} <small className={styles.soft}>{stops.length}</small>
      </h3>
      <ul className={styles.plain}>
        {stops.map((stop) => {
          const words = { parts: fetched(stop), outlet: outlets.get(stop.outlet_id) ?? '' };
          return (
            <li key={`${stop.engineer_id} ${stop.start}`}>
              <b>{names.get(stop.engineer_id) ?? ''}</b> {stop.end > stop.start ? t('board.fetchAt', { ...words, time: formatTime(stop.start, defaultZone) }) : t('board.fetch.start', words)}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** How the work is divided between outlets, where the policy says how it should be. */
export function Targets({ plan }: { plan: Plan }) {
  const shares = plan.comparison.shares ?? [];
  return shares.length > 0 && <Shares shares={shares} />;
}

function Shares({ shares }: { shares: NonNullable<Plan['comparison']['shares']> }) {
  const t = useDeskT();
  const outlets = useRead(['outlets', 'every'], () => readAll((cursor) => answer(api.GET('/outlets', { params: { query: { limit: 200, cursor } } }))));
  return (
    <section>
      <h3>{t('board.shares')}</h3>
      <ul className={styles.plain}>
        {shares.map((one) => (
          <li key={one.outlet_id}>
            <b>{outlets.data?.find((outlet) => outlet.id === one.outlet_id)?.name ?? ''}</b>{' '}
            {t('board.shares.is', { target: one.target_per_mille / 10, before: one.before_per_mille / 10, after: one.after_per_mille / 10 })}
          </li>
        ))}
      </ul>
    </section>
  );
}
