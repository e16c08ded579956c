import { expect, it } from 'vitest';

import { isSealed, Sealer, sealKey } from './seal';

const keyOf = (fill: number) => sealKey(btoa(String.fromCharCode(...new Uint8Array(32).fill(fill))));

it('opens what it sealed, text and pictures', async () => {
  const key = await keyOf(1);
  const sealer = new Sealer(() => key);
  const note = { note: '门锁密码 4829', parts: [1] };
  const sealed = await sealer.seal('op-1', note);
  expect(isSealed(sealed)).toBe(true);
  expect(new TextDecoder().decode((sealed as { sealed: ArrayBuffer }).sealed)).not.toContain('4829');
  expect(await sealer.open('op-1', sealed)).toEqual(note);
  const picture = await sealer.seal<Blob>('f1', new Blob(['x'], { type: 'image/png' }));
  const opened = await sealer.open<Blob>('f1', picture);
  expect(await opened.text()).toBe('x');
  expect(opened.type).toBe('image/png');
});

it('never seals twice, and leaves content alone without a key', async () => {
  const key = await keyOf(1);
  const sealer = new Sealer(() => key);
  const once = await sealer.seal('a', { n: 1 });
  expect(await sealer.seal('a', once)).toBe(once);
  expect(await new Sealer(() => undefined).seal('a', { n: 1 })).toEqual({ n: 1 });
  expect(await sealer.open('a', { n: 1 })).toEqual({ n: 1 });
});

it.each([
  ['another person', 2, 'op-1', false],
  ['another record', 1, 'op-2', false],
  ['a changed byte', 1, 'op-1', true],
])('does not open for %s', async (_name, fill, id, harm) => {
  const mine = await keyOf(1);
  const sealed = (await new Sealer(() => mine).seal('op-1', { n: 1 })) as { sealed: ArrayBuffer };
  const bytes = new Uint8Array(sealed.sealed.slice(0));
  if (harm) bytes[20] = (bytes[20] ?? 0) ^ 1;
  const other = await keyOf(fill);
  await expect(new Sealer(() => other).open(id, { sealed: bytes.buffer })).rejects.toThrow();
});

it('says so when nobody can open it', async () => {
  await expect(new Sealer(() => undefined).open('a', { sealed: new ArrayBuffer(40) })).rejects.toThrow('nobody has signed in');
});
