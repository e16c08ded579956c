import { answer, api } from '@/api/client';
import { useDeskT } from '@/i18n/desk';
import { useLang } from '@/i18n/setup';
import { formatWindow } from '@/lib/format';
import { deviceZone, type Instant } from '@/lib/instant';
import { useNow } from '@/lib/now';
import { zoneName } from '@/lib/zoned';

import { may, readAll, useMe, useRead } from './server';
import { zoneOfWork, type WorkPlace } from './zone';

export { instantAt, localAt } from '@/lib/zoned';

/** Gives the zone on whose clock work takes place: of an outlet by its id, or of an order by its outlet or place. */
export function useZoneOf(): (work: WorkPlace | string | undefined) => string {
  const { data: me } = useMe();
  const outlets = useRead(['outlets', 'every'], () => readAll((cursor) => answer(api.GET('/outlets', { params: { query: { limit: 200, cursor } } }))), may(me, 'outlets.read')).data;
  return (work) => zoneOfWork(outlets ?? [], typeof work === 'object' ? work : { outlet_id: work });
}

/** Words for a window on the clock of its place: tomorrow 14:00–16:00, with the zone where it is not the reader's own. */
export function useWindowText(): (from: Instant, to: Instant, work?: WorkPlace | string) => string {
  const t = useDeskT();
  const lang = useLang();
  const now = useNow();
  const zoneOf = useZoneOf();
  return (from, to, work) => {
    const zone = zoneOf(work);
    const window = formatWindow(from, to, now, zone, lang);
    return zone === deviceZone() ? window : `${window} ${t('zone.of', { zone: zoneName(zone, lang) })}`;
  };
}
