import type { components } from '@/api/schema';

export type OutletLoad = components['schemas']['ConsoleOutletLoad'];

/** How full days are, as a word for colours. */
export type Fullness = 'none' | 'easy' | 'tight' | 'over';

/** Work against capacity, from 0; undefined where there is no capacity and no work. */
export function loadOf({ booked, waiting = 0, available }: { booked: number; waiting?: number; available: number }): number | undefined {
  const work = booked + waiting;
  if (available > 0) return work / available;
  return work > 0 ? Infinity : undefined;
}

/** Seventy parts in a hundred leave room for what comes in on the day; beyond ninety-five nothing fits. */
export function fullness(load: number | undefined): Fullness {
  if (load === undefined) return 'none';
  if (load < 0.7) return 'easy';
  return load <= 0.95 ? 'tight' : 'over';
}

/** Radius of an outlet's mark in px: its area grows with the capacity. */
export function radiusOf(available: number, most: number): number {
  return 7 + 11 * Math.sqrt(most > 0 ? Math.min(1, available / most) : 0);
}

/** Hours of minutes, to one place below ten. */
export function hoursOf(minutes: number): number {
  const hours = minutes / 60;
  return hours < 10 ? Math.round(hours * 10) / 10 : Math.round(hours);
}

/** Something at a place of the earth. */
interface Placed {
  lat: number;
  lon: number;
}

/** Marks that would cover each other on a picture, together; `spot` says where a mark lies in px. */
export function clusters<T extends Placed>(list: readonly T[], spot: (at: Placed) => { x: number; y: number }, reach = 44): T[][] {
  const groups: { x: number; y: number; members: T[] }[] = [];
  for (const one of list) {
    const at = spot(one);
    const group = groups.find(({ x, y }) => Math.hypot(x - at.x, y - at.y) < reach);
    if (group) {
      const n = group.members.push(one);
      group.x += (at.x - group.x) / n;
      group.y += (at.y - group.y) / n;
    } else groups.push({ ...at, members: [one] });
  }
  return groups.map((group) => group.members);
}

/** The load of outlets together: those of each unit by themselves, so that hours and orders are never added; the fuller counts. */
export function loadTogether(rows: readonly Pick<OutletLoad, 'unit' | 'booked' | 'waiting' | 'available'>[]): number | undefined {
  const loads = (['minutes', 'orders'] as const).map((unit) => {
    const of = rows.filter((row) => row.unit === unit);
    const sum = (key: 'booked' | 'waiting' | 'available') => of.reduce((total, row) => total + row[key], 0);
    return loadOf({ booked: sum('booked'), waiting: sum('waiting'), available: sum('available') });
  });
  const known = loads.filter((load) => load !== undefined);
  return known.length > 0 ? Math.max(...known) : undefined;
}

/** What outlets of one place are called together: the city that all lie in, or nothing. */
export function cityOf(areas: readonly (string | undefined)[]): string {
  const cities = new Set(areas.map((area) => area?.split(' ')[0] ?? ''));
  return cities.size === 1 ? ([...cities][0] ?? '') : '';
}
