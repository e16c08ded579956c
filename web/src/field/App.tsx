import { CalendarDays, Send, User } from 'lucide-react';
import type { ReactNode } from 'react';

import { useFieldT, type FieldKey } from '@/i18n/field';
import { useStore } from '@/lib/store';
import { useLookOnPage } from '@/theme/look';

import { userStore } from './engine';
import { MePage } from './pages/MePage';
import { OutboxPage } from './pages/OutboxPage';
import { SignInPage } from './pages/SignInPage';
import { VisitPage } from './pages/VisitPage';
import { VisitsPage } from './pages/VisitsPage';
import { go, pathOf, useRoute, type Route } from './route';
import { sessionStore } from './session';
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
    case 'signIn':
      return <SignInPage />;
  }
}

/** The field app: three tabs, and a visit over all of them. */
export function App() {
  useLookOnPage();
  const t = useFieldT();
  const route = useRoute();
  const { waiting, unseen } = useWaiting();
  const user = useStore(userStore);
  const session = useStore(sessionStore);
  if (session === 'starting') return null;
  if (user === '') return <SignInPage />;
  return (
    <div className="field">
      {pageOf(route)}
      {route.page !== 'visit' && route.page !== 'signIn' && (
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
