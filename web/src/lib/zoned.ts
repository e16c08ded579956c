import type { Lang } from './format';
import { defaultZone } from './instant';
import { formatter } from './intl';

/** Minutes that a zone is ahead of UTC at an instant. */
function offsetAt(ms: number, zone: string): number {
  const parts = formatter('en-US', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' }).formatToParts(ms);
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value);
  return Math.round((Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute')) - ms) / 60_000);
}

/** The instant of a local time at a place: 2026-11-22T14:00 in Asia/Shanghai; empty for a time that is none. */
export function instantAt(local: string, zone = defaultZone): string {
  // Engines read some other texts as dates of their own making: ":00Z" is the year 2000.
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(local)) return '';
  const guess = Date.parse(`${local}:00Z`);
  if (Number.isNaN(guess)) return '';
  // Near a change of the clocks the offset of the guess is not the one in force at the instant itself.
  const near = guess - offsetAt(guess, zone) * 60_000;
  return new Date(guess - offsetAt(near, zone) * 60_000).toISOString();
}

/** The local time at a place of an instant, as a time input takes it. */
export function localAt(at: number, zone = defaultZone): string {
  return new Date(at + offsetAt(at, zone) * 60_000).toISOString().slice(0, 16);
}

/** What people call a zone: 中国标准时间, China Standard Time; its own name where the browser knows no other. */
export function zoneName(zone: string, lang: Lang): string {
  const parts = new Intl.DateTimeFormat(lang, { timeZone: zone, timeZoneName: 'long' }).formatToParts(Date.now());
  return parts.find((one) => one.type === 'timeZoneName')?.value ?? zone;
}
