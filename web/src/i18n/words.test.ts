import { describe, expect, it } from 'vitest';

import { commonEn, commonZh } from './words/common';
import { deskEn, deskZh } from './words/desk';
import { fieldEn, fieldZh } from './words/field';

const placeholders = (text: string) => [...text.matchAll(/{{(\w+)}}/g)].map((match) => match[1]).sort();

describe.each([
  ['common', commonZh, commonEn],
  ['desk', deskZh, deskEn],
  ['field', fieldZh, fieldEn],
] as [string, Record<string, string>, Record<string, string>][])('%s words', (_name, zh, en) => {
  it.each(Object.keys(zh))('%s says the same in both languages', (key) => {
    expect(zh[key]).not.toBe('');
    expect(placeholders(en[key] ?? '')).toEqual(placeholders(zh[key] ?? ''));
  });

  it('has no Chinese in the English words', () => {
    const mixed = Object.entries(en).filter(([, text]) => /\p{Script=Han}/u.test(text));
    expect(mixed).toEqual([]);
  });

  it('has no half-width stops beside Chinese', () => {
    const wrong = Object.entries(zh).filter(([, text]) => /\p{Script=Han}[,:;?!]|[,:;?!]\p{Script=Han}/u.test(text));
    expect(wrong).toEqual([]);
  });

  it('has no English key that Chinese lacks, plurals aside', () => {
    const extra = Object.keys(en).filter((key) => !(key in zh) && !(key.replace(/_one$/, '_other') in zh));
    expect(extra).toEqual([]);
  });
});
