import { describe, expect, it } from 'vitest';

import { placeOf, tabTitle } from './place';

describe('placeOf', () => {
  const places = [{ to: '/admin' }, { to: '/admin/imports' }, { to: '/returns' }, { to: '/returns-report' }];
  it.each([
    ['/admin', '/admin'],
    ['/admin/imports/new', '/admin/imports'],
    ['/admin/policy', '/admin'],
    ['/returns/01a2', '/returns'],
    ['/returns-report', '/returns-report'],
    ['/sign-in', undefined],
  ])('%s is in %s', (path, to) => {
    expect(placeOf(places, path)?.to).toBe(to);
  });
});

describe('tabTitle', () => {
  it('goes from the nearest to the widest', () => {
    expect(tabTitle('C2611-000084', '服务请求', '安心')).toBe('C2611-000084 · 服务请求 · 安心');
  });
  it('leaves out what is not known yet', () => {
    expect(tabTitle('', '', 'Anxin')).toBe('Anxin');
  });
});
