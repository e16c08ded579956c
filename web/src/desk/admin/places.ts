import { BookOpen, Building2, CalendarClock, ClipboardCheck, FileUp, Inbox, KeyRound, Mail, MessageCircleQuestion, MessageSquareText, ScrollText, Settings2, Scale, SlidersHorizontal, ShieldCheck, ShieldPlus, Tags, Timer, Truck, UserCog, UsersRound, Webhook, CalendarDays, CircleHelp, Wrench, type LucideIcon } from 'lucide-react';

import type { DeskKey } from '@/i18n/desk';

/** One page of the set-up. */
export interface AdminPlace {
  key: DeskKey;
  icon: LucideIcon;
  to: string;
  needs: string;
  /** What it is for, in one line. */
  about: DeskKey;
}

/** The set-up in the order in which a new firm goes through it. */
export const adminPlaces: readonly { key: DeskKey; places: readonly AdminPlace[] }[] = [
  {
    key: 'set.group.people',
    places: [
      { key: 'nav.outlets', icon: Building2, to: '/admin/outlets', needs: 'outlets.write', about: 'set.about.outlets' },
      { key: 'nav.staff', icon: UsersRound, to: '/admin/staff', needs: 'workforce.write', about: 'set.about.staff' },
      { key: 'nav.users', icon: UserCog, to: '/admin/users', needs: 'identity.users', about: 'set.about.users' },
      { key: 'nav.roles', icon: ShieldCheck, to: '/admin/roles', needs: 'identity.roles', about: 'set.about.roles' },
      { key: 'nav.policy', icon: SlidersHorizontal, to: '/admin/policy', needs: 'dispatch.plan', about: 'set.about.policy' },
      { key: 'nav.schedules', icon: CalendarClock, to: '/admin/schedules', needs: 'dispatch.plan', about: 'set.about.schedules' },
    ],
  },
  {
    key: 'set.group.service',
    places: [
      { key: 'nav.products', icon: BookOpen, to: '/admin/products', needs: 'catalog.write', about: 'set.about.products' },
      { key: 'nav.questions', icon: MessageCircleQuestion, to: '/admin/questions', needs: 'knowledge.questions', about: 'set.about.questions' },
      { key: 'nav.rules', icon: Scale, to: '/admin/rules', needs: 'entitlement.rules', about: 'set.about.rules' },
      { key: 'nav.plans', icon: ShieldPlus, to: '/admin/plans', needs: 'entitlement.plans', about: 'set.about.plans' },
      { key: 'nav.services', icon: ClipboardCheck, to: '/admin/services', needs: 'catalog.write', about: 'set.about.services' },
      { key: 'nav.tools', icon: Wrench, to: '/admin/tools', needs: 'catalog.write', about: 'set.about.tools' },
      { key: 'nav.labels', icon: Tags, to: '/admin/labels', needs: 'catalog.write', about: 'set.about.labels' },
      { key: 'nav.carriers', icon: Truck, to: '/admin/carriers', needs: 'returns.policy', about: 'set.about.carriers' },
      { key: 'nav.reasons', icon: CircleHelp, to: '/admin/reasons', needs: 'catalog.write', about: 'set.about.reasons' },
      { key: 'nav.clocks', icon: Timer, to: '/admin/clocks', needs: 'clocks.manage', about: 'set.about.clocks' },
      { key: 'nav.calendars', icon: CalendarDays, to: '/admin/calendars', needs: 'clocks.manage', about: 'set.about.calendars' },
    ],
  },
  {
    key: 'set.group.words',
    places: [
      { key: 'nav.templates', icon: MessageSquareText, to: '/admin/templates', needs: 'notify.templates', about: 'set.about.templates' },
      { key: 'nav.messages', icon: Mail, to: '/admin/messages', needs: 'notify.read', about: 'set.about.messages' },
    ],
  },
  {
    key: 'set.group.system',
    places: [
      { key: 'nav.imports', icon: FileUp, to: '/admin/imports', needs: 'imports.manage', about: 'set.about.imports' },
      { key: 'nav.keys', icon: KeyRound, to: '/admin/keys', needs: 'identity.keys', about: 'set.about.keys' },
      { key: 'nav.webhooks', icon: Webhook, to: '/admin/webhooks', needs: 'webhooks.manage', about: 'set.about.webhooks' },
      { key: 'nav.jobs', icon: Inbox, to: '/admin/jobs', needs: 'events.manage', about: 'set.about.jobs' },
      { key: 'nav.audit', icon: ScrollText, to: '/admin/audit', needs: 'audit.read', about: 'set.about.audit' },
    ],
  },
];

/** The icon of the set-up itself. */
export const AdminIcon = Settings2;
