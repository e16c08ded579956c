import { answer, api } from '@/api/client';
import { useDeskT } from '@/i18n/desk';
import { useLang } from '@/i18n/setup';
import { formatWindow } from '@/lib/format';
import { defaultZone, deviceZone, type Instant } from '@/lib/instant';
import { useNow } from '@/lib/now';
import { zoneName } from '@/lib/zoned';

import { may, readAll, useMe, useRead } from './server';

export { instantAt, localAt } from '@/lib/zoned';

/** Gives the zone of the place where an outlet works; work without an outlet yet is timed where most places are. */
export function useZoneOf(): (outletId: string | undefined) => string {
  const { data: me } = useMe();
  const outlets = useRead(['outlets', 'every'], () => readAll((cursor) => answer(api.GET('/outlets', { params: { query: { limit: 200, cursor } } }))), may(me, 'outlets.read')).data;
  return (outletId) => outlets?.find((one) => one.id === outletId)?.zone ?? defaultZone;
}

/** Words for a window on the clock of its place: tomorrow 14:00–16:00, with the zone where it is not the reader's own. */
export function useWindowText(): (from: Instant, to: Instant, outletId?: string) => string {
  const t = useDeskT();
  const lang = useLang();
  const now = useNow();
  const zoneOf = useZoneOf();
  return (from, to, outletId) => {
    const zone = zoneOf(outletId);
    const window = formatWindow(from, to, now, zone, lang);
    return zone === deviceZone() ? window : `${window} ${t('zone.of', { zone: zoneName(zone, lang) })}`;
  };
}
