import { expect, it } from 'vitest';

import { withTitles } from './ruleNames';

const rules = [
  { rule: 'cn/W08', title: { zh: '整机', en: 'Whole product' } },
  { rule: 'cn/W08P', title: { zh: '主要部件', en: 'Main parts' } },
];

it.each([
  ['zh-CN', '按规则 cn/W08P 可修理', '按规则 “主要部件” 可修理'],
  ['en', 'rule cn/W08 gives a repair, cn/W08P too', 'rule “Whole product” gives a repair, “Main parts” too'],
  ['en', 'rule eu/R1 gives a refund', 'rule eu/R1 gives a refund'],
])('%s: %s', (lang, text, want) => {
  expect(withTitles(text, rules, lang)).toBe(want);
});
