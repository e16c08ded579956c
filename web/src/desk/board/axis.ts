import { instantAt } from '../parts/window';
import type { Lane, Stretch } from './types';

/** How time lies on the board: days side by side, each from its first to its last hour. */
export interface Axis {
  days: readonly { date: string; begin: number }[];
  first: number;
  last: number;
  hourWidth: number;
}

const hour = 3_600_000;
/** Starts snap to a quarter of an hour. */
export const grid = hour / 4;

/** The date some days after another. */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** The dates of a board that begins on one. */
export function datesFrom(date: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => addDays(date, index));
}

/** The hours that hold every shift and every visit, working hours at least. */
export function hoursOf(dates: readonly string[], lanes: readonly Lane[]): { first: number; last: number } {
  let first = 8;
  let last = 18;
  for (const date of dates) {
    const begin = Date.parse(instantAt(`${date}T00:00`));
    const look = ({ from, to }: Stretch) => {
      if (to <= begin || from >= begin + 24 * hour) return;
      first = Math.min(first, Math.max(0, Math.floor((from - begin) / hour)));
      last = Math.max(last, Math.min(24, Math.ceil((to - begin) / hour)));
    };
    for (const lane of lanes) {
      lane.shifts.forEach(look);
      for (const bar of lane.bars) look({ from: bar.leaves, to: bar.to });
    }
  }
  return { first, last };
}

/** The axis for a width in px; hours never get narrower than `least`. */
export function axisOf(dates: readonly string[], { first, last }: { first: number; last: number }, width: number, least: number): Axis {
  return {
    days: dates.map((date) => ({ date, begin: Date.parse(instantAt(`${date}T00:00`)) })),
    first,
    last,
    hourWidth: Math.max(least, Math.floor(width / (dates.length * (last - first)))),
  };
}

/** Width of one day in px. */
export function dayWidth(axis: Axis): number {
  return (axis.last - axis.first) * axis.hourWidth;
}

/** Where an instant lies, in px from the beginning; times outside the hours shown lie on the edge of their day. */
export function xOf(axis: Axis, at: number): number {
  let index = axis.days.length - 1;
  while (index > 0 && at < (axis.days[index]?.begin ?? 0)) index--;
  const begin = axis.days[index]?.begin ?? 0;
  const hours = Math.min(Math.max((at - begin) / hour, axis.first), axis.last);
  return index * dayWidth(axis) + (hours - axis.first) * axis.hourWidth;
}

/** How far a board of some width opens from its beginning, in px: so that now and the hour before it are in sight. */
export function openAt(axis: Axis, now: number, width: number): number {
  const begin = axis.days[0]?.begin ?? 0;
  const end = (axis.days.at(-1)?.begin ?? 0) + axis.last * hour;
  const x = xOf(axis, now);
  if (now < begin || now > end || x + axis.hourWidth <= width) return 0;
  return Math.max(0, x - axis.hourWidth);
}

/** The instant at a place in px, on the grid. */
export function instantOf(axis: Axis, x: number): number {
  const width = dayWidth(axis);
  const index = Math.min(Math.max(0, Math.floor(x / width)), axis.days.length - 1);
  const begin = axis.days[index]?.begin ?? 0;
  const within = Math.min(Math.max(0, x - index * width), width);
  return begin + Math.round(((within / axis.hourWidth + axis.first) * hour) / grid) * grid;
}

/** Left and width in px of a stretch; nothing where it lies outside the hours shown. */
export function placeOf(axis: Axis, { from, to }: Stretch): { left: number; width: number } | undefined {
  const left = xOf(axis, from);
  const width = xOf(axis, to) - left;
  return width > 0 ? { left, width } : undefined;
}

/** The date on the board that an instant belongs to. */
export function dateAt(axis: Axis, at: number): string {
  let index = axis.days.length - 1;
  while (index > 0 && at < (axis.days[index]?.begin ?? 0)) index--;
  return axis.days[index]?.date ?? '';
}
