import { describe, expect, it } from 'vitest';

import { axisOf, dateAt, datesFrom, hoursOf, instantOf, openAt, placeOf, xOf } from './axis';
import { crewFor, itemsOf, lanesOf, lunchOf, openOf, workOfBar, workOfOrder } from './lanes';
import type { Day, DayOrder, DayRow, DayVisit } from './types';

const at = (time: string, day = '2026-11-23') => `${day}T${time}:00+08:00`;
const ms = (time: string, day?: string) => Date.parse(at(time, day));
const order: DayOrder = { id: 'o1', number: 'S1', state: 'scheduled', priority: 'P2', service_type: 'REP', minutes: 60, crew: 1, skills: ['ELEC'], tools: [], promised: { from: at('10:00'), to: at('12:00') } };
const visit = (id: string, from: string, to: string, more: Partial<DayVisit> = {}): DayVisit => ({ id, number: id, state: 'planned', start: at(from), end: at(to), orders: [order], version: 1, crew: ['e1'], ...more });
const row = (visits: DayVisit[], more: Partial<DayRow> = {}): DayRow => ({
  engineer_id: 'e1',
  name: '赵师傅',
  outlet_id: 'w1',
  outlet_name: '西湖',
  skills: ['ELEC'],
  shifts: [{ from: at('08:00'), to: at('18:00') }],
  away: [],
  break_window: { from: at('11:30'), to: at('13:30') },
  break_minutes: 45,
  visits,
  fetches: [], claims: [],
  ...more,
});
const day = (rows: DayRow[], open: DayOrder[] = [], date = '2026-11-23'): Day => ({ date, rows, open, waiting: open.length });

describe('the axis', () => {
  const axis = axisOf(datesFrom('2026-11-23', 2), { first: 8, last: 18 }, 1000, 20);

  it('opens where now is, when that is out of sight', () => {
    expect(openAt(axis, ms('09:30'), 200)).toBe(0); // 75 px, in sight
    expect(openAt(axis, ms('13:00'), 200)).toBe(200); // 250 px: the hour before it is the first in sight
    expect(openAt(axis, ms('13:00', '2026-11-22'), 200)).toBe(0); // another day
    expect(openAt(axis, ms('19:00', '2026-11-24'), 200)).toBe(0);
  });

  it('lays days side by side and back', () => {
    expect(axis.hourWidth).toBe(50);
    expect(xOf(axis, ms('09:30'))).toBe(75);
    expect(xOf(axis, ms('08:00', '2026-11-24'))).toBe(500);
    expect(instantOf(axis, 75)).toBe(ms('09:30'));
    expect(instantOf(axis, 575)).toBe(ms('09:30', '2026-11-24'));
    expect(dateAt(axis, ms('09:30', '2026-11-24'))).toBe('2026-11-24');
  });

  it('snaps to the grid and stays on the board', () => {
    expect(instantOf(axis, 79)).toBe(ms('09:30'));
    expect(instantOf(axis, -50)).toBe(ms('08:00'));
    expect(instantOf(axis, 5000)).toBe(ms('18:00', '2026-11-24'));
  });

  it('leaves out what lies outside the hours shown', () => {
    expect(placeOf(axis, { from: ms('05:00'), to: ms('07:00') })).toBeUndefined();
    expect(placeOf(axis, { from: ms('07:00'), to: ms('09:00') })).toEqual({ left: 0, width: 50 });
  });

  it('never gets narrower than it can be read', () => {
    expect(axisOf(['2026-11-23'], { first: 8, last: 18 }, 100, 56).hourWidth).toBe(56);
  });
});

describe('lanes', () => {
  it('puts what overlaps below, and counts the hours that it takes', () => {
    const lanes = lanesOf([day([row([visit('a', '09:00', '10:00'), visit('b', '09:30', '11:00'), visit('c', '21:00', '22:30', { way_s: 1200 })])])]);
    expect(lanes[0]?.lines).toBe(2);
    expect(lanes[0]?.bars.map((bar) => bar.line)).toEqual([0, 1, 0]);
    expect(lanes[0]?.bars[2]?.leaves).toBe(ms('20:40'));
    expect(hoursOf(['2026-11-23'], lanes)).toEqual({ first: 8, last: 23 });
  });

  it('shows a visit when it really takes place', () => {
    const [lane] = lanesOf([day([row([visit('a', '09:00', '10:00', { state: 'on_site', arrived_at: at('09:20') }), visit('b', '11:00', '12:00', { delayed_by_s: 600 }), visit('c', '14:00', '15:00', { state: 'finished', arrived_at: at('14:00'), ended_at: at('14:25') })])])]);
    expect(lane?.bars.map((bar) => [bar.from, bar.to, bar.locked])).toEqual([
      [ms('09:20'), ms('10:20'), true],
      [ms('11:10'), ms('12:10'), false],
      [ms('14:00'), ms('14:25'), true],
    ]);
  });

  it('joins an engineer’s days', () => {
    const second = row([visit('b', '09:00', '10:00')].map((one) => ({ ...one, start: at('09:00', '2026-11-24'), end: at('10:00', '2026-11-24') })));
    const lanes = lanesOf([day([row([visit('a', '09:00', '10:00')])]), day([second], [], '2026-11-24')]);
    expect(lanes).toHaveLength(1);
    expect(lanes[0]?.bars).toHaveLength(2);
    expect(itemsOf(lanes)).toMatchObject([{ kind: 'outlet', name: '西湖', engineers: 1, visits: 2 }, { kind: 'lane' }]);
  });

  it('keeps a lunch out of the work and the ways', () => {
    const lane = lanesOf([day([row([visit('a', '11:00', '12:00'), visit('b', '13:00', '14:00', { way_s: 600 })])])])[0];
    expect(lane?.lunch).toEqual([{ from: ms('12:00'), to: ms('12:45') }]);
    expect(lunchOf({ from: ms('11:30'), to: ms('13:30') }, 45, [])).toEqual({ from: ms('11:30'), to: ms('12:15') });
    const full = lanesOf([day([row([visit('a', '11:00', '13:10')])])])[0];
    expect(full?.lunch).toEqual([{ from: ms('13:10'), to: ms('13:30') }]);
  });

  it('lists what waits once', () => {
    expect(openOf([day([], [order]), { ...day([], [order, { ...order, id: 'o2' }]), more: true }])).toMatchObject({ orders: [{ id: 'o1' }, { id: 'o2' }], more: true });
  });
});

describe('work', () => {
  it('knows where it stands and who comes along', () => {
    const [lane] = lanesOf([day([row([visit('a', '09:00', '10:30', { crew: ['e1', 'e2'] })])])]);
    const bar = lane?.bars[0];
    const work = bar && workOfBar(bar, 'e1');
    expect(work).toMatchObject({ visitId: 'a', minutes: 90, start: ms('09:00'), orders: ['o1'] });
    if (!work) return;
    expect(crewFor(work, 'e3')).toEqual(['e3', 'e2']);
    expect(crewFor(work, 'e2')).toEqual(['e2']);
    expect(crewFor(workOfOrder(order), 'e3')).toEqual(['e3']);
  });
});
