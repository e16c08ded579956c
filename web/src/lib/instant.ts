import { formatter } from './intl';

/** An instant as the API writes it (RFC 3339) or as the program holds it. */
export type Instant = string | number | Date;

/** Milliseconds since 1970 UTC; NaN for text that is no instant. */
export function millis(at: Instant): number {
  if (typeof at === 'number') return at;
  return typeof at === 'string' ? Date.parse(at) : at.getTime();
}

/** Zone of places that name none: the product starts in China. */
export const defaultZone = 'Asia/Shanghai';

/** Zone of the reader's own device. */
export function deviceZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Calendar day of an instant at a place, as 2026-11-21. */
export function dayAt(at: Instant, zone: string): string {
  const parts = formatter('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' });
  return parts.format(millis(at));
}

/** Whole days from one calendar day to another: 1 when `to` is the day after `from`. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000);
}
