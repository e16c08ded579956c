import { useQuery } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';

import { useStore, type Store } from '@/lib/store';

import type { Drag } from './drag';
import { judgeDay } from './server';
import type { Judged, Lane } from './types';

/** How what is being dragged would be taken by each engineer. */
export type TintStore = Store<ReadonlyMap<string, Judged> | undefined>;

/** Asks, as soon as something is dragged, who could have it on a date; only the lines themselves follow the answer. */
export function Tints({ drag, lanes, day, tints }: { drag: Drag; lanes: readonly Lane[]; day: string | undefined; tints: TintStore }) {
  const dragged = useStore(drag.work);
  const ids = lanes.map((lane) => lane.id);
  const key = dragged && (dragged.visitId ?? dragged.orders.join());
  const { data } = useQuery({
    queryKey: ['judge', key, 'day', day, ids.join()],
    queryFn: ({ signal }) => (dragged && day ? judgeDay(dragged, ids, day, signal) : []),
    enabled: dragged !== undefined && day !== undefined,
    staleTime: 5_000,
  });
  useEffect(() => {
    tints.set(key === undefined || !data ? undefined : new Map(data.map((one) => [one.engineer_id, one])));
  }, [key, data, tints]);
  return null;
}

/** What is said of one engineer. */
export function useTint(tints: TintStore, engineer: string): Judged | undefined {
  return useSyncExternalStore(tints.subscribe, () => tints.get()?.get(engineer));
}
