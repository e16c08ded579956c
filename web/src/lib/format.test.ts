import { describe, expect, it } from 'vitest';

import { formatCount, formatDate, formatDuration, formatExact, formatMoney, formatRelative, formatWindow, type Lang } from './format';

const zone = 'Asia/Shanghai';
const now = '2026-11-21T14:30:00+08:00';

describe('formatMoney', () => {
  it.each<[number, string, Lang, string]>([
    [12345, 'CNY', 'zh-CN', '¥123.45'],
    [12345, 'CNY', 'en', '¥123.45'],
    [-50, 'CNY', 'zh-CN', '-¥0.50'],
    [123456789, 'CNY', 'en', '¥1,234,567.89'],
    [500, 'JPY', 'en', '¥500'],
    [1234, 'KWD', 'en', 'KWD 1.234'],
  ])('%d %s in %s', (minor, currency, lang, want) => {
    expect(formatMoney(minor, currency, lang).replace(/\u00a0/g, ' ')).toBe(want);
  });
});

describe('formatDuration', () => {
  it.each<[number, string, string]>([
    [0, '0秒', '0 s'],
    [59_999, '59秒', '59 s'],
    [60_000, '1分', '1 min'],
    [7_500_000, '2小时5分', '2 h 5 min'],
    [7_200_000, '2小时', '2 h'],
    [-90_000_000, '1天1小时', '1 d 1 h'],
  ])('%d ms', (ms, zh, en) => {
    expect(formatDuration(ms, 'zh-CN')).toBe(zh);
    expect(formatDuration(ms, 'en')).toBe(en);
  });
});

describe('formatRelative', () => {
  it.each<[string, string, string]>([
    ['2026-11-21T14:29:30+08:00', '刚刚', 'just now'],
    ['2026-11-21T14:25:00+08:00', '5分钟前', '5 min. ago'],
    ['2026-11-21T16:30:00+08:00', '2小时后', 'in 2 hr.'],
    ['2026-11-21T08:05:00+08:00', '今天 08:05', 'today 08:05'],
    ['2026-11-20T23:59:00+08:00', '昨天 23:59', 'yesterday 23:59'],
    ['2026-11-23T09:00:00+08:00', '后天 09:00', 'Mon 23 Nov 09:00'],
    ['2025-11-03T09:10:00+08:00', '2025年11月3日 09:10', '3 Nov 2025 09:10'],
  ])('%s', (at, zh, en) => {
    expect(formatRelative(at, now, zone, 'zh-CN').replace(/(\d) /g, '$1 ')).toBe(zh);
    expect(formatRelative(at, now, zone, 'en').replace(',', '')).toBe(en);
  });

  it('reads the day in the place’s zone, not the browser’s', () => {
    // 23:00 UTC on the 20th is 07:00 on the 21st in Shanghai.
    expect(formatRelative('2026-11-20T23:00:00Z', now, zone, 'zh-CN')).toBe('今天 07:00');
    expect(formatRelative('2026-11-20T23:00:00Z', now, 'UTC', 'zh-CN')).toBe('昨天 23:00');
  });

  it('formatExact names the place’s zone', () => {
    expect(formatExact(now, zone)).toBe('2026-11-21 14:30:00 GMT+8');
  });

  it('formatDate gives the weekday', () => {
    expect(formatDate(now, zone, 'zh-CN')).toBe('11月21日周六');
    expect(formatDate(now, zone, 'en')).toBe('Sat 21 Nov');
  });

  it('is empty for text that is no instant', () => {
    expect(formatRelative('soon', now, zone, 'en')).toBe('');
    expect(formatExact('soon', zone)).toBe('');
  });
});

describe('formatWindow', () => {
  it('names the day once when both ends share it', () => {
    expect(formatWindow('2026-11-21T06:00:00Z', '2026-11-21T08:00:00Z', now, zone, 'zh-CN')).toBe('今天 14:00–16:00');
  });
  it('names both days when they differ', () => {
    expect(formatWindow('2026-11-21T22:00:00+08:00', '2026-11-22T01:00:00+08:00', now, zone, 'en')).toBe('today 22:00–tomorrow 01:00');
  });
});

it('formatCount marks a count that stopped early', () => {
  expect(formatCount(1000, 'en', true)).toBe('1,000+');
  expect(formatCount(12345, 'zh-CN')).toBe('12,345');
});
