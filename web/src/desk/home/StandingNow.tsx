import { Link } from '@tanstack/react-router';

import { answer, api } from '@/api/client';
import type { components } from '@/api/schema';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';
import { StatePill } from '@/kit/StatePill';
import { Block } from '@/ui/DetailPage';

import styles from '../parts/parts.module.css';
import { may, useMe, useRead } from '../parts/server';

type Stage = components['schemas']['ConsoleStage'];

/** Where live orders stand at this moment: the funnel of stages and each outlet, late first; every number opens its list. */
export function StandingNow({ outlet }: { outlet: string }) {
  const t = useDeskT();
  const { data: me } = useMe();
  const read = useRead(['now'], () => answer(api.GET('/console/now')), may(me, 'orders.read'), 60_000);
  if (read.error) return <ErrorView inline error={read.error} retry={() => void read.refetch()} />;
  if (!read.data) return null;
  const outlets = read.data.outlets ?? [];
  const one = outlets.find((row) => row.id === outlet);
  const stages = outlet === '' ? (read.data.stages ?? []) : (one?.stages ?? []);
  return (
    <div className={styles.halves}>
      <Block title={t('dash.funnel')}>
        <Funnel stages={stages} outlet={outlet} />
      </Block>
      <Block title={t('dash.now')}>
        <div className={styles.table}>
          <table>
            <thead>
              <tr>
                <th scope="col">{t('dash.outlet')}</th>
                <th scope="col">{t('dash.late')}</th>
                <th scope="col">{t('dash.risk')}</th>
                <th scope="col">{t('dash.total')}</th>
              </tr>
            </thead>
            <tbody>
              {outlets
                .filter((row) => outlet === '' || row.id === outlet)
                .map((row) => (
                  <tr key={row.id ?? ''}>
                    <td data-title={t('dash.outlet')}>{row.name ?? t('dash.noOutlet')}</td>
                    <td data-title={t('dash.late')} className={row.late > 0 ? styles.outside : undefined}>
                      <ToOrders outlet={row.id ?? 'nobody'} due="late" n={row.late} />
                    </td>
                    <td data-title={t('dash.risk')}>
                      <ToOrders outlet={row.id ?? 'nobody'} due="soon" n={row.soon} />
                    </td>
                    <td data-title={t('dash.total')}>
                      <ToOrders outlet={row.id ?? 'nobody'} n={row.n} />
                    </td>
                  </tr>
                ))}
            </tbody>
          </table>
        </div>
      </Block>
    </div>
  );
}

interface NumberProps {
  /** An outlet's id, or nobody's orders; absent: all. */
  outlet?: string | undefined;
  state?: string;
  due?: 'late' | 'soon';
  n: number;
}

/** A number that opens the orders behind it. */
export function ToOrders({ outlet, state, due, n }: NumberProps) {
  if (n === 0) return <span>0</span>;
  const whose = outlet === 'nobody' ? { nobody: 'true' } : outlet ? { outlet } : {};
  const search = { ...whose, ...(state ? { state } : {}), ...(due ? { [due]: 'true' } : {}), queue: 'live' };
  return (
    <Link to="/orders" search={search as never} style={{ textDecoration: 'underline' }}>
      {n}
    </Link>
  );
}

function Funnel({ stages, outlet }: { stages: readonly Stage[]; outlet: string }) {
  const t = useDeskT();
  const most = Math.max(1, ...stages.map((stage) => stage.n));
  return (
    <table className={styles.funnel}>
      <tbody>
        {stages.map((stage) => (
          <tr key={stage.state}>
            <th scope="row">
              <StatePill kind="order" state={stage.state} />
            </th>
            <td>
              <div className={styles.bars} aria-hidden>
                <i style={{ width: `${(stage.late / most) * 100}%` }} data-tone="bad" />
                <i style={{ width: `${(stage.soon / most) * 100}%` }} data-tone="warn" />
                <i style={{ width: `${((stage.n - stage.late - stage.soon) / most) * 100}%` }} />
              </div>
            </td>
            <td>
              <ToOrders outlet={outlet || undefined} state={stage.state} n={stage.n} />
            </td>
            <td className={stage.late > 0 ? styles.outside : styles.soft}>
              {stage.late > 0 && (
                <>
                  {t('dash.late')} <ToOrders outlet={outlet || undefined} state={stage.state} due="late" n={stage.late} />
                </>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
