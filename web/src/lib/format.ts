import { dayAt, daysBetween, millis, type Instant } from './instant';
import { formatter } from './intl';

/** Languages of the staff faces. */
export type Lang = 'zh-CN' | 'en';

const words = {
  'zh-CN': { now: '刚刚', day: '天', hour: '小时', minute: '分', second: '秒', join: '', gap: '', days: { '-1': '昨天', '0': '今天', '1': '明天', '2': '后天' } },
  en: { now: 'just now', day: 'd', hour: 'h', minute: 'min', second: 's', join: ' ', gap: ' ', days: { '-1': 'yesterday', '0': 'today', '1': 'tomorrow' } },
} as const;

/** Digits after the point of a currency: 2 for CNY, 0 for JPY. */
export function minorDigits(currency: string): number {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
}

/** Money in minor units as people write it: 12345 CNY is ¥123.45. */
export function formatMoney(minor: number, currency: string, lang: Lang): string {
  const digits = minorDigits(currency);
  return new Intl.NumberFormat(lang, { style: 'currency', currency, currencyDisplay: 'narrowSymbol' }).format(minor / 10 ** digits);
}

/** Money in minor units as a bare number, for tables that are exported: 12345 CNY is 123.45. */
export function plainMoney(minor: number, currency: string): string {
  const digits = minorDigits(currency);
  return (minor / 10 ** digits).toFixed(digits);
}

/** A count as people read it; `atLeast` marks a count that stopped early: 1,000+. */
export function formatCount(count: number, lang: Lang, atLeast = false): string {
  return new Intl.NumberFormat(lang).format(count) + (atLeast ? '+' : '');
}

/**
 * A length of time in its two largest units, minutes being the smallest above one minute:
 * 2小时5分, 3 d 4 h, 45 s. The sign is dropped.
 */
export function formatDuration(ms: number, lang: Lang): string {
  const w = words[lang];
  const seconds = Math.floor(Math.abs(ms) / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  const part = (value: number, unit: string) => (value > 0 ? [`${value}${w.gap}${unit}`] : []);
  if (days > 0) return [...part(days, w.day), ...part(hours % 24, w.hour)].join(w.join);
  if (hours > 0) return [...part(hours, w.hour), ...part(minutes % 60, w.minute)].join(w.join);
  if (minutes > 0) return `${minutes}${w.gap}${w.minute}`;
  return `${seconds}${w.gap}${w.second}`;
}

/** Time of day at a place: 14:05. */
export function formatTime(at: Instant, zone: string): string {
  return formatter('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(millis(at));
}

/** Day at a place, by word when near: 今天, 11月23日周一, with the year when it is another. */
export function formatDay(at: Instant, now: Instant, zone: string, lang: Lang): string {
  const day = dayAt(at, zone);
  const today = dayAt(now, zone);
  const near: Partial<Record<string, string>> = words[lang].days;
  const word = near[String(daysBetween(today, day))];
  if (word !== undefined) return word;
  const sameYear = day.slice(0, 4) === today.slice(0, 4);
  return formatter(lang === 'en' ? 'en-GB' : lang, {
    timeZone: zone,
    month: lang === 'en' ? 'short' : 'long',
    day: 'numeric',
    ...(sameYear ? { weekday: 'short' } : { year: 'numeric' }),
  }).format(millis(at));
}

/** A calendar day with its weekday, never by word: 11月22日周日, Sun 22 Nov. */
export function formatDate(at: Instant, zone: string, lang: Lang): string {
  return formatter(lang === 'en' ? 'en-GB' : lang, { timeZone: zone, month: lang === 'en' ? 'short' : 'long', day: 'numeric', weekday: 'short' }).format(millis(at));
}

/** An instant to the second with its zone, for hovers: 2026-11-21 14:05:09 GMT+8. */
export function formatExact(at: Instant, zone: string): string {
  const ms = millis(at);
  if (Number.isNaN(ms)) return '';
  const time = formatter('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23', timeZoneName: 'short' });
  return `${dayAt(ms, zone)} ${time.format(ms)}`;
}

/** How long ago or ahead, near by distance and far by date: 5 分钟前, 昨天 14:05, 11月3日周二 09:10. */
export function formatRelative(at: Instant, now: Instant, zone: string, lang: Lang): string {
  const ms = millis(at) - millis(now);
  if (Number.isNaN(ms)) return '';
  const size = Math.abs(ms);
  if (size < 45_000) return words[lang].now;
  const relative = new Intl.RelativeTimeFormat(lang, { numeric: 'always', style: lang === 'en' ? 'short' : 'long' });
  if (size < 3_570_000) return relative.format(Math.round(ms / 60_000), 'minute');
  if (size < 6 * 3_600_000) return relative.format(Math.round(ms / 3_600_000), 'hour');
  return `${formatDay(at, now, zone, lang)} ${formatTime(at, zone)}`;
}

/** A promised window: 今天 14:00–16:00; the end carries its own day when it is another. */
export function formatWindow(start: Instant, end: Instant, now: Instant, zone: string, lang: Lang): string {
  const from = `${formatDay(start, now, zone, lang)} ${formatTime(start, zone)}`;
  const sameDay = dayAt(start, zone) === dayAt(end, zone);
  const to = sameDay ? formatTime(end, zone) : `${formatDay(end, now, zone, lang)} ${formatTime(end, zone)}`;
  return `${from}–${to}`;
}
