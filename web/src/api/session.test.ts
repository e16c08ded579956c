import { expect, it } from 'vitest';

import { may, type Me } from './session';

const me = (permissions: string[] | null): Me => ({ kind: 'user', lang: 'en', now: '', permissions });

it.each([
  [['cases.read'], true],
  [['*'], true],
  [['cases.act'], false],
  [null, false],
])('%j may read cases: %s', (permissions, want) => {
  expect(may(me(permissions), 'cases.read')).toBe(want);
});
