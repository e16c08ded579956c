import { expect, it } from 'vitest';

import { pathOf, routeOf, type Route } from './route';

it.each<[string, Route]>([
  ['/field/visits', { page: 'visits', day: 'today' }],
  ['/field/visits/tomorrow', { page: 'visits', day: 'tomorrow' }],
  ['/field/visits/a%2Fb', { page: 'visit', id: 'a/b' }],
  ['/field/outbox', { page: 'outbox' }],
  ['/field/me', { page: 'me' }],
  ['/field/sign-in', { page: 'signIn' }],
])('%s', (path, route) => {
  expect(routeOf(path)).toEqual(route);
  expect(pathOf(route)).toBe(path);
});

it('an unknown address is the list', () => {
  expect(routeOf('/field/nowhere')).toEqual({ page: 'visits', day: 'today' });
  expect(routeOf('/field')).toEqual({ page: 'visits', day: 'today' });
});
