import { useDeskT } from '@/i18n/desk';
import { useLang } from '@/i18n/setup';
import { formatDuration } from '@/lib/format';
import type { Reason } from '@/ui/Why';

import { useCatalog, useNameOf, useSay } from './server';

/** One reason of the planner, without its words. */
interface PlainReason {
  code: string;
  params?: Record<string, unknown> | undefined;
  limit?: unknown;
  value?: unknown;
}

/** Reasons that miss by a time read better with hours than with signed minutes. */
function timedKey({ code, value }: PlainReason): { key: 'reason.windowEarly' | 'reason.windowLate' | 'reason.past'; minutes: number } | undefined {
  if (typeof value !== 'number' || value === 0) return undefined;
  const minutes = Math.abs(value);
  if (code === 'dispatch.window') return { key: value < 0 ? 'reason.windowEarly' : 'reason.windowLate', minutes };
  return code === 'dispatch.past' ? { key: 'reason.past', minutes } : undefined;
}

/** Words for the planner's reasons: the server's sentence with its numbers put in. */
export function useReasonWords(): (reason: PlainReason) => string {
  const say = useSay();
  const nameOf = useNameOf();
  const catalog = useCatalog();
  const t = useDeskT();
  const lang = useLang();
  return (reason) => {
    const timed = timedKey(reason);
    if (timed) return t(timed.key, { time: formatDuration(timed.minutes * 60_000, lang) });
    const values: Record<string, unknown> = { ...reason.params, limit: reason.limit, value: reason.value };
    return say(`reason.${reason.code}`).replace(/\{(\w+)(?:\|(?:word:([^}]*)|[^}]*))?\}/g, (_, name: string, prefix: string | undefined) => {
      const value = values[name];
      if (name === 'skill') return nameOf(catalog?.skills?.find((one) => one.code === value), typeof value === 'string' ? value : '');
      if (name === 'tool') return nameOf(catalog?.tools?.find((one) => one.code === value), typeof value === 'string' ? value : '');
      if (name === 'reason') return nameOf(catalog?.reasons?.find((one) => one.code === value), typeof value === 'string' ? value : '');
      if (prefix && typeof value === 'string') return say(`${prefix}.${value}`);
      return typeof value === 'string' || typeof value === 'number' ? `${value}` : '';
    });
  };
}

interface Judged extends PlainReason {
  verdict: string;
}

const verdicts = ['ok', 'fail', 'warn', 'info'] as const;

/** Reasons with their words, as the lists show them; the sentence holds its numbers. */
export function useWorded(): (reasons: readonly Judged[] | null | undefined) => Reason[] {
  const words = useReasonWords();
  return (reasons) => (reasons ?? []).map((one) => ({ ...one, verdict: verdicts.find((known) => known === one.verdict) ?? 'info', words: words(one), limit: undefined, value: undefined }));
}
