import { Link } from '@tanstack/react-router';

import { answer, api } from '@/api/client';
import { useDeskT } from '@/i18n/desk';
import { ClockChip } from '@/kit/ClockChip';
import { StatePill } from '@/kit/StatePill';
import { Block } from '@/ui/DetailPage';
import { SkeletonRows } from '@/ui/list/Placeholders';

import { ServiceName } from '../cases/CaseDetail';
import styles from '../parts/parts.module.css';
import { useRead } from '../parts/server';
import { useWindowText } from '../parts/window';

/** Cases whose next deadline comes first. */
export function NextCases() {
  const t = useDeskT();
  const rows = useRead(['cases', 'next'], () => answer(api.GET('/cases', { params: { query: { queue: 'all', limit: 8 } } }))).data?.items;
  return (
    <Block title={t('home.next')} extra={<Link to="/cases">{t('home.all')}</Link>}>
      {!rows && <SkeletonRows lines={4} />}
      {rows?.length === 0 && <p className={styles.soft}>{t('home.next.none')}</p>}
      <ul className={styles.lines}>
        {(rows ?? []).map((row) => (
          <li key={row.id}>
            <Link to="/cases/$caseId" params={{ caseId: row.id }}>{row.number}</Link>
            <StatePill kind="case" state={row.state} />
            {row.next_due_at && <ClockChip clock={{ state: 'running', target: row.next_due_at }} />}
            <span>{row.summary}</span>
          </li>
        ))}
      </ul>
    </Block>
  );
}

/** Orders under way. */
export function OrdersInHand() {
  const t = useDeskT();
  const windowText = useWindowText();
  const rows = useRead(['orders', 'next'], () => answer(api.GET('/orders', { params: { query: { queue: 'live', limit: 8 } } }))).data?.items;
  return (
    <Block title={t('home.orders')} extra={<Link to="/orders">{t('home.all')}</Link>}>
      {!rows && <SkeletonRows lines={4} />}
      {rows?.length === 0 && <p className={styles.soft}>{t('home.orders.none')}</p>}
      <ul className={styles.lines}>
        {(rows ?? []).map((row) => (
          <li key={row.id}>
            <Link to="/orders/$orderId" params={{ orderId: row.id }}>{row.number}</Link>
            <StatePill kind="order" state={row.state} />
            <ServiceName code={row.service_type} />
            {row.promised && <span className={styles.soft}>{windowText(row.promised.from, row.promised.to, row)}</span>}
          </li>
        ))}
      </ul>
    </Block>
  );
}
