import { Check, type LucideIcon } from 'lucide-react';
import { useState, type ReactNode } from 'react';

import { useDeskT } from '@/i18n/desk';
import { useLang } from '@/i18n/setup';
import { RelativeTime } from '@/kit/RelativeTime';
import { formatDay, formatTime } from '@/lib/format';
import { dayAt, defaultZone, millis, type Instant } from '@/lib/instant';
import { useNow } from '@/lib/now';
import type { Tone } from '@/theme/tokens';

import styles from './timeline.module.css';

/** One thing that happened. */
export interface TimelineEntry {
  id: string;
  /** Key of its kind, for the filter. */
  kind: string;
  icon: LucideIcon;
  tone?: Tone;
  occurredAt: Instant;
  /** When we learnt of it; shown when it was noticeably later. */
  recordedAt?: Instant | undefined;
  who: string;
  title: ReactNode;
  body?: ReactNode;
}

interface Props {
  entries: readonly TimelineEntry[];
  /** Kinds in the order of their filters, with their words. */
  kinds: readonly { key: string; label: string }[];
  zone?: string;
}

const lateMs = 120_000;

/** A record's whole story in order: messages, acts, visits, money, clocks. */
export function Timeline({ entries, kinds, zone = defaultZone }: Props) {
  const t = useDeskT();
  const [only, setOnly] = useState<readonly string[]>([]);
  const shown = only.length === 0 ? entries : entries.filter((entry) => only.includes(entry.kind));
  const toggle = (key: string) => setOnly(only.includes(key) ? only.filter((one) => one !== key) : [...only, key]);
  return (
    <div>
      <div className={styles.kinds} role="group" aria-label={t('timeline.filter')}>
        <Kind label={t('timeline.all')} on={only.length === 0} press={() => setOnly([])} />
        {kinds.map((kind) => (
          <Kind key={kind.key} label={kind.label} on={only.includes(kind.key)} press={() => toggle(kind.key)} />
        ))}
      </div>
      {shown.length === 0 && <p className={styles.none}>{t('timeline.empty')}</p>}
      <ol className={styles.list}>
        {shown.map((entry) => (
          <Entry key={entry.id} entry={entry} zone={zone} />
        ))}
      </ol>
    </div>
  );
}

function Kind({ label, on, press }: { label: string; on: boolean; press: () => void }) {
  return (
    <button type="button" className={styles.kind} aria-pressed={on} onClick={press}>
      {on && <Check size={12} aria-hidden />}
      {label}
    </button>
  );
}

function Entry({ entry, zone }: { entry: TimelineEntry; zone: string }) {
  const t = useDeskT();
  const lang = useLang();
  const now = useNow();
  const { icon: Icon, occurredAt, recordedAt } = entry;
  // Both days are named when they differ: an act may reach us days after it was done.
  const oneDay = recordedAt !== undefined && dayAt(occurredAt, zone) === dayAt(recordedAt, zone);
  const at = (instant: Instant) => (oneDay ? '' : `${formatDay(instant, now, zone, lang)} `) + formatTime(instant, zone);
  const late = recordedAt !== undefined && millis(recordedAt) - millis(occurredAt) > lateMs;
  return (
    <li className={styles.entry}>
      <span className={styles.icon} data-tone={entry.tone ?? 'neutral'}>
        <Icon size={14} aria-hidden />
      </span>
      <div className={styles.text}>
        <div className={styles.line}>
          <span className={styles.title}>{entry.title}</span>
          <span className={styles.meta}>
            {entry.who} · <RelativeTime at={occurredAt} zone={zone} />
          </span>
        </div>
        {late && <div className={styles.meta}>{t('timeline.recorded', { occurred: at(occurredAt), recorded: at(recordedAt) })}</div>}
        {entry.body && <div className={styles.body}>{entry.body}</div>}
      </div>
    </li>
  );
}
