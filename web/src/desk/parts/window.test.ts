import { describe, expect, it } from 'vitest';

import { instantAt, localAt } from './window';

describe('local times of a place', () => {
  it.each([
    ['2026-11-22T14:00', 'Asia/Shanghai', '2026-11-22T06:00:00.000Z'],
    ['2026-07-01T09:30', 'Europe/Berlin', '2026-07-01T07:30:00.000Z'],
    ['', 'Asia/Shanghai', ''],
  ])('%s in %s', (local, zone, want) => {
    expect(instantAt(local, zone)).toBe(want);
  });

  it('goes back to what was typed', () => {
    expect(localAt(Date.parse(instantAt('2026-11-22T14:15')))).toBe('2026-11-22T14:15');
  });
});
