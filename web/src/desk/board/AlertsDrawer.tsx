import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button, Drawer, Dropdown } from 'antd';
import { useState } from 'react';

import { answer, api, call } from '@/api/client';
import { asApiError, type ApiError } from '@/api/problem';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';
import { RelativeTime } from '@/kit/RelativeTime';
import { uuid } from '@/lib/ids';
import { SkeletonRows } from '@/ui/list/Placeholders';
import { ReasonList } from '@/ui/Why';

import { useWorded } from '../parts/reasons';
import { may, readAll, useMe, useRead, useSay } from '../parts/server';
import styles from './board.module.css';
import type { Repair } from './PlanRest';
import { Traffic } from './Traffic';
import type { Lane } from './types';

const resolutions = ['covered', 'planned_by_hand', 'promise_changed', 'noted'] as const;

/** What dispatch could not solve by itself, as long as nobody has settled it. */
export function useAlerts() {
  const { data: me } = useMe();
  return useRead(['dispatch-alerts'], async () => (await readAll((cursor) => answer(api.GET('/dispatch/alerts', { params: { query: { limit: 200, cursor } } })))).filter((one) => !one.closed_at), may(me, 'dispatch.read'));
}

/** Alerts with why they were raised: a repair is proposed, or somebody says how it was settled. */
export function AlertsDrawer({ day, lanes, onRepair, onClose }: { day: string; lanes: readonly Lane[]; onRepair: (repair: Repair) => void; onClose: () => void }) {
  const t = useDeskT();
  const say = useSay();
  const worded = useWorded();
  const queries = useQueryClient();
  const { data: me } = useMe();
  const alerts = useAlerts();
  const [error, setError] = useState<ApiError>();

  async function settle(id: string, resolution: string) {
    const key = uuid();
    setError(undefined);
    try {
      await call('POST', `/dispatch/alerts/${id}/close`, { body: { resolution, operation_id: key }, headers: { 'Idempotency-Key': key } }, () => undefined);
    } catch (thrown) {
      setError(asApiError(thrown));
    }
    await queries.invalidateQueries({ queryKey: ['dispatch-alerts'] });
  }

  return (
    <Drawer open onClose={onClose} size={420} title={t('board.alerts')}>
      {may(me, 'dispatch.plan') && <Traffic day={day} lanes={lanes} onRepair={onRepair} />}
      {error && <ErrorView inline error={error} />}
      {alerts.error && <ErrorView error={alerts.error} retry={() => void alerts.refetch()} />}
      {alerts.isPending && <SkeletonRows />}
      {alerts.data?.length === 0 && <p className={styles.note}>{t('board.alerts.none')}</p>}
      <ul className={styles.plain}>
        {(alerts.data ?? []).map((one) => (
          <li key={one.id} className={styles.dialog}>
            <div>
              <b>{say(`dispatch.alert.${one.kind}`)}</b>{' '}
              <small className={styles.soft}>
                <RelativeTime at={one.raised_at} />
              </small>
            </div>
            <ReasonList reasons={worded(one.reasons)} />
            <div className={styles.foot}>
              {may(me, 'dispatch.plan') && (
                <Button type="primary" onClick={() => onRepair({ event: { alert_id: one.id }, words: say(`dispatch.alert.${one.kind}`) })}>
                  {t('board.repair')}
                </Button>
              )}
              <Link to="/orders/$orderId" params={{ orderId: one.order_id }}>
                <Button>{t('board.openOrder')}</Button>
              </Link>
              {may(me, 'dispatch.alert') && (
                <Dropdown trigger={['click']} menu={{ items: resolutions.map((key) => ({ key, label: say(`dispatch.resolution.${key}`) })), onClick: ({ key }) => void settle(one.id, key) }}>
                  <Button>{t('board.settle')}</Button>
                </Dropdown>
              )}
            </div>
          </li>
        ))}
      </ul>
    </Drawer>
  );
}
