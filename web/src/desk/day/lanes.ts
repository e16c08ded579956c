import { dayAt, defaultZone } from '@/lib/instant';

import type { Outlet, Staff, Visit } from '../parts/types';
import { localAt } from '../parts/window';

/** A visit on the line of a day, in hours of the place's clock. */
export interface Slot {
  visit: Visit;
  from: number;
  to: number;
  /** 0 for the first line of a lane; visits at the same time stand below each other. */
  line: number;
}

/** One engineer's day. */
export interface Lane {
  key: string;
  name: string;
  slots: Slot[];
  lines: number;
}

/** The engineers of an outlet: those with visits, and the names of those without. */
export interface Group {
  key: string;
  name: string;
  lanes: Lane[];
  free: string[];
}

/** Hours from the beginning of a day to an instant, by the clock of a place; below 0 or above 24 on other days. */
function hoursOf(at: string, day: string, zone: string): number {
  const instant = Date.parse(at);
  const [, time = '00:00'] = localAt(instant, zone).split('T');
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  const days = Math.round((Date.parse(`${dayAt(instant, zone)}T00:00:00Z`) - Date.parse(`${day}T00:00:00Z`)) / 86_400_000);
  return days * 24 + hour + minute / 60;
}

/** Places visits on as few lines as keep them from covering each other. */
function lane(key: string, name: string, visits: readonly Visit[], day: string): Lane {
  const ends: number[] = [];
  const slots = visits
    .map((visit) => ({ visit, from: hoursOf(visit.start, day, visit.zone || defaultZone), to: hoursOf(visit.end, day, visit.zone || defaultZone) }))
    .sort((a, b) => a.from - b.from || a.to - b.to)
    .map((slot): Slot => {
      const free = ends.findIndex((end) => end <= slot.from);
      const line = free < 0 ? ends.length : free;
      ends[line] = slot.to;
      return { ...slot, line };
    });
  return { key, name, slots, lines: Math.max(1, ends.length) };
}

/**
 * The day by outlet and engineer. A visit without an engineer, or of one the reader may not see, stands in
 * a lane of its outlet that bears `nobody`.
 */
export function groupsOf(visits: readonly Visit[], staff: readonly Staff[], outlets: readonly Outlet[], day: string, nobody: string): Group[] {
  const known = new Set(staff.map((one) => one.id));
  const names = new Map(outlets.map((one) => [one.id, one.name]));
  const ids = [...new Set([...outlets.map((one) => one.id), ...staff.map((one) => one.outlet_id), ...visits.map((one) => one.outlet_id)])];
  return ids.flatMap((id): Group[] => {
    const people = staff.filter((one) => one.outlet_id === id);
    const lanes = people.map((one) => lane(one.id, one.name, visits.filter((visit) => visit.engineers?.some((member) => member.engineer_id === one.id)), day));
    const others = visits.filter((visit) => visit.outlet_id === id && !visit.engineers?.some((member) => known.has(member.engineer_id)));
    if (others.length > 0) lanes.push(lane(`nobody:${id}`, nobody, others, day));
    if (lanes.length === 0) return [];
    return [{ key: id, name: names.get(id) ?? '', lanes: lanes.filter((one) => one.slots.length > 0), free: lanes.filter((one) => one.slots.length === 0).map((one) => one.name) }];
  });
}

/** The hours that a board shows: working hours, more when a visit lies outside them. */
export function hoursShown(groups: readonly Group[]): { first: number; last: number } {
  const slots = groups.flatMap((group) => group.lanes.flatMap((one) => one.slots));
  return {
    first: Math.max(0, Math.min(8, ...slots.map((slot) => Math.floor(slot.from)))),
    last: Math.min(24, Math.max(20, ...slots.map((slot) => Math.ceil(slot.to)))),
  };
}
