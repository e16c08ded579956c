import { afterEach, describe, expect, it, vi } from 'vitest';

import { keyFor, uuid } from './ids';

afterEach(() => vi.unstubAllGlobals());

it('makes version 4 ids that differ, without the randomUUID that pages without TLS lack', () => {
  const real = crypto;
  vi.stubGlobal('crypto', { getRandomValues: (bytes: Uint8Array<ArrayBuffer>) => real.getRandomValues(bytes) });
  const ids = Array.from({ length: 50 }, uuid);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(ids).size).toBe(50);
});

describe('keyFor', () => {
  it('is plain letters of bounded length, one for the same values', () => {
    const key = keyFor('f', { name: '小天鹅供应商', amount: 1 });
    expect(key).toMatch(/^f:[0-9a-f]{2,16}$/);
    expect(keyFor('f', { name: '小天鹅供应商', amount: 1 })).toBe(key);
    expect(keyFor('f', { name: '小天鹅供应商', amount: 2 })).not.toBe(key);
    expect(keyFor('f', { name: '长'.repeat(10_000) }).length).toBeLessThan(40);
  });
});
