import type { Command } from './types';

/** How well a command answers a text: 0 not at all, higher is better. */
export function score(command: Command, text: string): number {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return 1;
  const label = command.label.toLowerCase();
  if (label.startsWith(wanted)) return 4;
  if (label.includes(wanted)) return 3;
  const all = `${label} ${command.hint ?? ''} ${command.words ?? ''}`.toLowerCase();
  return wanted.split(/\s+/).every((word) => all.includes(word)) ? 2 : 0;
}

/** Commands that answer a text, best first, in their own order among equals. */
export function matching(commands: readonly Command[], text: string): Command[] {
  return commands
    .map((command) => ({ command, score: score(command, text) }))
    .filter((one) => one.score > 0)
    .sort((a, b) => b.score - a.score)
    .map((one) => one.command);
}
