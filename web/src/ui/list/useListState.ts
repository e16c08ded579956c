import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';

import { readListState, writeListState, type ListState, type Search } from './listState';

/** A change to the list's state. */
export type ListChange = (change: Partial<ListState>) => void;

/** The list's state in the URL. Opening a row adds a step to go back to; filters replace the step. */
export function useListState(filterKeys: readonly string[]): [ListState, ListChange] {
  const search = useSearch({ strict: false });
  const navigate = useNavigate();
  const joined = filterKeys.join(' ');
  const state = useMemo(() => readListState(search, joined.split(' ')), [search, joined]);
  const change = useCallback<ListChange>(
    (next) => {
      void navigate({
        to: '.',
        search: ((before: Search) => {
          const known = joined.split(' ');
          return writeListState(before, { ...readListState(before, known), ...next }, known);
        }) as never,
        replace: next.selected === undefined,
      });
    },
    [navigate, joined],
  );
  return [state, change];
}
