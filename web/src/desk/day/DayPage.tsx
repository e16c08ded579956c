import { useNavigate, useSearch } from '@tanstack/react-router';

import { answer, api } from '@/api/client';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';
import { dayAt, defaultZone } from '@/lib/instant';
import { useNow } from '@/lib/now';
import { SkeletonRows } from '@/ui/list/Placeholders';

import { Choose } from '../parts/Inputs';
import styles from '../parts/parts.module.css';
import { readAll, useRead } from '../parts/server';
import { instantAt } from '../parts/window';
import { DayBoard } from './DayBoard';
import { groupsOf } from './lanes';

/** Engineers by outlet and their visits of one day, on a line of hours. */
export function DayPage() {
  const t = useDeskT();
  const now = useNow();
  const navigate = useNavigate();
  const search: Record<string, string | undefined> = useSearch({ strict: false });
  const today = dayAt(now, defaultZone);
  const day = search['day'] ?? today;
  const outlet = search['outlet'] === '' ? undefined : search['outlet'];
  const put = (change: Record<string, string | undefined>) => void navigate({ to: '.', search: ((before: Record<string, string>) => ({ ...before, ...change })) as never, replace: true });
  const from = instantAt(`${day}T00:00`);
  const to = from === '' ? '' : new Date(Date.parse(from) + 86_400_000).toISOString();
  const outlets = useRead(['outlets', 'every'], () => readAll((cursor) => answer(api.GET('/outlets', { params: { query: { limit: 200, cursor } } }))));
  const visits = useRead(['visits', 'day', day, outlet], () => readAll((cursor) => answer(api.GET('/visits', { params: { query: { from, to, outlet_id: outlet, limit: 200, cursor } } }))), from !== '');
  const staff = useRead(['staff', 'day', outlet], () => readAll((cursor) => answer(api.GET('/staff', { params: { query: { outlet, job: 'engineer', state: 'active', limit: 200, cursor } } }))));
  const error = visits.error ?? staff.error ?? outlets.error;
  const shown = outlet === undefined ? (outlets.data ?? []) : (outlets.data ?? []).filter((one) => one.id === outlet);
  const groups = visits.data && staff.data && outlets.data ? groupsOf(visits.data.filter((visit) => visit.state !== 'cancelled'), staff.data, shown, day, t('day.unassigned')) : undefined;
  return (
    <div className={styles.page} style={{ maxWidth: 'none' }}>
      <div className={`${styles.spread} ${styles.wraps}`}>
        <h1>{t('nav.day')}</h1>
        <span className={styles.row}>
          <div className={styles.choose}>
            <Choose label={t('order.outlet')} none={t('day.allOutlets')} value={outlet} options={(outlets.data ?? []).map((one) => ({ value: one.id, label: one.name }))} onChange={(value) => put({ outlet: value })} />
          </div>
          <label className={styles.field}>
            {t('day.date')}
            <input type="date" className={styles.time} value={day} onChange={(event) => put({ day: event.target.value === '' ? undefined : event.target.value })} />
          </label>
        </span>
      </div>
      {error ? <ErrorView error={error} retry={() => void Promise.all([visits.refetch(), staff.refetch(), outlets.refetch()])} /> : null}
      {!error && !groups && <SkeletonRows />}
      {groups?.length === 0 && <p className={styles.soft}>{t('day.nobody')}</p>}
      {groups && groups.length > 0 && <DayBoard groups={groups} now={day === today ? (now - Date.parse(from)) / 3_600_000 : undefined} />}
    </div>
  );
}
