import { expect, it } from 'vitest';

import { matching } from './match';
import type { Command } from './types';

const command = (key: string, label: string, words = ''): Command => ({ key, label, words, section: '', run: () => undefined });

const all = [command('cases', '服务请求', 'cases fwqq'), command('new', '新建服务请求', 'new case'), command('dark', '深色', 'dark theme')];

it.each([
  ['', ['cases', 'new', 'dark']],
  ['服务', ['cases', 'new']],
  ['新建', ['new']],
  ['FWQQ', ['cases']],
  ['theme dark', ['dark']],
  ['没有', []],
])('%s', (text, want) => {
  expect(matching(all, text).map((one) => one.key)).toEqual(want);
});
