import { useEffect, useMemo } from 'react';

import { createStore, useStore, type Store } from './store';

// One timer per period serves every clock on the page, so that they all tick together.
const tickers = new Map<number, Store<number>>();

function ticker(everyMs: number): Store<number> {
  const known = tickers.get(everyMs);
  if (known) return known;
  const store = createStore(Date.now());
  let timer: ReturnType<typeof setInterval> | undefined;
  let followers = 0;
  const made: Store<number> = {
    ...store,
    subscribe(listener) {
      const leave = store.subscribe(listener);
      followers += 1;
      timer ??= setInterval(() => store.set(Date.now()), everyMs);
      return () => {
        leave();
        followers -= 1;
        if (followers > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
  };
  tickers.set(everyMs, made);
  return made;
}

/** The current time in ms, renewed every `everyMs`. */
export function useNow(everyMs = 30_000): number {
  const store = useMemo(() => ticker(everyMs), [everyMs]);
  const shared = useStore(store);
  // A timer that nobody followed holds an old time until its first tick.
  useEffect(() => store.set(Date.now()), [store]);
  return shared;
}
