import type { paths } from '@/api/schema';
import { createStore } from '@/lib/store';

import type { Column, ListSource } from './types';

type Body = paths['/exports']['post']['requestBody']['content']['application/json'];

/** Whether the drawer of background work is open. */
export const progressStore = createStore(false);

/** Filters as the address of a list writes them; what is not asked for is left out. */
function filtersOf(query: Record<string, unknown>): Record<string, string[]> {
  const out: Record<string, string[]> = {};
  for (const [key, value] of Object.entries(query)) {
    const list = (Array.isArray(value) ? value : [value]).filter((one): one is string | number | boolean => one !== undefined && one !== null && one !== '').map(String);
    // A list of values is one parameter, with commas between.
    if (list.length > 0) out[key] = [list.join(',')];
  }
  return out;
}

/** What the server is asked to write: the columns that are shown, under the filters in force. */
export function exportRequest<T>(title: string, columns: readonly Column<T>[], source: ListSource, format: 'csv' | 'xlsx'): Body {
  return {
    path: source.path,
    query: filtersOf(source.query),
    title,
    format,
    columns: columns.flatMap((column) => {
      if (column.sheet === undefined) return [];
      const cell = typeof column.sheet === 'string' ? { at: column.sheet } : column.sheet;
      const { at, ...rest } = cell;
      return [{ title: column.title, at: typeof at === 'string' ? [at] : [...at], ...rest }];
    }),
  };
}
