import { describe, expect, it } from 'vitest';

import type { Outlet, Staff, Visit } from '../parts/types';
import { groupsOf, hoursShown } from './lanes';

const visit = (id: string, start: string, end: string, engineers: string[], zone = 'Asia/Shanghai') =>
  ({ id, number: id, state: 'planned', outlet_id: 'a', start, end, zone, engineers: engineers.map((one) => ({ engineer_id: one })) }) as unknown as Visit;
const staff = [
  { id: 'e1', name: '李', outlet_id: 'a' },
  { id: 'e2', name: '王', outlet_id: 'a' },
] as unknown as Staff[];
const outlets = [{ id: 'a', name: '西湖' }, { id: 'b', name: '空' }] as unknown as Outlet[];
const day = '2026-11-22';

describe('the day by engineer', () => {
  it('puts visits of the same time on lines of their own and names who is free', () => {
    const groups = groupsOf([visit('v2', '2026-11-22T02:30:00Z', '2026-11-22T03:30:00Z', ['e1']), visit('v1', '2026-11-22T02:00:00Z', '2026-11-22T03:00:00Z', ['e1']), visit('v3', '2026-11-22T03:00:00Z', '2026-11-22T04:00:00Z', ['e1'])], staff, outlets, day, '—');
    expect(groups).toHaveLength(1);
    const [group] = groups;
    expect(group?.free).toEqual(['王']);
    expect(group?.lanes.map((one) => [one.name, one.lines, one.slots.map((slot) => [slot.visit.id, slot.from, slot.to, slot.line])])).toEqual([
      ['李', 2, [['v1', 10, 11, 0], ['v2', 10.5, 11.5, 1], ['v3', 11, 12, 0]]],
    ]);
  });

  it('keeps a visit whose engineer is not known, by the clock of its place', () => {
    const groups = groupsOf([visit('v1', '2026-11-22T02:00:00Z', '2026-11-22T03:30:00Z', ['stranger'], 'Asia/Tokyo')], staff, outlets, day, 'nobody');
    expect(groups[0]?.lanes.map((one) => [one.name, one.slots[0]?.from])).toEqual([['nobody', 11]]);
  });

  it('shows working hours, and more when a visit needs them', () => {
    expect(hoursShown([])).toEqual({ first: 8, last: 20 });
    expect(hoursShown(groupsOf([visit('v1', '2026-11-21T22:30:00Z', '2026-11-21T23:30:00Z', ['e1']), visit('v2', '2026-11-22T13:00:00Z', '2026-11-22T17:30:00Z', ['e1'])], staff, outlets, day, ''))).toEqual({ first: 6, last: 24 });
  });
});
