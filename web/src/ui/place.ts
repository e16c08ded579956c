import { createContext, useContext, useEffect } from 'react';

import { useT } from '@/i18n/setup';

/** Where somebody is: what the rail or the set-up calls it, and what it is for. */
export interface Place {
  name: string;
  about?: string | undefined;
}

/** The place of the page that is shown; outside the desk's own frame there is none. */
export const PlaceHere = createContext<Place>({ name: '' });

/** The place of the page that is shown. */
export function usePlace(): Place {
  return useContext(PlaceHere);
}

/** Of several places the one that holds a path: the deepest. */
export function placeOf<T extends { to: string }>(places: readonly T[], path: string): T | undefined {
  return places.filter(({ to }) => path === to || path.startsWith(`${to}/`)).sort((a, b) => b.to.length - a.to.length)[0];
}

/** What the tab is called: from the nearest to the widest, without the parts that nobody knows yet. */
export function tabTitle(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' · ');
}

// The open record is named inside its place: whichever of the two comes last, both are told.
const shown = { record: '', place: '' };

/** Names the tab after a place or the record that is open in it, as long as it is shown. */
export function useTabTitle(slot: keyof typeof shown, name: string): void {
  const t = useT();
  useEffect(() => {
    const tell = (to: string) => {
      shown[slot] = to;
      document.title = tabTitle(shown.record, shown.place, t('app.name'));
    };
    tell(name);
    return () => tell('');
  }, [slot, name, t]);
}
