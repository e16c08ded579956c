import { CalendarCheck, CircleCheck, CircleX, CreditCard, MessageSquare, NotebookPen, PhoneCall, Send, Undo2, Wrench, type LucideIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';

import { answer, api } from '@/api/client';
import { useDeskT } from '@/i18n/desk';
import { Timeline, type TimelineEntry } from '@/ui/Timeline';

import { changes, factOf } from './changes';
import { may, useCatalog, useMe, useNameOf, useRead } from './server';
import type { Workplace } from './types';

type Moment = NonNullable<Workplace['timeline']>[number];

const kinds = ['note', 'case', 'order', 'visit', 'promise', 'money', 'return', 'callback'] as const;
type Kind = (typeof kinds)[number];

const icons: Record<Kind, LucideIcon> = { note: NotebookPen, case: MessageSquare, order: Wrench, visit: CalendarCheck, promise: Send, money: CreditCard, return: Undo2, callback: PhoneCall };

/** Which filter an event belongs to: its topic's first word, charges and quotes under money. */
function kindOf(topic: string): Kind {
  const first = topic.slice(0, topic.indexOf('.'));
  if (first === 'goods') return 'return';
  if (first === 'refund' || first === 'charge' || first === 'collection' || first === 'quote') return 'money';
  return kinds.find((kind) => kind === first) ?? 'case';
}

function lookOf(topic: string): Pick<TimelineEntry, 'icon' | 'tone'> {
  const icon = icons[kindOf(topic)];
  if (/\.(cancelled|failed|declined|broken|incomplete|rejected|unreachable)\./.test(topic)) return { icon: CircleX, tone: 'bad' };
  if (/\.(closed|posted|completed|finished|kept|answered)\./.test(topic)) return { icon: CircleCheck, tone: 'good' };
  return { icon };
}

/** Names by sign-in, of those that the reader may see: people of the outlets, and users where they are managed. */
function usePeople(): ReadonlyMap<string, string> {
  const { data: me } = useMe();
  const staff = useRead(['staff', 'all'], async () => (await answer(api.GET('/staff', { params: { query: { limit: 200 } } }))).items ?? [], may(me, 'workforce.read')).data ?? [];
  const users = useRead(['users', 'names'], async () => (await answer(api.GET('/users', { params: { query: { limit: 200 } } }))).items ?? [], may(me, 'identity.users')).data ?? [];
  return new Map([...staff.map((one) => [one.user_id ?? '', one.name] as const), ...users.map((one) => [one.id, one.name] as const)]);
}

/** Who did something, as far as the reader may know: themself, a colleague by name, the customer, the system. */
export function useActor(): (actor: string) => string {
  const t = useDeskT();
  const { data: me } = useMe();
  const people = usePeople();
  return (actor) => {
    const [kind, id = ''] = actor.split(':');
    if (kind === 'user') return id === me?.id ? (me.name ?? t('actor.me')) : (people.get(id) ?? t('actor.user'));
    if (kind === 'link' || kind === 'public') return t('actor.customer');
    return kind === 'key' ? t('actor.key') : t('actor.system');
  };
}

/** What an event says beyond its name: what a correction changed, and the reason that was given. */
function useDetail(): (moments: readonly Moment[], index: number) => string | undefined {
  const t = useDeskT();
  const nameOf = useNameOf();
  const catalog = useCatalog();
  const value = (key: string, code: string) => {
    if (code === '') return t('word.none');
    if (key === 'service_type') return nameOf(catalog?.service_types?.find((one) => one.code === code), code);
    if (key === 'category') return nameOf(catalog?.categories?.find((one) => one.code === code), code);
    return code;
  };
  return (moments, index) => {
    const one = moments[index];
    if (!one || one.text) return one?.text;
    const fact = factOf(one.data);
    const said: string[] = [];
    if (one.topic.startsWith('order.edited.')) {
      const before = moments.slice(0, index).findLast((other) => other.record === one.record && other.topic.startsWith('order.'));
      const found = before ? changes(factOf(before.data), fact) : [];
      for (const { key, from, to } of found) said.push(key === 'unit_id' ? t('event.changed.unit') : t(`event.changed.${key}`, { from: value(key, from), to: value(key, to) }));
      if (found.length === 0) said.push(t('event.changed.other'));
    }
    const reason = catalog?.reasons?.find((row) => row.code === fact.reason);
    if (reason) said.push(t('event.reason', { reason: nameOf(reason) }));
    return said.length > 0 ? said.join(' · ') : undefined;
  };
}

/** A case's story, newest first. */
export function Moments({ moments }: { moments: readonly Moment[] }) {
  const t = useDeskT();
  const { t: words, i18n } = useTranslation();
  const actor = useActor();
  const detail = useDetail();
  const entries = moments
    .map((one, index): TimelineEntry => {
      const key = `event.${one.topic.replace(/\.v\d+$/, '')}`;
      return { id: `${index}`, kind: kindOf(one.topic), ...lookOf(one.topic), occurredAt: one.at, who: actor(one.actor), title: i18n.exists(key) ? words(key) : one.topic, body: detail(moments, index) };
    })
    .reverse();
  return <Timeline entries={entries} kinds={kinds.filter((kind) => entries.some((one) => one.kind === kind)).map((key) => ({ key, label: t(`event.kind.${key}`) }))} />;
}
