import type { LucideIcon } from 'lucide-react';

/** One place of the rail. Which ones a person gets is decided by role, before the shell. */
export interface NavItem {
  key: string;
  label: string;
  icon: LucideIcon;
  /** Path within the desk: /cases. */
  to: string;
  /** Key that goes there after g. */
  hotkey?: string | undefined;
  /** What waits there; zero and undefined show nothing. */
  count?: number | undefined;
  /** Whether there are more than the count says. */
  more?: boolean | undefined;
}

/** Places that belong together. */
export interface NavGroup {
  key: string;
  label?: string;
  items: readonly NavItem[];
}

/** Who works here. */
export interface ShellUser {
  name: string;
  /** Role or outlet, in words. */
  role: string;
}

/** One line of the palette: a place, an act or a found record. */
export interface Command {
  key: string;
  label: string;
  hint?: string | undefined;
  section: string;
  icon?: LucideIcon | undefined;
  /** Other words that find it. */
  words?: string | undefined;
  /** Key that runs it by itself. */
  hotkey?: string | undefined;
  run: () => void;
}

/** Looks records up on the server while somebody types. */
export type Finder = (text: string, signal: AbortSignal) => Promise<readonly Command[]>;
