import { useQueries, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import { answer, api } from '@/api/client';
import { apiBase } from '@/api/transport';
import type { ApiError } from '@/api/problem';

import { crewFor } from './lanes';
import type { Day, Judged, Work } from './types';

/** Days of an outlet, or of all that the reader sees. */
export function useDays(dates: readonly string[], outlet: string | undefined): { days: readonly Day[] | undefined; error: ApiError | null; fetching: boolean; reload: () => void } {
  return useQueries({
    queries: dates.map((date) => ({
      queryKey: ['dispatch-day', date, outlet ?? ''],
      queryFn: ({ signal }: { signal: AbortSignal }) => answer(api.GET('/dispatch/day', { params: { query: { date, outlet_id: outlet } }, signal })),
      enabled: /^\d{4}-\d\d-\d\d$/.test(date),
    })),
    combine: (results) => {
      const days = results.flatMap((one) => one.data ?? []);
      return {
        days: days.length === results.length ? days : undefined,
        error: results.find((one) => one.error)?.error ?? null,
        fetching: results.some((one) => one.isFetching),
        reload: () => {
          for (const one of results) void one.refetch();
        },
      };
    },
  });
}

/** What the server says of giving work to one engineer at a time. */
export async function judgeAt(work: Work, engineer: string, start: number, others?: readonly string[], signal?: AbortSignal): Promise<Judged | undefined> {
  const along = others ?? crewFor(work, engineer).slice(1);
  const found = await answer(
    api.POST('/dispatch/judge', { body: { ...asked(work), engineers: [engineer], with: along.length > 0 ? [...along] : undefined, start: new Date(start).toISOString() }, ...(signal ? { signal } : {}) }),
  );
  return found.items?.[0];
}

/** What the server says of giving work to each of many engineers at his best time of a date. */
export async function judgeDay(work: Work, engineers: readonly string[], date: string, signal?: AbortSignal): Promise<Judged[]> {
  if (engineers.length === 0) return [];
  const most = 500;
  const found = await answer(api.POST('/dispatch/judge', { body: { ...asked(work), engineers: engineers.slice(0, most), date }, ...(signal ? { signal } : {}) }));
  return found.items ?? [];
}

/** What the server says of exchanging the engineers of two visits: of the first, then of the other. */
export async function judgeSwap(a: string, b: string, signal?: AbortSignal): Promise<readonly Judged[]> {
  const found = await answer(api.POST('/dispatch/visits/{id}/judge_swap', { params: { path: { id: a } }, body: { with: b }, ...(signal ? { signal } : {}) }));
  return found.items ?? [];
}

const hardness = ['fits', 'dear', 'aside', 'refused'] as const;

/** The harder of the two verdicts of a swap, with the reasons of both. */
export function worst(list: readonly Judged[]): Judged | undefined {
  const first = [...list].sort((a, b) => hardness.indexOf(b.verdict) - hardness.indexOf(a.verdict))[0];
  return first && { ...first, reasons: list.flatMap((one) => one.reasons ?? []) };
}

function asked(work: Work) {
  return work.visitId === undefined ? { orders: [...work.orders] } : { visit_id: work.visitId };
}

const pause = 700;

/** Keeps days fresh by the server's stream; tells whether it is open. */
export function useLive(): boolean {
  const queries = useQueryClient();
  const [open, setOpen] = useState(false);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let due = false;
    const refresh = () => {
      // The first change shows at once; a burst of them is read once more when it is over.
      if (timer !== undefined) {
        due = true;
        return;
      }
      void queries.invalidateQueries({ queryKey: ['dispatch-day'] });
      void queries.invalidateQueries({ queryKey: ['dispatch-alerts'] });
      timer = setTimeout(() => {
        timer = undefined;
        if (!due) return;
        due = false;
        refresh();
      }, pause);
    };
    let source: EventSource | undefined;
    let again: ReturnType<typeof setTimeout> | undefined;
    let lost = false;
    const connect = () => {
      source = new EventSource(`${apiBase}/dispatch/live`);
      source.addEventListener('ready', () => {
        setOpen(true);
        if (lost) refresh(); // what happened while nobody listened
        lost = false;
      });
      source.addEventListener('change', refresh);
      source.addEventListener('error', () => {
        setOpen(false);
        lost = true;
        // A browser comes back by itself unless the server refused.
        if (source?.readyState === EventSource.CLOSED) again = setTimeout(connect, 10_000);
      });
    };
    connect();
    return () => {
      source?.close();
      clearTimeout(timer);
      clearTimeout(again);
    };
  }, [queries]);
  return open;
}
