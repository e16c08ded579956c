import { millis, type Instant } from '@/lib/instant';
import type { Tone } from '@/theme/tokens';

/** Who a pause waits for. */
export const waitedFor = ['customer', 'part', 'approval', 'product_owner', 'force_majeure', 'outlet', 'centre', 'engineer'] as const;
export type WaitedFor = (typeof waitedFor)[number];

/** One deadline of one party, as the API tells it. */
export interface ClockView {
  state: 'running' | 'paused' | 'met' | 'breached';
  /** Milestone in words: 首次响应. */
  milestone?: string | undefined;
  target?: Instant | undefined;
  warn_at?: Instant | undefined;
  /** When it was met or breached. */
  ended_at?: Instant | undefined;
  waited_for?: WaitedFor | undefined;
}

/** What the chip says: a countdown, or how it ended. */
export interface ClockReading {
  word: 'left' | 'late' | 'met' | 'breached' | 'paused';
  tone: Tone;
  /** Time left or overdue, where the word has one. */
  ms?: number;
}

/** Reads a clock at `now` (ms). A running clock past its target is late before the server has said so. */
export function readClock(clock: ClockView, now: number): ClockReading {
  switch (clock.state) {
    case 'met':
      return { word: 'met', tone: 'good' };
    case 'paused':
      return { word: 'paused', tone: 'neutral' };
    case 'breached':
    case 'running':
      break;
  }
  if (clock.target === undefined) return { word: clock.state === 'breached' ? 'breached' : 'left', tone: clock.state === 'breached' ? 'bad' : 'info' };
  const left = millis(clock.target) - (clock.state === 'breached' && clock.ended_at !== undefined ? millis(clock.ended_at) : now);
  if (clock.state === 'breached' || left < 0) return { word: 'late', tone: 'bad', ms: Math.max(0, -left) };
  const warned = clock.warn_at !== undefined && now >= millis(clock.warn_at);
  return { word: 'left', tone: warned ? 'warn' : 'info', ms: left };
}
