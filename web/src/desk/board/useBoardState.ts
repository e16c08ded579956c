import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';

import { dayAt, defaultZone } from '@/lib/instant';
import { useNow } from '@/lib/now';

/** What the board shows; it stands in the URL. */
export interface BoardState {
  day: string;
  today: string;
  /** Days side by side. */
  span: 1 | 3 | 7;
  outlet: string | undefined;
  /** Filters of engineers and of what waits. */
  q: string;
  skill: string | undefined;
  priority: string | undefined;
  list: boolean;
  /** The map beside the timeline, or below the list of a phone. */
  map: boolean;
  /** A visit that is looked at. */
  visit: string | undefined;
  /** An order that is being placed by the dialog. */
  order: string | undefined;
}

type Change = Partial<Record<'day' | 'span' | 'outlet' | 'q' | 'skill' | 'priority' | 'view' | 'map' | 'visit' | 'order', string | undefined>>;

/** The board's state and how it is changed; what is looked at adds a step to go back to. */
export function useBoardState(): [BoardState, (change: Change) => void] {
  const navigate = useNavigate();
  const search: Record<string, string | undefined> = useSearch({ strict: false });
  const today = dayAt(useNow(), defaultZone);
  const put = useCallback(
    (change: Change) => {
      const known = Object.fromEntries(Object.entries(change).map(([key, value]) => [key, value === '' ? undefined : value]));
      void navigate({ to: '.', search: ((before: Record<string, string>) => ({ ...before, ...known })) as never, replace: change.visit === undefined && change.order === undefined });
    },
    [navigate],
  );
  // The same object as long as nothing of it changes: who is given it is not drawn again.
  const kept = JSON.stringify(search);
  const state = useMemo(() => stateOf(JSON.parse(kept) as Record<string, string | undefined>, today), [kept, today]);
  return [state, put];
}

function stateOf(search: Record<string, string | undefined>, today: string): BoardState {
  const text = (key: string) => (search[key] === '' ? undefined : search[key]);
  const day = text('day');
  return {
    day: day !== undefined && /^\d{4}-\d\d-\d\d$/.test(day) && !Number.isNaN(Date.parse(day)) ? day : today,
    today,
    span: search['span'] === '3' ? 3 : search['span'] === '7' ? 7 : 1,
    outlet: text('outlet'),
    q: search['q'] ?? '',
    skill: text('skill'),
    priority: text('priority'),
    list: search['view'] === 'list',
    map: search['map'] === '1',
    visit: text('visit'),
    order: text('order'),
  };
}
