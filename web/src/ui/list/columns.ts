import { useState } from 'react';

import { createStore, useStore, type Store } from '@/lib/store';

import type { Column } from './types';

function read(key: string): string[] | undefined {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? 'null');
    return Array.isArray(kept) ? kept.filter((one): one is string => typeof one === 'string') : undefined;
  } catch {
    return undefined;
  }
}

const stores = new Map<string, Store<string[] | undefined>>();

function storeOf(listId: string): Store<string[] | undefined> {
  const key = `anxin.columns.${listId}`;
  const known = stores.get(key);
  if (known) return known;
  const store = createStore(read(key));
  store.subscribe(() => {
    const shown = store.get();
    try {
      if (shown) localStorage.setItem(key, JSON.stringify(shown));
      else localStorage.removeItem(key);
    } catch {
      // Storage is switched off: the choice lasts as long as the page.
    }
  });
  stores.set(key, store);
  return store;
}

/** The columns a person sees of a list, kept on this device. */
export function useColumns<T>(listId: string, columns: readonly Column<T>[]) {
  const [store] = useState(() => storeOf(listId));
  const chosen = useStore(store);
  const shown = columns.filter((column) => (chosen ? chosen.includes(column.key) : column.initially !== 'hidden'));
  return {
    // A choice that hides everything would leave rows nobody can read.
    shown: shown.length > 0 ? shown : columns.slice(0, 1),
    toggle: (key: string) => {
      const keys = shown.map((column) => column.key);
      store.set(keys.includes(key) ? keys.filter((one) => one !== key) : [...keys, key]);
    },
    reset: () => store.set(undefined),
    /** Shows just these, as a saved view wants it; none keeps what is chosen. */
    choose: (keys: readonly string[]) => {
      if (keys.length > 0) store.set([...keys]);
    },
  };
}
