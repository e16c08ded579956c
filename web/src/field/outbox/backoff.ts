const firstMs = 5_000;
const longestMs = 600_000;

/**
 * Pause before the next try in ms: 5 s, 10 s, 20 s … 10 min, spread by a fifth either way so that a
 * hundred phones in a returning network do not call at once. `random` is in [0, 1). What the server
 * asked for is the least.
 */
export function backoff(tries: number, random: number, retryAfterMs = 0): number {
  const plain = Math.min(longestMs, firstMs * 2 ** Math.max(0, tries - 1));
  const spread = plain * (0.8 + 0.4 * random);
  return Math.max(retryAfterMs, Math.round(spread));
}
