import type { Bar, DayOrder, Lane } from './types';

/** Something on the map. */
export interface Mark {
  key: string;
  kind: 'visit' | 'fetch' | 'open' | 'home';
  lat: number;
  lon: number;
  /** Of an engineer: which lane, and which stop of the route, from 1. */
  lane?: Lane | undefined;
  number?: number | undefined;
  bar?: Bar | undefined;
  order?: DayOrder | undefined;
}

/** An engineer's way of the board's days: where the day begins, then the stops in order. */
export interface RouteLine {
  lane: Lane;
  marks: readonly Mark[];
}

/** The routes of lanes, each with where it begins, and what waits; what has no place is left out. */
export function marksOf(lanes: readonly Lane[], open: readonly DayOrder[]): { routes: RouteLine[]; marks: Mark[] } {
  const routes = lanes.map((lane): RouteLine => {
    const marks: Mark[] = [];
    if (lane.home) marks.push({ key: `home:${lane.id}`, kind: 'home', ...lane.home, lane });
    for (const bar of [...lane.bars].sort((a, b) => a.from - b.from)) {
      const at = bar.stop ?? bar.visit;
      if (at?.lat === undefined || at.lon === undefined || bar.foreign) continue;
      marks.push({ key: bar.key, kind: bar.stop ? 'fetch' : 'visit', lat: at.lat, lon: at.lon, lane, number: marks.length + (lane.home ? 0 : 1), bar });
    }
    return { lane, marks };
  });
  const waiting = open.flatMap((order): Mark[] => (order.lat === undefined || order.lon === undefined ? [] : [{ key: `order:${order.id}`, kind: 'open', lat: order.lat, lon: order.lon, order }]));
  return { routes, marks: [...routes.flatMap((route) => route.marks), ...waiting] };
}

/** How places of the earth lie on a picture: equal steps of degrees, narrower by latitude, which a city does not notice. */
export interface View {
  lat: number;
  lon: number;
  /** px of a degree of latitude. */
  scale: number;
  /** How much shorter a degree of longitude is, the same for the whole picture. */
  narrow: number;
}

/** The view that shows all marks in a picture of some px. */
export function fit(marks: readonly { lat: number; lon: number }[], width: number, height: number, margin = 24): View | undefined {
  if (marks.length === 0 || width <= 0 || height <= 0) return undefined;
  let [south, north, west, east] = [90, -90, 180, -180];
  for (const { lat, lon } of marks) {
    south = Math.min(south, lat);
    north = Math.max(north, lat);
    west = Math.min(west, lon);
    east = Math.max(east, lon);
  }
  const lat = (south + north) / 2;
  const narrow = Math.max(0.01, Math.cos((lat * Math.PI) / 180));
  const wide = Math.max((east - west) * narrow, 1e-4);
  const high = Math.max(north - south, 1e-4);
  const room = (size: number) => Math.max(1, size - 2 * margin);
  return { lat, lon: (west + east) / 2, narrow, scale: Math.min(room(width) / wide, room(height) / high, 200_000) };
}

/** Where a place lies in a picture of some px. */
export function pixel(view: View, width: number, height: number, at: { lat: number; lon: number }): { x: number; y: number } {
  return { x: width / 2 + (at.lon - view.lon) * view.narrow * view.scale, y: height / 2 - (at.lat - view.lat) * view.scale };
}

/** The view after zooming by a factor about a point of the picture. */
export function zoomed(view: View, width: number, height: number, x: number, y: number, factor: number): View {
  const scale = Math.min(400_000, Math.max(20, view.scale * factor));
  const part = 1 / view.scale - 1 / scale;
  return { ...view, scale, lat: view.lat - (y - height / 2) * part, lon: view.lon + ((x - width / 2) * part) / view.narrow };
}

/** The view after moving the picture by some px. */
export function shifted(view: View, dx: number, dy: number): View {
  return { ...view, lat: view.lat + dy / view.scale, lon: view.lon - dx / view.scale / view.narrow };
}

/** The mark nearest to a point of the picture, within reach. */
export function nearest(marks: readonly Mark[], view: View, width: number, height: number, x: number, y: number, reach = 12): Mark | undefined {
  let best: Mark | undefined;
  let least = reach * reach;
  for (const mark of marks) {
    if (mark.kind === 'home') continue;
    const at = pixel(view, width, height, mark);
    const far = (at.x - x) ** 2 + (at.y - y) ** 2;
    if (far <= least) {
      least = far;
      best = mark;
    }
  }
  return best;
}
