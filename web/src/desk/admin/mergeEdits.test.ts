import { expect, it } from 'vitest';

import { mergeEdits } from './mergeEdits';

const base = { name: 'a', phone: '1', tags: ['x'] };

it.each([
  ['nothing was read anew', base, { ...base, name: 'mine' }, base, undefined],
  ['an untouched field follows', base, base, { ...base, name: 'theirs' }, { value: { ...base, name: 'theirs' }, clash: false }],
  ['a touched field stays', base, { ...base, name: 'mine' }, { ...base, phone: '2' }, { value: { ...base, name: 'mine', phone: '2' }, clash: false }],
  ['both changed the same field', base, { ...base, name: 'mine' }, { ...base, name: 'theirs' }, { value: { ...base, name: 'mine' }, clash: true }],
  ['both meant the same', base, { ...base, tags: ['y'] }, { ...base, tags: ['y'] }, { value: { ...base, tags: ['y'] }, clash: false }],
])('%s', (_, before, value, record, want) => {
  expect(mergeEdits(before, value, record)).toEqual(want);
});
