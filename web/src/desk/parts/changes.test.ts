import { expect, it } from 'vitest';

import { changes, factOf } from './changes';

it('reads only texts that it knows', () => {
  expect(factOf({ priority: 'P2', version: 3, number: 'S1', reason: '', category: 'ac' })).toEqual({ priority: 'P2', category: 'ac' });
  expect(factOf(null)).toEqual({});
  expect(factOf('P1')).toEqual({});
});

it('names what differs, the priority first', () => {
  expect(changes({ category: 'ac', priority: 'P3' }, { category: 'fridge', priority: 'P1' })).toEqual([
    { key: 'priority', from: 'P3', to: 'P1' },
    { key: 'category', from: 'ac', to: 'fridge' },
  ]);
  expect(changes({}, { unit_id: 'u1' })).toEqual([{ key: 'unit_id', from: '', to: 'u1' }]);
  expect(changes({ priority: 'P3', reason: 'a' }, { priority: 'P3', reason: 'b' })).toEqual([]);
});
