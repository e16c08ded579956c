import {
  Ban,
  BadgeCheck,
  CalendarCheck,
  CalendarClock,
  Car,
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CircleDot,
  CirclePause,
  CircleX,
  ClipboardList,
  Hand,
  Hourglass,
  Inbox,
  PackageCheck,
  PhoneMissed,
  RefreshCw,
  Search,
  Send,
  Stethoscope,
  Truck,
  Wrench,
  type LucideIcon,
} from 'lucide-react';

import type { Tone } from '@/theme/tokens';

/** How a machine state looks: what colour says and what the icon repeats. */
export interface StateLook {
  tone: Tone;
  icon: LucideIcon;
}

const look = (tone: Tone, icon: LucideIcon): StateLook => ({ tone, icon });
const cancelled = look('neutral', Ban);
const nothing = look('neutral', CircleDashed);

/** Every state of every record that has states, by kind. */
export const stateLooks = {
  case: {
    open: look('info', Inbox),
    diagnosing: look('info', Stethoscope),
    serving: look('busy', Wrench),
    verifying: look('warn', Hourglass),
    closed: look('good', CircleCheck),
    cancelled,
  },
  order: {
    draft: look('neutral', ClipboardList),
    ready: look('warn', CircleDot),
    offered: look('info', Send),
    accepted: look('info', Hand),
    scheduled: look('busy', CalendarCheck),
    working: look('busy', Wrench),
    suspended: look('warn', CirclePause),
    incomplete: look('bad', CircleAlert),
    completed: look('good', CircleCheck),
    posted: look('good', BadgeCheck),
    cancelled,
  },
  visit: {
    planned: look('neutral', CalendarClock),
    dispatched: look('info', Send),
    accepted: look('info', Hand),
    travelling: look('busy', Car),
    on_site: look('busy', Wrench),
    finished: look('good', CircleCheck),
    failed: look('bad', CircleX),
    cancelled,
  },
  quote: {
    draft: look('neutral', ClipboardList),
    sent: look('info', Send),
    approved: look('good', CircleCheck),
    refused: look('bad', CircleX),
    expired: look('warn', Hourglass),
    superseded: look('neutral', RefreshCw),
  },
  decision: {
    requested: look('warn', Inbox),
    manual: look('warn', Hand),
    approved: look('good', CircleCheck),
    rejected: look('bad', CircleX),
    withdrawn: cancelled,
  },
  goods: {
    awaited: look('neutral', Hourglass),
    in_transit: look('busy', Truck),
    received: look('info', PackageCheck),
    short: look('bad', CircleAlert),
    wrong_item: look('bad', CircleAlert),
    lost: look('bad', CircleX),
    inspected: look('info', Search),
    restocked: look('good', CircleCheck),
    refurbished: look('good', Wrench),
    scrapped: look('neutral', Ban),
    sent_back: look('neutral', Truck),
  },
  money: {
    none: nothing,
    due: look('warn', Hourglass),
    sent: look('busy', Send),
    refunded: look('good', CircleCheck),
    failed: look('bad', CircleX),
  },
  replacement: {
    none: nothing,
    reserved: look('info', PackageCheck),
    shipped: look('busy', Truck),
    delivered: look('good', CircleCheck),
    released: cancelled,
  },
  callback: {
    due: look('warn', Hourglass),
    attempted: look('info', PhoneMissed),
    answered: look('good', CircleCheck),
    unreachable: look('bad', PhoneMissed),
    refused: look('neutral', CircleX),
    waived: nothing,
  },
  op: {
    waiting: look('neutral', Hourglass),
    sending: look('busy', RefreshCw),
    done: look('good', CircleCheck),
    conflict: look('warn', CircleAlert),
    refused: look('bad', CircleX),
  },
} as const satisfies Record<string, Record<string, StateLook>>;

export type StateKind = keyof typeof stateLooks;

/** The states of one kind, as words of the program. */
export type StateOf<K extends StateKind> = keyof (typeof stateLooks)[K] & string;

/** The look of a state; a state this build does not know yet (a newer server) looks neutral. */
export function lookOf(kind: StateKind, state: string): StateLook {
  const looks: Partial<Record<string, StateLook>> = stateLooks[kind];
  return looks[state] ?? nothing;
}
