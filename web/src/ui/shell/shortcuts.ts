import { useEffect, useRef } from 'react';

/** Whether keys go into a text somebody is writing. */
function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName);
}

/** Keys by name: `mod+k` is ⌘K on a Mac and Ctrl+K elsewhere; single keys rest while somebody writes. */
export type Shortcuts = Readonly<Record<string, () => void>>;

function nameOf(event: KeyboardEvent): string {
  const mod = event.ctrlKey || event.metaKey;
  return (mod ? 'mod+' : '') + event.key.toLowerCase();
}

/** Listens for shortcuts on the page. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const current = useRef(shortcuts);
  useEffect(() => {
    current.current = shortcuts;
  }, [shortcuts]);
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const name = nameOf(event);
      const run = current.current[name];
      if (!run || event.isComposing || event.altKey || (!name.startsWith('mod+') && isWriting(event.target))) return;
      event.preventDefault();
      run();
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);
}

/** How the modifier is written on this machine. */
export const modName = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl';
