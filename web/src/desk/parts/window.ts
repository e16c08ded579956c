import { useLang } from '@/i18n/setup';
import { formatWindow } from '@/lib/format';
import { defaultZone, type Instant } from '@/lib/instant';
import { useNow } from '@/lib/now';

export { instantAt, localAt } from '@/lib/zoned';

/** Words for a window: tomorrow 14:00–16:00. */
export function useWindowText(): (from: Instant, to: Instant) => string {
  const lang = useLang();
  const now = useNow();
  return (from, to) => formatWindow(from, to, now, defaultZone, lang);
}
