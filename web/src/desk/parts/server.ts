import { useQuery, type QueryKey, type UseQueryResult } from '@tanstack/react-query';

import { useCallback } from 'react';

import { answer, api, call } from '@/api/client';
import type { CursorPage } from '@/api/query';
import { readMe } from '@/api/session';
import { useLang } from '@/i18n/setup';
import type { ActInput } from '@/ui/actTypes';

import type { Catalog, Me } from './types';

interface Page<T> {
  items: T[] | null;
  next_cursor?: string;
  total?: number;
  total_over?: boolean;
}

/** A page as the lists take it: an empty list instead of none. */
export function toPage<T>(page: Page<T>): CursorPage<T> {
  return { items: page.items ?? [], next_cursor: page.next_cursor, total: page.total, total_over: page.total_over };
}

/** Reads a list to its end, page by page: for boards and choices, which need all of it. */
export async function readAll<T>(page: (cursor: string | undefined) => Promise<Page<T>>): Promise<T[]> {
  const all: T[] = [];
  for (let cursor: string | undefined, first = true; first || cursor; first = false) {
    const { items, next_cursor } = await page(cursor);
    all.push(...(items ?? []));
    cursor = next_cursor;
  }
  return all;
}

/** Reads one record or a short list; `everyMs` reads it again as long as it is on the screen. */
export function useRead<T>(key: QueryKey, read: (signal: AbortSignal) => Promise<T>, enabled = true, everyMs?: number): UseQueryResult<T> {
  return useQuery({ queryKey: key, queryFn: ({ signal }) => read(signal), enabled, ...(everyMs ? { refetchInterval: everyMs } : {}) });
}

/** Sends an act of a record; what the form left empty is left out. Assigning answers with the visit it made. */
export async function sendAct(path: string, input: ActInput, method = 'POST'): Promise<{ visit?: { id: string } }> {
  const body: Record<string, unknown> = { operation_id: input.operationId };
  if (input.reason !== '') body['reason'] = input.reason;
  if (input.note !== '') body['note'] = input.note;
  for (const [key, value] of Object.entries(input.extra)) if (value !== undefined && value !== '') body[key] = value;
  return call(method, path, { body, headers: { 'Idempotency-Key': input.operationId } }, (answered) => (answered ?? {}) as { visit?: { id: string } });
}

export { may } from '@/api/session';

/** Who is signed in. */
export function useMe(): UseQueryResult<Me> {
  return useQuery({ queryKey: ['me'], queryFn: readMe, staleTime: 300_000 });
}

/** Brands, products, reasons: changes seldom. */
export function useCatalog(): Catalog | undefined {
  return useQuery({ queryKey: ['catalog'], queryFn: () => answer(api.GET('/catalog')), staleTime: 600_000 }).data;
}

/** A thing with a name in both languages. */
interface Named {
  name_zh: string;
  name_en: string;
}

/** Gives a thing's name in the language in force. */
export function useNameOf(): (thing: Named | undefined, other?: string) => string {
  const lang = useLang();
  return useCallback((thing, other = '') => (thing ? (lang === 'en' && thing.name_en !== '' ? thing.name_en : thing.name_zh) : other), [lang]);
}

/** Words of a list's codes, as files take them. */
export function wordsOf<T>(list: readonly T[] | null | undefined, key: (one: T) => string, name: (one: T) => string): Record<string, string> {
  return Object.fromEntries((list ?? []).map((one) => [key(one), name(one)]));
}

/** Words that the server keeps with its codes: acts, reasons of decisions, classes. */
export function useSay(): (key: string, other?: string) => string {
  const lang = useLang();
  const { data } = useQuery({ queryKey: ['words', lang], queryFn: () => answer(api.GET('/words/{lang}', { params: { path: { lang } } })), staleTime: Infinity });
  return (key, other) => {
    const words: Partial<Record<string, string>> = data ?? {};
    return words[key] ?? other ?? key.slice(key.lastIndexOf('.') + 1);
  };
}

/** Reasons of one kind of act, as an act's form takes them; undefined while they load. */
export function useReasons(): (kind: string) => { value: string; label: string }[] {
  const catalog = useCatalog();
  const nameOf = useNameOf();
  return (kind) => (catalog?.reasons ?? []).filter((one) => one.active && (one.kinds ?? []).includes(kind)).map((one) => ({ value: one.code, label: nameOf(one) }));
}
