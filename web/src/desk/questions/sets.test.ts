import { expect, it } from 'vitest';

import { faultsBy, inForce, missing, movable, moved, ordered, placeKey, placeOf, tidied, untold, withDangers, type Question, type QuestionSet } from './sets';

const danger: Question = { code: 'danger', kind: 'danger', text: { zh: '危险' }, answers: [{ code: 'gas', text: { zh: '燃气' }, danger: 'gas' }, { code: 'fire', text: { zh: '火' }, danger: 'fire' }, { code: 'water', text: { zh: '水' }, danger: 'water' }] };
const symptom: Question = { code: 's', kind: 'symptom', text: { zh: '症状' }, answers: [{ code: 'cold', text: { zh: '不热' } }] };
const yes: Question = { code: 'q', kind: 'yes_no', text: { zh: '问', en: 'ask' }, answers: [{ code: 'yes', text: { zh: '是' } }] };
const hangs: Question = { code: 'r', kind: 'text', text: { zh: '再问' }, if: { question: 'q', answers: ['yes'] } };

it('names places in addresses', () => {
  for (const place of [
    { brand: '', category: 'AC', model: '' },
    { brand: 'b1', category: 'AC', model: 'm1' },
  ]) expect(placeOf(placeKey(place))).toEqual(place);
});

it('finds what is asked', () => {
  const set = (id: string, brand_id: string, model_id: string, state: QuestionSet['state']): QuestionSet => ({ id, brand_id, model_id, category: 'AC', state, edition: 1, count: 1, missing: [], version: 1 });
  const sets = [set('all', '', '', 'published'), set('brand', 'b1', '', 'published'), set('model', 'b1', 'm1', 'published'), set('draft', 'b2', '', 'draft')];
  const at = (brand: string, model = '', category = 'AC') => inForce(sets, { brand, model, category })?.id;
  expect([at('b1', 'm1'), at('b1', 'm2'), at('b2'), at(''), at('b1', '', 'WM')]).toEqual(['model', 'brand', 'all', 'all', undefined]);
});

it('keeps dangers to life', () => {
  const product = [danger, symptom];
  const without = [{ ...danger, answers: danger.answers?.slice(1, 2) ?? [] }, symptom];
  expect(missing(without, product)).toEqual(['gas']);
  expect(missing(withDangers(without, product), product)).toEqual([]);
  expect(missing([symptom], product)).toEqual(['gas', 'fire']);
  expect(withDangers([symptom], product).map((one) => one.kind)).toEqual(['danger', 'symptom']);
});

it('keeps an order that makes sense', () => {
  expect(ordered([danger, symptom, yes, hangs])).toBe(true);
  expect(ordered([danger, symptom, hangs, yes])).toBe(false);
  expect(movable([danger, symptom, yes, hangs], 1, -1)).toBe(false);
  expect(movable([danger, symptom, yes, hangs], 2, 1)).toBe(false);
  expect(movable([danger, yes, { ...hangs, code: 'x', if: { question: 'danger', answers: ['gas'] } }], 2, -1)).toBe(true);
  expect(moved(['a', 'b', 'c'], 0, 1)).toEqual(['b', 'a', 'c']);
});

it('drops conditions on what is gone', () => {
  expect(tidied([yes, hangs])).toEqual([yes, hangs]);
  expect(tidied([hangs])[0]?.if).toBeUndefined();
  expect(tidied([{ ...yes, answers: [] }, hangs])[1]?.if).toBeUndefined();
});

it('counts what is not translated', () => {
  expect([untold([yes], 'zh'), untold([yes], 'en'), untold([yes], 'ko')]).toEqual([0, 1, 2]);
});

it('puts faults to their questions', () => {
  const found = faultsBy([
    { path: 'questions.2.answers.0.text.zh', words: '必填', code: 'required' },
    { path: 'category', words: '', code: 'unknown_reference' },
  ]);
  expect(found.get(2)).toEqual([{ path: 'answers.0.text.zh', words: '必填' }]);
  expect(found.get(-1)).toEqual([{ path: 'category', words: 'unknown_reference' }]);
});
