import { useLang } from '@/i18n/setup';
import { formatExact, formatRelative } from '@/lib/format';
import { defaultZone, millis, type Instant } from '@/lib/instant';
import { useNow } from '@/lib/now';

interface Props {
  at: Instant;
  /** Zone of the place it is about. */
  zone?: string;
}

/** When something happened, as people say it; the exact instant is on hover. */
export function RelativeTime({ at, zone = defaultZone }: Props) {
  const lang = useLang();
  const now = useNow();
  const ms = millis(at);
  if (Number.isNaN(ms)) return null;
  return (
    <time dateTime={new Date(ms).toISOString()} title={formatExact(ms, zone)}>
      {formatRelative(ms, now, zone, lang)}
    </time>
  );
}
