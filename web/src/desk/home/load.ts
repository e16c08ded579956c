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
