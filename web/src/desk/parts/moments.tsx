import { CalendarCheck, CircleCheck, CircleX, CreditCard, MessageSquare, NotebookPen, PhoneCall, Send, Wrench, type LucideIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';

import { useDeskT } from '@/i18n/desk';
import { Timeline, type TimelineEntry } from '@/ui/Timeline';

import { useMe } from './server';
import type { Workplace } from './types';

type Moment = NonNullable<Workplace['timeline']>[number];

const kinds = ['note', 'case', 'order', 'visit', 'promise', 'money', 'callback'] as const;
type Kind = (typeof kinds)[number];

const icons: Record<Kind, LucideIcon> = { note: NotebookPen, case: MessageSquare, order: Wrench, visit: CalendarCheck, promise: Send, money: CreditCard, callback: PhoneCall };

/** Which filter an event belongs to: its topic's first word, charges and quotes under money. */
function kindOf(topic: string): Kind {
  const first = topic.slice(0, topic.indexOf('.'));
  if (first === 'charge' || first === 'collection' || first === 'quote') return 'money';
  return kinds.find((kind) => kind === first) ?? 'case';
}

function lookOf(topic: string): Pick<TimelineEntry, 'icon' | 'tone'> {
  const icon = icons[kindOf(topic)];
  if (/\.(cancelled|failed|declined|broken|incomplete|rejected|unreachable)\./.test(topic)) return { icon: CircleX, tone: 'bad' };
  if (/\.(closed|posted|completed|finished|kept|answered)\./.test(topic)) return { icon: CircleCheck, tone: 'good' };
  return { icon };
}

/** Who did something, as far as the reader may know: themself, a colleague, the customer, the system. */
export function useActor(): (actor: string) => string {
  const t = useDeskT();
  const { data: me } = useMe();
  return (actor) => {
    const [kind, id] = actor.split(':');
    if (kind === 'user') return id === me?.id ? (me?.name ?? t('actor.me')) : t('actor.user');
    if (kind === 'link' || kind === 'public') return t('actor.customer');
    return kind === 'key' ? t('actor.key') : t('actor.system');
  };
}

/** A case's story, newest first. */
export function Moments({ moments }: { moments: readonly Moment[] }) {
  const t = useDeskT();
  const { t: words, i18n } = useTranslation();
  const actor = useActor();
  const entries = moments
    .map((one, index): TimelineEntry => {
      const key = `event.${one.topic.replace(/\.v\d+$/, '')}`;
      return { id: `${index}`, kind: kindOf(one.topic), ...lookOf(one.topic), occurredAt: one.at, who: actor(one.actor), title: i18n.exists(key) ? words(key) : one.topic, body: one.text };
    })
    .reverse();
  return <Timeline entries={entries} kinds={kinds.filter((kind) => entries.some((one) => one.kind === kind)).map((key) => ({ key, label: t(`event.kind.${key}`) }))} />;
}
