import { describe, expect, it } from 'vitest';

import { cityOf, clusters, fullness, hoursOf, loadOf, loadTogether, radiusOf } from './load';

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
  it('puts marks together that would cover each other', () => {
    const at = [
      { lat: 0, lon: 0 },
      { lat: 0, lon: 10 },
      { lat: 0, lon: 300 },
    ];
    const spot = (one: { lat: number; lon: number }) => ({ x: one.lon, y: one.lat });
    expect(clusters(at, spot).map((group) => group.length)).toEqual([2, 1]);
    expect(clusters(at, spot, 5).map((group) => group.length)).toEqual([1, 1, 1]);
  });
  it('never adds hours to orders', () => {
    const hours = { unit: 'minutes' as const, booked: 60, waiting: 0, available: 240 };
    expect(loadTogether([hours, { unit: 'orders', booked: 9, waiting: 0, available: 10 }])).toBe(0.9);
    expect(loadTogether([hours, { ...hours, booked: 180 }])).toBe(0.5);
    expect(loadTogether([])).toBeUndefined();
  });
  it('names a city that all share', () => {
    expect(cityOf(['杭州市 西湖区', '杭州市 上城区'])).toBe('杭州市');
    expect(cityOf(['杭州市 西湖区', '广州市 天河区'])).toBe('');
    expect(cityOf([undefined])).toBe('');
  });
});
