import { expect, it } from 'vitest';

import { sentence } from './sentence';

const words: Partial<Record<string, string>> = {
  'problem.state': '导入任务{state|word:import.state}时不能“{act|word:import.act}”。',
  'problem.size': '最多 {limit} 行（{n|number}）',
  'problem.list': '应为：{choices|list}',
  'import.state.done': '已完成',
};
const say = (key: string, other?: string) => words[key] ?? other ?? key;

it.each([
  ['problem.state', { state: 'done', act: 'undo' }, '导入任务已完成时不能“undo”。'],
  ['problem.size', { limit: 5, n: 7 }, '最多 5 行（7）'],
  ['problem.list', { choices: ['a', 'b'] }, '应为：a, b'],
  ['problem.size', {}, '最多  行（）'],
  ['problem.unknown', {}, 'problem.unknown'],
])('%s with %j', (key, params, want) => {
  expect(sentence(say, key, params)).toBe(want);
});
