import { useSyncExternalStore } from 'react';

/** A value outside React that components follow. */
export interface Store<T> {
  get: () => T;
  set: (next: T) => void;
  subscribe: (listener: () => void) => () => void;
}

/** Makes a store; listeners run after each change to another value. */
export function createStore<T>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Follows a store. */
export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.get);
}

/** A store of one of a few words, kept in localStorage; an unknown stored word counts as none. */
export function createKeptStore<T extends string>(key: string, allowed: readonly T[], initial: T): Store<T> {
  let kept: string | null = null;
  try {
    kept = localStorage.getItem(key);
  } catch {
    // Storage is switched off: the choice lasts as long as the page.
  }
  const store = createStore<T>(allowed.find((word) => word === kept) ?? initial);
  return {
    ...store,
    set(next) {
      store.set(next);
      try {
        localStorage.setItem(key, next);
      } catch {
        // As above.
      }
    },
  };
}
