import { expect, it } from 'vitest';

import { fitInside, squareOf } from './photo';

it.each([
  ['a square stays whole', [600, 600], { x: 0, y: 0, side: 600 }],
  ['of a wide one the middle', [1600, 900], { x: 350, y: 0, side: 900 }],
  ['of a tall one what is above the middle: the face', [900, 1500], { x: 0, y: 200, side: 900 }],
  ['of a line what there is', [400, 1], { x: 200, y: 0, side: 1 }],
] as const)('%s', (_, [width, height], want) => {
  expect(squareOf(width, height)).toEqual(want);
});

it('never enlarges', () => {
  expect(fitInside(300, 300, 800)).toEqual({ width: 300, height: 300 });
});
