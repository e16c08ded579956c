import { describe, expect, test } from 'vitest';

import { lanesOf } from './lanes';
import { fit, marksOf, nearest, pixel, shifted, zoomed } from './mapping';
import type { Day } from './types';

const order = (id: string) => ({ id, number: id, state: 'ready', priority: 'P3', service_type: 'REP', minutes: 60, crew: 1, skills: [] });
const day = {
  date: '2026-11-23',
  open: [{ ...order('o9'), lat: 30.3, lon: 120.2 }, order('nowhere')],
  rows: [
    {
      engineer_id: 'e', name: '李', outlet_id: 'o', outlet_name: '西湖', skills: [], lat: 30.2, lon: 120.1, shifts: [], away: [], claims: [],
      fetches: [{ outlet_id: 'o', outlet_name: '西湖', lat: 30.22, lon: 120.12, start: '2026-11-23T01:00:00Z', end: '2026-11-23T01:10:00Z', parts: ['PCB'], visits: ['v2'] }],
      visits: [
        { id: 'v2', state: 'planned', start: '2026-11-23T02:00:00Z', end: '2026-11-23T03:00:00Z', orders: [order('o2')], lat: 30.25, lon: 120.15, version: 1 },
        { id: 'v1', state: 'finished', start: '2026-11-23T00:00:00Z', end: '2026-11-23T00:30:00Z', orders: [order('o1')], lat: 30.21, lon: 120.11, version: 1 },
      ],
    },
  ],
} as unknown as Day;

describe('map', () => {
  const lanes = lanesOf([day]);
  const { routes, marks } = marksOf(lanes, day.open ?? []);

  test('routes go from home through the stops in order; what has no place is left out', () => {
    expect(routes[0]?.marks.map((mark) => [mark.kind, mark.number])).toEqual([['home', undefined], ['visit', 1], ['fetch', 2], ['visit', 3]]);
    expect(marks.filter((mark) => mark.kind === 'open').map((mark) => mark.order?.id)).toEqual(['o9']);
  });

  test('all marks lie in the picture, and each is found where it is drawn', () => {
    const view = fit(marks, 400, 300);
    if (!view) throw new Error('no view');
    for (const mark of marks) {
      const { x, y } = pixel(view, 400, 300, mark);
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x).toBeLessThanOrEqual(400);
      expect(y).toBeGreaterThanOrEqual(0);
      expect(y).toBeLessThanOrEqual(300);
      if (mark.kind !== 'home') expect(nearest(marks, view, 400, 300, x, y)?.key).toBe(mark.key);
    }
  });

  test('zooming keeps the point below the pointer, moving moves it', () => {
    const view = { lat: 30, lon: 120, scale: 1000, narrow: 0.86 };
    const at = { lat: 30.05, lon: 120.04 };
    const before = pixel(view, 400, 300, at);
    const near = pixel(zoomed(view, 400, 300, before.x, before.y, 2), 400, 300, at);
    expect(near.x).toBeCloseTo(before.x, 6);
    expect(near.y).toBeCloseTo(before.y, 6);
    const moved = pixel(shifted(view, 10, -5), 400, 300, at);
    expect(moved.x).toBeCloseTo(before.x + 10, 6);
    expect(moved.y).toBeCloseTo(before.y - 5, 6);
  });

  test('nothing to show has no view', () => expect(fit([], 400, 300)).toBeUndefined());
});
