import { useQueryClient } from '@tanstack/react-query';
import { Outlet, useRouter, useRouterState } from '@tanstack/react-router';
import { Banknote, CalendarDays, ChartColumn, FlaskConical, Gauge, Headset, House, MonitorSmartphone, PhoneCall, Plus, ShieldCheck, TriangleAlert, Undo2, Users, Wrench, type LucideIcon } from 'lucide-react';
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef } from 'react';

import { answer, api } from '@/api/client';
import { useDeskT, type DeskKey } from '@/i18n/desk';
import { signedOut as endedSessions } from '@/api/transport';
import { ErrorView } from '@/kit/ErrorView';
import { NewPassword } from '@/kit/NewPassword';
import { AppShell } from '@/ui/shell/AppShell';
import { PlaceHere, placeOf, useTabTitle } from '@/ui/place';
import type { Command, NavGroup } from '@/ui/shell/types';
import { useStore } from '@/lib/store';
import { SkeletonRows } from '@/ui/list/Placeholders';

import { AdminIcon, adminPlaces } from './admin/places';
import { Bell, TasksButton } from './parts/Bell';
import { useFinder } from './parts/find';
import styles from './parts/parts.module.css';
import { may, useMe, useRead, useSay } from './parts/server';
import type { Home, Me } from './parts/types';

// Seldom needed, and its fields are heavy.
const SignInAgain = lazy(() => import('./SignInAgain').then((file) => ({ default: file.SignInAgain })));

interface Place {
  key: DeskKey;
  icon: LucideIcon;
  to: string;
  needs: string;
  /** What it is for, in one line. */
  about?: DeskKey;
  /** Pressed after g. */
  hotkey: string;
  count?: (home: Home) => Home['my_cases'];
}

const places: { key: DeskKey; places: Place[] }[] = [
  {
    key: 'nav.work',
    places: [
      { key: 'nav.home', icon: House, to: '/home', hotkey: 'h', needs: 'console.read' },
      { key: 'nav.dashboard', icon: Gauge, to: '/dashboard', hotkey: 'm', needs: 'console.kpis' },
      { key: 'nav.cases', about: 'nav.about.cases', icon: Headset, to: '/cases', hotkey: 'c', needs: 'cases.read', count: (home) => home.my_cases },
      { key: 'nav.orders', about: 'nav.about.orders', icon: Wrench, to: '/orders', hotkey: 'o', needs: 'orders.read', count: (home) => home.ready_orders },
      { key: 'nav.day', icon: CalendarDays, to: '/day', hotkey: 'd', needs: 'dispatch.read' },
      { key: 'nav.whatif', icon: FlaskConical, to: '/what-if', hotkey: 'w', needs: 'dispatch.plan' },
      { key: 'nav.callbacks', about: 'nav.about.callbacks', icon: PhoneCall, to: '/callbacks', hotkey: 'b', needs: 'callbacks.read', count: (home) => home.due_callbacks },
      { key: 'nav.returns', about: 'nav.about.returns', icon: Undo2, to: '/returns', hotkey: 'r', needs: 'returns.read' },
      { key: 'nav.refunds', about: 'nav.about.refunds', icon: Banknote, to: '/refunds', hotkey: 'f', needs: 'returns.pay' },
      { key: 'nav.returnReport', icon: ChartColumn, to: '/returns-report', hotkey: 'a', needs: 'returns.read' },
    ],
  },
  {
    key: 'nav.records',
    places: [
      { key: 'nav.customers', about: 'nav.about.customers', icon: Users, to: '/customers', hotkey: 'k', needs: 'customers.read' },
      { key: 'nav.units', about: 'nav.about.units', icon: MonitorSmartphone, to: '/units', hotkey: 'u', needs: 'units.read' },
      { key: 'nav.campaigns', about: 'nav.about.campaigns', icon: TriangleAlert, to: '/campaigns', hotkey: 'l', needs: 'maintenance.read' },
      { key: 'nav.contracts', about: 'nav.about.contracts', icon: ShieldCheck, to: '/contracts', hotkey: 'n', needs: 'entitlement.read' },
    ],
  },
];

/** Every place with a name, for tabs and for what an empty list is about. */
const named: readonly { key: DeskKey; to: string; about?: DeskKey }[] = [
  ...places.flatMap((group) => group.places),
  ...adminPlaces.flatMap((group) => group.places),
  { key: 'nav.setup', to: '/admin' },
  { key: 'account.title', to: '/account' },
  { key: 'case.new', to: '/cases/new' },
  { key: 'recall.new', to: '/campaigns/new' },
  { key: 'import.new', to: '/admin/imports/new' },
];

/** The desk of whoever is signed in; nobody is sent to the sign-in, with the way back. */
export function DeskShell() {
  const router = useRouter();
  const queries = useQueryClient();
  const me = useMe();
  const ended = useStore(endedSessions);
  const seen = useRef(ended);
  // A session that ends under an open page shows at whatever is asked next: who is signed in is asked again.
  useEffect(() => {
    if (ended === seen.current) return;
    seen.current = ended;
    // The question itself may be refused and ends here: it is not asked again while it is under way or was refused.
    if (me.data && !me.error && !me.isFetching) void me.refetch({ cancelRefetch: false });
  }, [ended, me]);
  const signedOut = me.error?.status === 401;
  // Who was here sees a cover over the page, which keeps what was typed; who comes from outside is sent to the sign-in.
  const nobody = signedOut && !me.data;
  useEffect(() => {
    if (!nobody) return;
    const here = location.pathname + location.search;
    router.history.replace(`/desk/sign-in?next=${encodeURIComponent(here)}`);
  }, [nobody, router]);
  if (me.data?.must_change_password) {
    return (
      <main className={styles.signin}>
        <NewPassword old="" login={me.data.login ?? ''} onChanged={() => void me.refetch()} />
      </main>
    );
  }
  if (me.data) {
    return (
      <>
        <div inert={signedOut} className={styles.under}>
          <SignedIn me={me.data} />
        </div>
        {signedOut && (
          <Suspense fallback={<div className={styles.cover} />}>
            <SignInAgain me={me.data} onBack={() => void me.refetch().then(() => queries.invalidateQueries())} />
          </Suspense>
        )}
      </>
    );
  }
  if (me.error && !signedOut) return <ErrorView error={me.error} retry={() => void me.refetch()} />;
  return <SkeletonRows />;
}

function SignedIn({ me }: { me: Me }) {
  const t = useDeskT();
  const say = useSay();
  const router = useRouter();
  const queries = useQueryClient();
  const home = useRead(['home'], () => answer(api.GET('/console/home')), may(me, 'console.read')).data;
  const go = useCallback((to: string) => router.history.push(`/desk${to}`), [router]);

  async function signOut() {
    await answer(api.DELETE('/session'));
    queries.clear();
    go('/sign-in');
  }

  const groups: NavGroup[] = places
    .map((group) => ({
      key: group.key,
      label: t(group.key),
      items: group.places
        .filter((place) => may(me, place.needs))
        .map((place) => {
          const count = home && place.count?.(home);
          return { key: place.key, label: t(place.key), icon: place.icon, to: place.to, hotkey: place.hotkey, count: count?.n, more: count?.over };
        }),
    }))
    .filter((group) => group.items.length > 0);
  const setUp = adminPlaces.flatMap((group) => group.places).filter((place) => may(me, place.needs));
  if (setUp.length > 0) groups.push({ key: 'nav.setup', items: [{ key: 'nav.setup', label: t('nav.setup'), icon: AdminIcon, to: '/admin', hotkey: 's' }] });
  const commands: Command[] = [
    ...(may(me, 'cases.open') ? [{ key: 'new-case', label: t('case.new'), section: t('palette.acts'), icon: Plus, words: 'new case phone xj', hotkey: 'c', run: () => go('/cases/new') }] : []),
    ...setUp.map((place) => ({ key: `go:${place.key}`, label: t(place.key), hint: t(place.about), section: t('nav.setup'), icon: place.icon, words: place.to, run: () => go(place.to) })),
  ];
  const find = useFinder(me, go);
  const path = useRouterState({ select: (state) => state.location.pathname.replace(/^\/desk(?=\/)/, '') });
  const place = placeOf(named, path);
  const name = place ? t(place.key) : '';
  const about = place?.about && t(place.about);
  const here = useMemo(() => ({ name, about }), [name, about]);
  useTabTitle('place', name);
  const role = me.roles?.map((one) => say(`role.${one}`)).join(' · ') ?? '';
  return (
    <AppShell groups={groups} user={{ name: me.name ?? me.login ?? '', role }} commands={commands} go={go} find={find} tools={<><TasksButton me={me} /><Bell go={go} /></>} account="/account" onSignOut={() => void signOut()}>
      <PlaceHere.Provider value={here}>
        <Outlet />
      </PlaceHere.Provider>
    </AppShell>
  );
}
