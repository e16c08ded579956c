import { describe, expect, it } from 'vitest';

import { parseSearch, readListState, stringifySearch, writeListState, type ListState } from './listState';

const keys = ['state', 'brand'];

describe('list state in the URL', () => {
  it.each<[string, ListState, string]>([
    ['nothing', { q: '', filters: {}, sort: '', selected: '' }, ''],
    ['filters', { q: '', filters: { state: ['open', 'serving'] }, sort: '', selected: '' }, '?state=open,serving'],
    [
      'everything',
      { q: '不制冷', filters: { brand: ['b1'] }, sort: '-due', selected: 'C2611-1' },
      '?q=%E4%B8%8D%E5%88%B6%E5%86%B7&sort=-due&sel=C2611-1&brand=b1',
    ],
    ['values with our own separators', { q: 'a&b=c', filters: { state: ['a,b', 'c\\d'] }, sort: '', selected: '' }, '?q=a%26b%3Dc&state=a%5C,b,c%5C%5Cd'],
  ])('%s goes there and back', (_name, state, url) => {
    expect(stringifySearch(writeListState({}, state, keys))).toBe(url);
    expect(readListState(parseSearch(url), keys)).toEqual(state);
  });

  it('keeps parameters of others and drops its own when emptied', () => {
    const before = parseSearch('?tab=map&state=open&sel=1');
    const after = writeListState(before, { q: '', filters: {}, sort: '', selected: '' }, keys);
    expect(after).toEqual({ tab: 'map' });
  });

  it('reads a link that somebody cut or filled with commas', () => {
    expect(readListState(parseSearch('?state=,,open,&brand='), keys).filters).toEqual({ state: ['open'] });
    expect(readListState(parseSearch('?state=open\\'), keys).filters).toEqual({ state: ['open\\'] });
  });

  it('leaves values that are not text out of the URL', () => {
    expect(stringifySearch({ a: undefined, b: 1, c: 'x' })).toBe('?c=x');
  });
});
