import { describe, expect, it } from 'vitest';

import { readClock, type ClockReading, type ClockView } from './clock';

const now = Date.parse('2026-11-21T14:00:00Z');

describe('readClock', () => {
  it.each<[string, ClockView, ClockReading]>([
    ['counts down', { state: 'running', target: '2026-11-21T15:00:00Z' }, { word: 'left', tone: 'info', ms: 3_600_000 }],
    ['warns', { state: 'running', target: '2026-11-21T15:00:00Z', warn_at: '2026-11-21T13:30:00Z' }, { word: 'left', tone: 'warn', ms: 3_600_000 }],
    ['is late before the server says so', { state: 'running', target: '2026-11-21T13:59:00Z' }, { word: 'late', tone: 'bad', ms: 60_000 }],
    ['stops counting at the end of a breach', { state: 'breached', target: '2026-11-21T12:00:00Z', ended_at: '2026-11-21T12:30:00Z' }, { word: 'late', tone: 'bad', ms: 1_800_000 }],
    ['keeps counting an open breach', { state: 'breached', target: '2026-11-21T12:00:00Z' }, { word: 'late', tone: 'bad', ms: 7_200_000 }],
    ['met', { state: 'met', target: '2026-11-21T12:00:00Z' }, { word: 'met', tone: 'good' }],
    ['paused', { state: 'paused', waited_for: 'part' }, { word: 'paused', tone: 'neutral' }],
  ])('%s', (_name, clock, want) => {
    expect(readClock(clock, now)).toEqual(want);
  });
});
