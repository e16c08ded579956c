import { expect, it } from 'vitest';

import { commonZh } from '@/i18n/words/common';

import { lookOf, stateLooks } from './states';

it('every state has words and every word has a state', () => {
  const states = Object.entries(stateLooks).flatMap(([kind, looks]) => Object.keys(looks).map((state) => `state.${kind}.${state}`));
  const words = Object.keys(commonZh).filter((key) => key.startsWith('state.'));
  expect(states.sort()).toEqual(words.sort());
});

it('an unknown state looks neutral', () => {
  expect(lookOf('order', 'teleported').tone).toBe('neutral');
});
