import { useEffect, useRef } from 'react';

/** Whether keys go into a text somebody is writing. */
function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName);
}

/** Keys by name: `mod+k` is ⌘K on a Mac and Ctrl+K elsewhere, `g c` is c after g; plain keys rest while somebody writes or a dialog is open. */
export type Shortcuts = Readonly<Record<string, () => void>>;

function nameOf(event: KeyboardEvent): string {
  const mod = event.ctrlKey || event.metaKey;
  return (mod ? 'mod+' : '') + event.key.toLowerCase();
}

/** How soon the second key of a pair follows. */
const pairMs = 1200;

/** Whether a dialog is to be seen; one that was closed may stay in the page, hidden with what holds it. */
function dialogStands(): boolean {
  return [...document.querySelectorAll('[role=dialog]')].some((one) => one.getClientRects().length > 0);
}

/** Listens for shortcuts on the page. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const current = useRef(shortcuts);
  useEffect(() => {
    current.current = shortcuts;
  }, [shortcuts]);
  useEffect(() => {
    let first = { key: '', at: 0 };
    const listen = (event: KeyboardEvent) => {
      const name = nameOf(event);
      if (event.isComposing || event.altKey) return;
      const plain = !name.startsWith('mod+');
      if (plain && (isWriting(event.target) || dialogStands())) return;
      const pair = event.timeStamp - first.at < pairMs ? current.current[`${first.key} ${name}`] : undefined;
      first = { key: plain ? name : '', at: event.timeStamp };
      const run = pair ?? current.current[name];
      if (!run) return;
      event.preventDefault();
      first = { key: '', at: 0 };
      run();
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);
}

/** How the modifier is written on this machine. */
export const modName = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl';
