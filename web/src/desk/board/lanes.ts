import type { Bar, Day, DayOrder, DayRow, DayStop, DayVisit, Item, Lane, Stretch, Work } from './types';

const lockedStates = ['travelling', 'on_site', 'finished', 'failed'];

function stretch(span: { from: string; to: string }): Stretch {
  return { from: Date.parse(span.from), to: Date.parse(span.to) };
}

/** When a visit takes place as far as is known: the arrival and the delay told count. */
function visitBar(visit: DayVisit, row: DayRow, index: number): Bar {
  const planned = { from: Date.parse(visit.start), to: Date.parse(visit.end) };
  const shift = visit.arrived_at ? Date.parse(visit.arrived_at) - planned.from : (visit.delayed_by_s ?? 0) * 1000;
  const from = planned.from + shift;
  const to = visit.ended_at ? Math.max(from, Date.parse(visit.ended_at)) : planned.to + shift;
  return {
    key: visit.id ?? `${row.engineer_id}:${visit.start}:${index}`,
    kind: 'visit',
    visit,
    planned: from === planned.from && to === planned.to ? undefined : planned,
    orders: visit.orders ?? [],
    from,
    to,
    leaves: from - (visit.way_s ?? 0) * 1000,
    line: 0,
    locked: lockedStates.includes(visit.state),
    foreign: !visit.id,
  };
}

/** A stop where parts are fetched; where the day begins there it takes no time, and a quarter of an hour shows it. */
function stopBar(stop: DayStop, row: DayRow): Bar {
  const from = Date.parse(stop.start);
  const to = Date.parse(stop.end);
  return { key: `fetch:${row.engineer_id}:${stop.start}`, kind: 'fetch', stop, orders: [], from, to, leaves: from - (stop.way_s ?? 0) * 1000, line: 0, locked: true, foreign: false };
}

/** Puts bars on as few lines as keep them from covering each other. */
function lined(bars: Bar[]): { bars: Bar[]; lines: number } {
  const ends: number[] = [];
  const placed = bars
    .sort((a, b) => a.from - b.from || a.to - b.to)
    .map((bar) => {
      const free = ends.findIndex((end) => end <= bar.from);
      const line = free < 0 ? ends.length : free;
      ends[line] = bar.to;
      return { ...bar, line };
    });
  return { bars: placed, lines: Math.max(1, ends.length) };
}

/**
 * Where a rest fits best: the first gap in its window that neither work nor a way fills, whole; else the
 * longest that is left.
 */
export function lunchOf(window: Stretch, minutes: number, bars: readonly Bar[]): Stretch | undefined {
  const need = minutes * 60_000;
  let at = window.from;
  let best: Stretch | undefined;
  const offer = (to: number) => {
    const room = Math.min(to, window.to) - at;
    if (room > 0 && (!best || (best.to - best.from < need && room > best.to - best.from))) best = { from: at, to: at + Math.min(room, need) };
  };
  for (const bar of [...bars].sort((a, b) => a.leaves - b.leaves)) {
    if (bar.to <= window.from || bar.leaves >= window.to) continue;
    offer(bar.leaves);
    at = Math.max(at, bar.to);
  }
  offer(window.to);
  return best;
}

const known = new WeakMap<DayRow, { rows: readonly DayRow[]; lane: Lane }>();

/** The line of an engineer's rows: the same line for the same rows, so that what did not change is not drawn again. */
function laneOf(rows: readonly DayRow[]): Lane | undefined {
  const first = rows[0];
  if (!first) return undefined;
  const before = known.get(first);
  if (before?.rows.length === rows.length && before.rows.every((row, index) => row === rows[index])) return before.lane;
  const lane = drawnLane(first, rows);
  known.set(first, { rows, lane });
  return lane;
}

function drawnLane(first: DayRow, rows: readonly DayRow[]): Lane {
  const all: Bar[] = [];
  const lunch: Stretch[] = [];
  for (const row of rows) {
    const own = (row.visits ?? []).map((visit, index) => visitBar(visit, row, index));
    const claims = (row.claims ?? []).map((claim, index): Bar => {
      const { from, to } = stretch({ from: claim.start, to: claim.end });
      return { key: `claim:${row.engineer_id}:${claim.start}:${index}`, kind: 'claim', orders: [], from, to, leaves: from, line: 0, locked: false, foreign: true };
    });
    const stops = (row.fetches ?? []).map((stop) => stopBar(stop, row));
    all.push(...own, ...claims, ...stops);
    const rest = row.break_window && lunchOf(stretch(row.break_window), row.break_minutes ?? 0, [...own, ...stops]);
    if (rest) lunch.push(rest);
  }
  const { bars, lines } = lined(all);
  return {
    id: first.engineer_id,
    name: first.name,
    home: first.lat !== undefined && first.lon !== undefined ? { lat: first.lat, lon: first.lon } : undefined,
    outletId: first.outlet_id,
    outletName: first.outlet_name,
    skills: first.skills ?? [],
    shifts: rows.flatMap((row) => (row.shifts ?? []).map(stretch)),
    away: rows.flatMap((row) => (row.away ?? []).map(stretch)),
    lunch,
    bars,
    lines,
    minutes: bars.reduce((sum, bar) => sum + (bar.kind === 'visit' ? (bar.to - bar.from) / 60_000 : 0), 0),
  };
}

/** The engineers of several days, in the order of the first that has them. */
export function lanesOf(days: readonly Day[]): Lane[] {
  const rows = new Map<string, DayRow[]>();
  for (const day of days) {
    for (const row of day.rows ?? []) {
      const known = rows.get(row.engineer_id);
      if (known) known.push(row);
      else rows.set(row.engineer_id, [row]);
    }
  }
  return [...rows.values()].flatMap((list) => laneOf(list) ?? []);
}

/** The lines of the board: engineers below their outlets. */
export function itemsOf(lanes: readonly Lane[]): Item[] {
  const outlets = new Map<string, Lane[]>();
  for (const lane of lanes) {
    const known = outlets.get(lane.outletId);
    if (known) known.push(lane);
    else outlets.set(lane.outletId, [lane]);
  }
  return [...outlets].flatMap(([id, list]): Item[] => [
    { kind: 'outlet', key: `outlet:${id}`, name: list[0]?.outletName ?? '', engineers: list.length, visits: list.reduce((sum, lane) => sum + lane.bars.filter((bar) => bar.kind === 'visit').length, 0) },
    ...list.map((lane): Item => ({ kind: 'lane', key: lane.id, lane })),
  ]);
}

/**
 * What waits to be planned on any of the days, each once, in the order given; and how many wait for a plan of the first
 * day, shown or not.
 */
export function openOf(days: readonly Day[]): { orders: DayOrder[]; more: boolean; waiting: number } {
  const seen = new Set<string>();
  const orders = days.flatMap((day) => day.open ?? []).filter((order) => !seen.has(order.id) && seen.add(order.id));
  return { orders, more: days.some((day) => day.more === true), waiting: days[0]?.waiting ?? 0 };
}

/** An order that waits, as work to be placed. */
export function workOfOrder(order: DayOrder): Work {
  return {
    orders: [order.id],
    visitId: undefined,
    version: undefined,
    number: order.number,
    minutes: Math.max(15, order.minutes),
    engineer: undefined,
    crew: [],
    start: undefined,
    promised: order.promised && stretch(order.promised),
    skills: order.skills ?? [],
  };
}

/** A visit on the board, as work to be placed elsewhere. */
export function workOfBar(bar: Bar, engineer: string): Work | undefined {
  const { visit } = bar;
  if (!visit?.id) return undefined;
  const first = bar.orders[0];
  return {
    orders: bar.orders.map((order) => order.id),
    visitId: visit.id,
    version: visit.version,
    number: first?.number ?? visit.number ?? '',
    minutes: Math.round((Date.parse(visit.end) - Date.parse(visit.start)) / 60_000),
    engineer,
    crew: visit.crew ?? [],
    start: Date.parse(visit.start),
    promised: first?.promised && stretch(first.promised),
    skills: [...new Set(bar.orders.flatMap((order) => order.skills ?? []))],
  };
}

/** The crew that a visit would have once the engineer it was taken from is another; new work goes to one alone. */
export function crewFor(work: Work, engineer: string): string[] {
  if (work.crew.length < 2 || work.engineer === undefined) return [engineer];
  const crew = work.crew.map((one) => (one === work.engineer ? engineer : one));
  return [...new Set(crew)];
}
