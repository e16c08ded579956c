import { defaultZone } from '@/lib/instant';

/** Work somewhere: whose it is, and as far as it is known where. */
export interface WorkPlace {
  /** The zone that the server says; it knows who serves which place. */
  zone?: string | undefined;
  outlet_id?: string | undefined;
  /** Code of a division of China. */
  division?: string | undefined;
  lat?: number | undefined;
  lon?: number | undefined;
}

interface ZonedOutlet {
  id: string;
  zone: string;
  point?: { lat: number; lon: number } | null | undefined;
}

/** Half the earth's way around in squared degrees would do; nearer outlets win. */
function distance(a: { lat: number; lon: number }, b: { lat: number; lon: number }): number {
  const narrow = Math.cos((((a.lat + b.lat) / 2) * Math.PI) / 180);
  const east = Math.abs(a.lon - b.lon);
  return (a.lat - b.lat) ** 2 + (Math.min(east, 360 - east) * narrow) ** 2;
}

/**
 * The zone on whose clock work takes place: what the server says, else that of its outlet. Work without an outlet yet goes by its place: all of China
 * has one clock; elsewhere the outlet nearest to it has the same, as it is the one that would be asked; without any place,
 * the zone where most work is.
 */
export function zoneOfWork(outlets: readonly ZonedOutlet[], { zone, outlet_id: id, division, lat, lon }: WorkPlace): string {
  if (zone) return zone;
  const own = id ? outlets.find((one) => one.id === id) : undefined;
  if (own) return own.zone;
  if (division && /^[1-8]\d{5}/.test(division)) return 'Asia/Shanghai';
  if (lat === undefined || lon === undefined) return defaultZone;
  let best: ZonedOutlet | undefined;
  let least = Infinity;
  for (const one of outlets) {
    if (!one.point) continue;
    const far = distance({ lat, lon }, one.point);
    if (far < least) [best, least] = [one, far];
  }
  return best?.zone ?? defaultZone;
}
