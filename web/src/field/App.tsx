import { CalendarDays, Send, User } from 'lucide-react';
import type { ReactNode } from 'react';

import { useFieldT, type FieldKey } from '@/i18n/field';
import { useLookOnPage } from '@/theme/look';

import { MePage } from './pages/MePage';
import { OutboxPage } from './pages/OutboxPage';
import { VisitPage } from './pages/VisitPage';
import { VisitsPage } from './pages/VisitsPage';
import { go, pathOf, useRoute, type Route } from './route';
import { useWaiting } from './useData';

const tabs = [
  { to: { page: 'visits', day: 'today' }, icon: CalendarDays, label: 'tab.visits' },
  { to: { page: 'outbox' }, icon: Send, label: 'tab.outbox' },
  { to: { page: 'me' }, icon: User, label: 'tab.me' },
] as const satisfies readonly { to: Route; icon: unknown; label: FieldKey }[];

function pageOf(route: Route): ReactNode {
  switch (route.page) {
    case 'visits':
      return <VisitsPage day={route.day} />;
    case 'visit':
      return <VisitPage key={route.id} id={route.id} />;
    case 'outbox':
      return <OutboxPage />;
    case 'me':
      return <MePage />;
  }
}

/** The field app: three tabs, and a visit over all of them. */
export function App() {
  useLookOnPage();
  const t = useFieldT();
  const route = useRoute();
  const { waiting, unseen } = useWaiting();
  return (
    <div className="field">
      {pageOf(route)}
      {route.page !== 'visit' && (
        <nav className="tabs" aria-label={t('field.title')}>
          {tabs.map(({ to, icon: Icon, label }) => (
            <a
              key={label}
              href={pathOf(to)}
              aria-current={to.page === route.page ? 'page' : undefined}
              onClick={(event) => {
                event.preventDefault();
                go(to);
              }}
            >
              <Icon size={22} aria-hidden />
              {t(label)}
              {to.page === 'outbox' && waiting + unseen > 0 && (
                <span className="tab-badge" data-bad={unseen > 0 || undefined}>
                  {waiting + unseen}
                </span>
              )}
            </a>
          ))}
        </nav>
      )}
    </div>
  );
}
