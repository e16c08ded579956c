import { useCallback, useSyncExternalStore } from 'react';

/** Whether a media query holds, followed. */
export function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const list = window.matchMedia(query);
      list.addEventListener('change', listener);
      return () => list.removeEventListener('change', listener);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => window.matchMedia(query).matches);
}

/** Widths below this get one column, cards for tables and a drawer for the rail. */
export const phoneWidth = 720;

/** Whether the page is as narrow as a phone. */
export function usePhone(): boolean {
  return useMedia(`(max-width: ${phoneWidth - 1}px)`);
}
