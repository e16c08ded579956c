import type { CursorPage } from '@/api/query';
import { asApiError } from '@/api/problem';
import { saveAs } from '@/lib/download';
import { uuid } from '@/lib/ids';
import { createStore } from '@/lib/store';
import type { JobView } from '@/ui/ProgressDrawer';

import type { Column } from './types';

/** Exports of this page, the newest first; they go on while the person works elsewhere in the desk. */
export const exportStore = createStore<readonly JobView[]>([]);

const running = new Map<string, AbortController>();

/** Rows an export holds at most: a spreadsheet takes no more. */
const maxRows = 1_000_000;

function note(id: string, change: Partial<JobView>): void {
  exportStore.set(exportStore.get().map((one) => (one.id === id ? { ...one, ...change } : one)));
}

/** Ends an export; false when there is none of that id. */
export function stopExport(id: string): boolean {
  const stop = running.get(id);
  stop?.abort();
  return stop !== undefined;
}

/** A cell as CSV: quoted, and never a formula of a spreadsheet. */
export function csvCell(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) && !/^[+-]?\d+(\.\d+)?$/.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function textOf<T>(column: Column<T>, row: T): string {
  if (column.text) return column.text(row) ?? '';
  const cell = column.cell(row);
  return typeof cell === 'string' || typeof cell === 'number' ? `${cell}` : '';
}

/** Reads a list to its end, page by page, and hands it over as a CSV file that spreadsheets open as it is. */
export async function exportList<T>(title: string, columns: readonly Column<T>[], page: (cursor: string | undefined, signal: AbortSignal) => Promise<CursorPage<T>>): Promise<void> {
  const id = uuid();
  const stop = new AbortController();
  running.set(id, stop);
  exportStore.set([{ id, title, state: 'running', done: 0, total: 0 }, ...exportStore.get()]);
  const lines = [columns.map((column) => csvCell(column.title)).join(',')];
  try {
    for (let cursor: string | undefined, first = true; (first || cursor) && lines.length <= maxRows; first = false) {
      const got = await page(cursor, stop.signal);
      for (const row of got.items) lines.push(columns.map((column) => csvCell(textOf(column, row))).join(','));
      cursor = got.next_cursor === '' ? undefined : got.next_cursor;
      const done = lines.length - 1;
      note(id, { done, total: got.total !== undefined && !got.total_over ? got.total : cursor ? 0 : done, note: `${done}` });
    }
    const at = new Date().toISOString().slice(0, 10);
    saveAs(new Blob(['\uFEFF', lines.join('\r\n'), '\r\n'], { type: 'text/csv;charset=utf-8' }), `${title}-${at}.csv`);
    note(id, { state: 'done', note: undefined });
  } catch (thrown) {
    const failure = asApiError(thrown);
    note(id, { state: failure.kind === 'stopped' ? 'cancelled' : 'failed', note: failure.words });
  } finally {
    running.delete(id);
  }
}
