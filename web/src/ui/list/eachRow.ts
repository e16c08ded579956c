import { asApiError } from '@/api/problem';

import type { BulkResult } from './types';

/** Does one act on every row in turn and keeps which were refused, and why; it ends where the network or the session does. */
export async function eachRow(ids: readonly string[], act: (id: string) => Promise<unknown>, otherwise: string): Promise<BulkResult> {
  const refused: Record<string, string> = {};
  for (const id of ids) {
    try {
      await act(id);
    } catch (thrown) {
      const failure = asApiError(thrown);
      if (failure.kind === 'network' || failure.status === 401) throw failure;
      refused[id] = failure.words || otherwise;
    }
  }
  return { refused };
}
