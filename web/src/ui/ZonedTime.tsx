import { useId } from 'react';

import { useDeskT } from '@/i18n/desk';
import { useLang } from '@/i18n/setup';
import { formatDay, formatTime } from '@/lib/format';
import { deviceZone, millis, type Instant } from '@/lib/instant';
import { instantAt, localAt, zoneName } from '@/lib/zoned';
import { useNow } from '@/lib/now';

import styles from './zoned.module.css';

interface FieldProps {
  label: string;
  /** The instant, as the API takes it; empty for none. */
  value: string;
  /** Zone of the place that the record is about. */
  zone: string;
  onChange: (instant: string) => void;
  /** Minutes between the choices of the browser's picker. */
  step?: number;
}

/** An instant, entered on the clock of the place it is about; the zone is named where it is not the reader's own. */
export function ZonedTimeField({ label, value, zone, onChange, step = 15 }: FieldProps) {
  const id = useId();
  const at = millis(value);
  return (
    <label htmlFor={id} className={styles.field}>
      <span>
        {label} <ZoneNote zone={zone} />
      </span>
      <input id={id} type="datetime-local" step={step * 60} className={styles.input} value={Number.isNaN(at) ? '' : localAt(at, zone)} onChange={(event) => onChange(instantAt(event.target.value, zone))} />
    </label>
  );
}

/** An instant on the clock of its place: 今天 14:00, with the zone where it is not the reader's own. */
export function ZonedTime({ at, zone }: { at: Instant; zone: string }) {
  const lang = useLang();
  const now = useNow();
  const ms = millis(at);
  if (Number.isNaN(ms)) return null;
  return (
    <time dateTime={new Date(ms).toISOString()}>
      {formatDay(ms, now, zone, lang)} {formatTime(ms, zone)} <ZoneNote zone={zone} />
    </time>
  );
}

/** Names a zone that is not the reader's own. */
export function ZoneNote({ zone }: { zone: string }) {
  const t = useDeskT();
  const lang = useLang();
  if (zone === deviceZone()) return null;
  return (
    <small className={styles.zone} title={zone}>
      {t('zone.of', { zone: zoneName(zone, lang) })}
    </small>
  );
}
