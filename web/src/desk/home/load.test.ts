import { describe, expect, it } from 'vitest';

import { fullness, hoursOf, loadOf, radiusOf } from './load';

describe('load', () => {
  it('counts what waits beside what is booked', () => {
    expect(loadOf({ booked: 60, waiting: 30, available: 120 })).toBe(0.75);
    expect(loadOf({ booked: 0, available: 0 })).toBeUndefined();
    expect(loadOf({ booked: 0, waiting: 1, available: 0 })).toBe(Infinity);
  });
  it('says how full days are', () => {
    expect([undefined, 0, 0.69, 0.7, 0.95, 0.951, Infinity].map(fullness)).toEqual(['none', 'easy', 'easy', 'tight', 'tight', 'over', 'over']);
  });
  it('draws more capacity larger, and never out of the picture', () => {
    expect(radiusOf(0, 0)).toBe(7);
    expect(radiusOf(100, 400)).toBeLessThan(radiusOf(400, 400));
    expect(radiusOf(900, 400)).toBe(18);
  });
  it('keeps a place below ten hours', () => {
    expect([90, 599, 600, 615].map(hoursOf)).toEqual([1.5, 10, 10, 10]);
  });
});
