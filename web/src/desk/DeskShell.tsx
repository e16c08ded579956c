import { useQueryClient } from '@tanstack/react-query';
import { Outlet, useRouter } from '@tanstack/react-router';
import { BookOpen, Building2, CalendarClock, CalendarDays, CircleAlert, FileUp, FlaskConical, Headset, House, MonitorSmartphone, PhoneCall, Plus, UserCog, Users, UsersRound, Webhook, Wrench, type LucideIcon } from 'lucide-react';
import { useEffect, useRef } from 'react';

import { answer, api } from '@/api/client';
import { useDeskT, type DeskKey } from '@/i18n/desk';
import { signedOut as endedSessions } from '@/api/transport';
import { ErrorView } from '@/kit/ErrorView';
import { NewPassword } from '@/kit/NewPassword';
import { AppShell } from '@/ui/shell/AppShell';
import type { Command, NavGroup } from '@/ui/shell/types';
import { useStore } from '@/lib/store';
import { SkeletonRows } from '@/ui/list/Placeholders';

import { may, useMe, useRead, useSay } from './parts/server';
import type { Home, Me } from './parts/types';

interface Place {
  key: DeskKey;
  icon: LucideIcon;
  to: string;
  needs: string;
  count?: (home: Home) => number;
}

const places: { key: DeskKey; places: Place[] }[] = [
  {
    key: 'nav.work',
    places: [
      { key: 'nav.home', icon: House, to: '/home', needs: 'console.read' },
      { key: 'nav.cases', icon: Headset, to: '/cases', needs: 'cases.read', count: (home) => home.my_cases.n },
      { key: 'nav.orders', icon: Wrench, to: '/orders', needs: 'orders.read', count: (home) => home.ready_orders.n },
      { key: 'nav.day', icon: CalendarDays, to: '/day', needs: 'dispatch.read' },
      { key: 'nav.whatif', icon: FlaskConical, to: '/what-if', needs: 'dispatch.plan' },
      { key: 'nav.callbacks', icon: PhoneCall, to: '/callbacks', needs: 'callbacks.read', count: (home) => home.due_callbacks.n },
    ],
  },
  {
    key: 'nav.records',
    places: [
      { key: 'nav.customers', icon: Users, to: '/customers', needs: 'customers.read' },
      { key: 'nav.units', icon: MonitorSmartphone, to: '/units', needs: 'units.read' },
    ],
  },
  {
    key: 'nav.setup',
    places: [
      { key: 'nav.products', icon: BookOpen, to: '/admin/products', needs: 'catalog.write' },
      { key: 'nav.outlets', icon: Building2, to: '/admin/outlets', needs: 'outlets.write' },
      { key: 'nav.staff', icon: UsersRound, to: '/admin/staff', needs: 'workforce.write' },
      { key: 'nav.schedules', icon: CalendarClock, to: '/admin/schedules', needs: 'dispatch.plan' },
      { key: 'nav.users', icon: UserCog, to: '/admin/users', needs: 'identity.users' },
      { key: 'nav.imports', icon: FileUp, to: '/admin/imports', needs: 'imports.manage' },
      { key: 'nav.webhooks', icon: Webhook, to: '/admin/webhooks', needs: 'webhooks.manage' },
      { key: 'nav.dead', icon: CircleAlert, to: '/admin/dead', needs: '*' },
    ],
  },
];

/** The desk of whoever is signed in; nobody is sent to the sign-in, with the way back. */
export function DeskShell() {
  const router = useRouter();
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
  useEffect(() => {
    if (!signedOut) return;
    const here = location.pathname + location.search;
    router.history.replace(`/desk/sign-in?next=${encodeURIComponent(here)}`);
  }, [signedOut, router]);
  if (me.data?.must_change_password) return <NewPassword old="" onChanged={() => void me.refetch()} />;
  if (me.data && !signedOut) return <SignedIn me={me.data} />;
  if (me.error && !signedOut) return <ErrorView error={me.error} retry={() => void me.refetch()} />;
  return <SkeletonRows />;
}

function SignedIn({ me }: { me: Me }) {
  const t = useDeskT();
  const say = useSay();
  const router = useRouter();
  const queries = useQueryClient();
  const home = useRead(['home'], () => answer(api.GET('/console/home')), may(me, 'console.read')).data;
  const go = (to: string) => router.history.push(`/desk${to}`);

  async function signOut() {
    await answer(api.DELETE('/session'));
    queries.clear();
    go('/sign-in');
  }

  const groups: NavGroup[] = places
    .map((group) => ({
      key: group.key,
      label: t(group.key),
      items: group.places.filter((place) => may(me, place.needs)).map((place) => ({ key: place.key, label: t(place.key), icon: place.icon, to: place.to, count: home && place.count ? place.count(home) : undefined })),
    }))
    .filter((group) => group.items.length > 0);
  const commands: Command[] = may(me, 'cases.open') ? [{ key: 'new-case', label: t('case.new'), section: t('nav.work'), icon: Plus, words: 'new case phone', run: () => go('/cases/new') }] : [];
  const find = async (text: string): Promise<Command[]> => {
    if (text.trim().length < 2 || !may(me, 'cases.read')) return [];
    const found = await answer(api.GET('/cases/search', { params: { query: { q: text.trim(), limit: 8 } } }));
    return (found.items ?? []).map((one) => ({ key: one.id, label: `${one.number} ${one.summary}`, hint: one.contact_name, section: t('nav.cases'), icon: Headset, run: () => go(`/cases/${one.id}`) }));
  };
  const role = me.roles?.map((one) => say(`role.${one}`)).join(' · ') ?? '';
  return (
    <AppShell groups={groups} user={{ name: me.name ?? me.login ?? '', role }} commands={commands} go={go} find={find} onSignOut={() => void signOut()}>
      <Outlet />
    </AppShell>
  );
}
