import { useLayoutEffect } from 'react';

import { useMedia } from '@/lib/media';
import { createKeptStore, useStore } from '@/lib/store';

import { cssVariables, dark, light, type Palette } from './tokens';

export const themeChoices = ['system', 'light', 'dark'] as const;
export type ThemeChoice = (typeof themeChoices)[number];

export const densities = ['comfortable', 'compact'] as const;
export type Density = (typeof densities)[number];

/** The person's choice on this device. */
export const themeStore = createKeptStore<ThemeChoice>('anxin.theme', themeChoices, 'system');
export const densityStore = createKeptStore<Density>('anxin.density', densities, 'comfortable');

export interface Look {
  dark: boolean;
  density: Density;
  palette: Palette;
  /** The person asked the system for less motion. */
  still: boolean;
}

/** The look in force: the choice, or the system's when none was made. */
export function useLook(): Look {
  const choice = useStore(themeStore);
  const density = useStore(densityStore);
  const systemDark = useMedia('(prefers-color-scheme: dark)');
  const still = useMedia('(prefers-reduced-motion: reduce)');
  const isDark = choice === 'dark' || (choice === 'system' && systemDark);
  return { dark: isDark, density, palette: isDark ? dark : light, still };
}

/** Keeps the page's custom properties in step with the look. */
export function useLookOnPage(): Look {
  const look = useLook();
  useLayoutEffect(() => {
    const root = document.documentElement;
    root.dataset['theme'] = look.dark ? 'dark' : 'light';
    root.dataset['density'] = look.density;
    root.style.colorScheme = look.dark ? 'dark' : 'light';
    for (const [name, value] of Object.entries(cssVariables(look.palette))) root.style.setProperty(name, value);
  }, [look.dark, look.density, look.palette]);
  return look;
}
