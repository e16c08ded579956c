import { Link, useNavigate, useSearch } from '@tanstack/react-router';

import { answer, api } from '@/api/client';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';
import { StatePill } from '@/kit/StatePill';
import { formatTime } from '@/lib/format';
import { dayAt, defaultZone } from '@/lib/instant';
import { useNow } from '@/lib/now';
import { SkeletonRows } from '@/ui/list/Placeholders';

import { Choose } from '../parts/Inputs';
import styles from '../parts/parts.module.css';
import { useRead } from '../parts/server';
import type { Visit } from '../parts/types';
import { instantAt } from '../parts/window';

const firstHour = 7;
const lastHour = 22;
const span = (lastHour - firstHour) * 3_600_000;

/** Engineers of an outlet and their visits of one day, on a line of hours. */
export function DayPage() {
  const t = useDeskT();
  const now = useNow();
  const navigate = useNavigate();
  const search: Record<string, string | undefined> = useSearch({ strict: false });
  const day = search['day'] ?? dayAt(now, defaultZone);
  const outlet = search['outlet'];
  const put = (change: Record<string, string>) => void navigate({ to: '.', search: ((before: Record<string, string>) => ({ ...before, ...change })) as never, replace: true });
  const from = instantAt(`${day}T00:00`);
  const to = new Date(Date.parse(from) + 86_400_000).toISOString();
  const outlets = useRead(['outlets', 'all'], async () => (await answer(api.GET('/outlets', { params: { query: { limit: 200 } } }))).items ?? []);
  const visits = useRead(['visits', 'day', day, outlet], async () => (await answer(api.GET('/visits', { params: { query: { from, to, outlet_id: outlet, limit: 200 } } }))).items ?? []);
  const staff = useRead(['staff', 'day', outlet], async () => (await answer(api.GET('/staff', { params: { query: { outlet, job: 'engineer', limit: 200 } as never } }))).items ?? []);
  const error = visits.error ?? staff.error;
  const live = (visits.data ?? []).filter((visit) => visit.state !== 'cancelled');
  return (
    <div className={styles.page} style={{ maxWidth: 'none' }}>
      <div className={styles.spread}>
        <h1>{t('nav.day')}</h1>
        <span className={styles.row}>
          <div className={styles.choose}>
            <Choose label={t('order.outlet')} value={outlet} options={(outlets.data ?? []).map((one) => ({ value: one.id, label: one.name }))} onChange={(value) => put({ outlet: value ?? '' })} />
          </div>
          <label className={styles.field}>
            {t('day.date')}
            <input type="date" className={styles.time} value={day} onChange={(event) => put({ day: event.target.value })} />
          </label>
        </span>
      </div>
      {error ? <ErrorView error={error} retry={() => void visits.refetch()} /> : null}
      {!error && (!visits.data || !staff.data) && <SkeletonRows />}
      {visits.data && staff.data && (
        <div className={styles.board}>
          {staff.data.length === 0 && <p className={styles.soft}>{t('day.nobody')}</p>}
          {staff.data.length > 0 && (
            <div className={`${styles.lane} ${styles.hours}`}>
              <b>{t('order.engineer')}</b>
              <div className={styles.track}>
                {Array.from({ length: lastHour - firstHour }, (_, index) => (
                  <span key={index} className={styles.hour} style={{ left: `${(index / (lastHour - firstHour)) * 100}%` }}>
                    {index + firstHour}
                  </span>
                ))}
              </div>
            </div>
          )}
          {staff.data.map((person) => (
            <div key={person.id} className={styles.lane}>
              <b>{person.name}</b>
              <div className={styles.track}>
                <HourLines now={now} start={Date.parse(from) + firstHour * 3_600_000} />
                {live.filter((visit) => visit.engineers?.some((one) => one.engineer_id === person.id)).map((visit) => (
                  <Bar key={visit.id} visit={visit} start={Date.parse(from) + firstHour * 3_600_000} />
                ))}
              </div>
            </div>
          ))}
        </div>
      )}
      <ul className={styles.lines}>
        {live.map((visit) => (
          <li key={visit.id}>
            <b>
              {formatTime(visit.start, defaultZone)}–{formatTime(visit.end, defaultZone)}
            </b>
            <StatePill kind="visit" state={visit.state} />
            <span>{visit.engineers?.map((one) => staff.data?.find((person) => person.id === one.engineer_id)?.name ?? t('order.engineer')).join(' · ')}</span>
            {visit.orders?.map((one) => (
              <Link key={one.order_id} to="/orders/$orderId" params={{ orderId: one.order_id }}>
                {visit.number}
              </Link>
            ))}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** The hours as lines behind a lane, and where the day stands now. */
function HourLines({ now, start }: { now: number; start: number }) {
  const at = (now - start) / span;
  return (
    <>
      {Array.from({ length: lastHour - firstHour }, (_, index) => (
        <span key={index} aria-hidden className={styles.hour} style={{ left: `${(index / (lastHour - firstHour)) * 100}%` }} />
      ))}
      {at > 0 && at < 1 && <span aria-hidden className={styles.nowline} style={{ left: `${at * 100}%` }} />}
    </>
  );
}

function Bar({ visit, start }: { visit: Visit; start: number }) {
  const left = Math.max(0, (Date.parse(visit.start) - start) / span);
  const right = Math.min(1, (Date.parse(visit.end) - start) / span);
  const order = visit.orders?.[0]?.order_id ?? '';
  const from = formatTime(visit.start, defaultZone);
  const number = visit.number.slice(visit.number.indexOf('-') + 1);
  return (
    <Link
      to="/orders/$orderId"
      params={{ orderId: order }}
      className={styles.bar}
      data-state={visit.state}
      title={`${from}–${formatTime(visit.end, defaultZone)} ${visit.number}`}
      style={{ left: `${left * 100}%`, width: `${Math.max(0.02, right - left) * 100}%`, top: 6 }}
    >
      {from} <small>{number}</small>
    </Link>
  );
}
