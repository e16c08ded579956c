import { QueryClient, useInfiniteQuery, useMutation, useQueryClient, type QueryKey } from '@tanstack/react-query';
import { useCallback, useMemo, useRef } from 'react';

import { uuid } from '@/lib/ids';

import { asApiError, type ApiError } from './problem';

declare module '@tanstack/react-query' {
  interface Register {
    defaultError: ApiError;
  }
}

/** One page of a list. The server counts up to a bound; `total_over` says that there are more. */
export interface CursorPage<T> {
  items: T[];
  next_cursor?: string | undefined;
  total?: number | undefined;
  total_over?: boolean | undefined;
}

/** The query cache of one page. The transport retries already; a refusal is never asked twice. */
export function createQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: { retry: false, staleTime: 15_000, refetchOnWindowFocus: true },
      mutations: { retry: false },
    },
  });
}

/** A list that grows as it is read. */
export interface CursorList<T> {
  items: T[];
  /** Rows that match, when the server said; see CursorPage. */
  total: number | undefined;
  totalOver: boolean;
  /** First page still on its way and nothing to show. */
  loading: boolean;
  loadingMore: boolean;
  hasMore: boolean;
  error: ApiError | null;
  more: () => void;
  reload: () => void;
}

/** Reads a list page by page. The key carries every filter; rows of the last filter stay until the new ones are there. */
export function useCursorList<T>(key: QueryKey, page: (cursor: string | undefined, signal: AbortSignal) => Promise<CursorPage<T>>): CursorList<T> {
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => page(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    // An empty cursor ends the list as a missing one does.
    getNextPageParam: (last) => (last.next_cursor === '' ? undefined : last.next_cursor),
    placeholderData: (before) => before,
  });
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = query;
  const items = useMemo(() => data?.pages.flatMap((one) => one.items) ?? [], [data]);
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const reload = useCallback(() => void refetch(), [refetch]);
  return {
    items,
    total: data?.pages[0]?.total,
    totalOver: data?.pages[0]?.total_over ?? false,
    loading: query.isPending,
    loadingMore: isFetchingNextPage,
    hasMore: hasNextPage,
    error: query.error ? asApiError(query.error) : null,
    more,
    reload,
  };
}

/**
 * Idempotency keys of one form: the same input gets the same key until an answer settles it, so that
 * "try again" after a lost answer cannot act twice, and changed input counts as another request.
 */
export class KeyRing {
  private input = '';
  private key = '';

  /** The key for this input. */
  of(input: unknown): string {
    const now = JSON.stringify({ input });
    if (this.key === '' || now !== this.input) {
      this.input = now;
      this.key = uuid();
    }
    return this.key;
  }

  /** Forgets the key: the request is known to have been carried out or refused. */
  settle(): void {
    this.key = '';
  }
}

/** An act: sends once per input, then marks what it changed as stale. */
export function useAct<In, Out>(options: { send: (input: In, idempotencyKey: string) => Promise<Out>; stale?: readonly QueryKey[]; done?: (out: Out, input: In) => void }) {
  const queries = useQueryClient();
  const ring = useRef(new KeyRing());
  return useMutation<Out, ApiError, In>({
    mutationFn: async (input) => {
      try {
        const out = await options.send(input, ring.current.of(input));
        ring.current.settle();
        return out;
      } catch (thrown) {
        const failure = asApiError(thrown);
        if (!failure.passing) ring.current.settle();
        throw failure;
      }
    },
    onSuccess: async (out, input) => {
      options.done?.(out, input);
      await Promise.all((options.stale ?? []).map((key) => queries.invalidateQueries({ queryKey: key })));
    },
  });
}
