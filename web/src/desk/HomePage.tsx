import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { Plus } from 'lucide-react';

import { answer, api } from '@/api/client';
import { useDeskT, type DeskKey } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';
import { SkeletonRows } from '@/ui/list/Placeholders';

import { FirstSteps } from './home/FirstSteps';
import { Measures } from './home/Measures';
import { NextCases, OrdersInHand } from './home/Next';
import styles from './parts/parts.module.css';
import { may, useMe, useRead } from './parts/server';
import type { Home } from './parts/types';

interface Card {
  key: keyof Home & `${string}_${string}`;
  label: DeskKey;
  to: string;
  search: Record<string, string>;
  /** A number that should be zero. */
  bad?: boolean;
}

const cards: readonly Card[] = [
  { key: 'safety_cases', label: 'home.safety', to: '/cases', search: { queue: 'all', safety: 'true' }, bad: true },
  { key: 'late_cases', label: 'home.late', to: '/cases', search: { queue: 'all', late: 'true' }, bad: true },
  { key: 'unassigned_cases', label: 'home.unassigned', to: '/cases', search: { queue: 'unassigned' } },
  { key: 'my_cases', label: 'home.mine', to: '/cases', search: { queue: 'mine' } },
  { key: 'ready_orders', label: 'home.ready', to: '/orders', search: { state: 'ready' } },
  { key: 'offered_orders', label: 'home.offered', to: '/orders', search: { state: 'offered' } },
  { key: 'unplanned_orders', label: 'home.unplanned', to: '/orders', search: { queue: 'unplanned' } },
  { key: 'review_orders', label: 'home.review', to: '/orders', search: { queue: 'review' } },
  { key: 'due_callbacks', label: 'home.callbacks', to: '/callbacks', search: { due: 'now' } },
];

/** What who sets up a new installation may do. */
const newFirm = ['catalog.write', 'outlets.write', 'workforce.write', 'identity.users', 'cases.open'] as const;

/** What is late, what is next, what is wrong: each number opens its list. */
export function HomePage() {
  const t = useDeskT();
  const { data: me } = useMe();
  const home = useRead(['home'], () => answer(api.GET('/console/home')));
  if (home.error) return <ErrorView error={home.error} retry={() => void home.refetch()} />;
  if (!home.data) return <SkeletonRows />;
  const numbers = home.data;
  const nothing = cards.every((card) => numbers[card.key].n === 0);
  return (
    <div className={`${styles.page} ${styles.wide}`}>
      <div className={styles.spread}>
        <h1>{t('home.hello', { name: me?.name ?? '' })}</h1>
        {may(me, 'cases.open') && (
          <Link to={'/cases/new'}>
            <Button type="primary" icon={<Plus size={16} aria-hidden />} tabIndex={-1}>
              {t('case.new')}
            </Button>
          </Link>
        )}
      </div>
      {nothing && newFirm.every((one) => may(me, one)) && <FirstSteps />}
      <div className={styles.cards}>
        {cards.map((card) => {
          const { n, over } = numbers[card.key];
          return (
            <Link key={card.key} to={card.to} search={card.search as never} className={styles.card} data-tone={card.bad && n > 0 ? 'bad' : undefined} data-zero={n === 0 || undefined}>
              <b>
                {n}
                {over ? '+' : ''}
              </b>
              <span>{t(card.label)}</span>
            </Link>
          );
        })}
      </div>
      <div className={styles.halves}>
        {may(me, 'cases.read') && <NextCases />}
        {may(me, 'orders.read') && <OrdersInHand />}
      </div>
      {may(me, 'console.kpis') && <Measures />}
    </div>
  );
}
