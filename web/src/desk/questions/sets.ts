import type { components } from '@/api/schema';

export type QuestionSet = components['schemas']['KnowledgeSetBody'];
export type Question = components['schemas']['KnowledgeQuestionBody'];
export type Answer = components['schemas']['KnowledgeAnswerBody'];
export type Words = components['schemas']['KnowledgeTextBody'];
export type Kind = Question['kind'];
export type Danger = NonNullable<Answer['danger']>;

/** Languages that customers read, as a text names them and as pages do. */
export const spoken = [
  { key: 'zh', lang: 'zh-CN', name: '中文' },
  { key: 'en', lang: 'en', name: 'English' },
  { key: 'ja', lang: 'ja', name: '日本語' },
  { key: 'ko', lang: 'ko', name: '한국어' },
] as const;
export type Spoken = (typeof spoken)[number];

export const dangers = ['gas', 'co', 'fire', 'shock', 'water'] as const satisfies readonly Danger[];
export const kinds = ['one', 'many', 'yes_no', 'text'] as const satisfies readonly Kind[];

/** What a set is for; an empty brand is every brand without its own, an empty model all models. */
export interface Place {
  brand: string;
  category: string;
  model: string;
}

/** A place as it stands in an address. */
export const placeKey = ({ brand, category, model }: Place) => [brand || 'all', category, model || 'all'].join('~');

export function placeOf(key: string): Place {
  const [brand = '', category = '', model = ''] = key.split('~');
  const named = (part: string) => (part === 'all' ? '' : part);
  return { brand: named(brand), category, model: named(model) };
}

const at = (set: QuestionSet, { brand, category, model }: Place) => (set.brand_id ?? '') === brand && set.category === category && (set.model_id ?? '') === model;

/** The set of a place in a state. */
export const setAt = (sets: readonly QuestionSet[], place: Place, state: QuestionSet['state']) => sets.find((one) => one.state === state && at(one, place));

/** All editions of a place, the newest first. */
export const editionsAt = (sets: readonly QuestionSet[], place: Place) => sets.filter((one) => one.state !== 'draft' && at(one, place));

/** What is asked at a place: its own set, else the next wider one; none: the product's. */
export function inForce(sets: readonly QuestionSet[], place: Place): QuestionSet | undefined {
  const wider = [place, { ...place, model: '' }, { ...place, model: '', brand: '' }];
  return wider.map((one) => setAt(sets, one, 'published')).find((one) => one !== undefined);
}

/** How many answers name a danger to life. */
const named = (question: Question | undefined) => new Set((question?.answers ?? []).map((one) => one.danger).filter((one) => one !== undefined));

/** The question about dangers, which is the first one if there is one. */
export const first = (list: readonly Question[]) => list.find((one) => one.kind === 'danger');

/** Dangers to life that the product's first question names and this one does not. */
export function missing(list: readonly Question[], product: readonly Question[]): Danger[] {
  const own = named(first(list));
  return [...named(first(product))].filter((one) => one !== 'water' && !own.has(one));
}

/** The set with the dangers back that it lacks, in the product's words. */
export function withDangers(list: readonly Question[], product: readonly Question[]): Question[] {
  const from = first(product);
  if (!from) return [...list];
  const lacks = missing(list, product);
  const answers = (from.answers ?? []).filter((one) => one.danger !== undefined && lacks.includes(one.danger));
  const own = first(list);
  if (!own) return [{ ...from, code: fresh('danger', list), answers: from.answers ?? [] }, ...list];
  const taken = [...(own.answers ?? [])];
  for (const answer of answers) taken.push({ ...answer, code: freshAnswer(answer.code, taken) });
  return list.map((one) => (one === own ? { ...one, answers: taken } : one));
}

const unused = (wanted: string, taken: readonly string[]) => {
  if (!taken.includes(wanted)) return wanted;
  for (let n = 2; ; n++) if (!taken.includes(`${wanted}-${n}`)) return `${wanted}-${n}`;
};

/** A code that no question has. */
export const fresh = (wanted: string, list: readonly Question[]) =>
  unused(
    wanted,
    list.map((one) => one.code),
  );

/** A code that no answer has. */
export const freshAnswer = (wanted: string, list: readonly Answer[]) =>
  unused(
    wanted,
    list.map((one) => one.code),
  );

const rank = (question: Question) => (question.kind === 'danger' ? 0 : question.kind === 'symptom' ? 1 : 2);

/** Whether an order makes sense: dangers, symptoms, the rest, each behind what it hangs on. */
export function ordered(list: readonly Question[]): boolean {
  return list.every((one, i) => {
    const before = list.slice(0, i);
    return before.every((other) => rank(other) <= rank(one)) && (one.if === undefined || before.some((other) => other.code === one.if?.question));
  });
}

/** The list with one of its rows a place further up or down. */
export function moved<T>(list: readonly T[], from: number, by: number): T[] {
  const out = [...list];
  out.splice(from + by, 0, ...out.splice(from, 1));
  return out;
}

/** Whether a question may go up (-1) or down (1). */
export const movable = (list: readonly Question[], from: number, by: number) => from + by >= 0 && from + by < list.length && ordered(moved(list, from, by));

/** The question without its condition. */
export const always = ({ code, kind, text, hint, answers }: Question): Question => ({ code, kind, text, ...(hint ? { hint } : {}), ...(answers ? { answers } : {}) });

/** The answer with another meaning. */
export const meaning = ({ code, text }: Answer, symptom: string | undefined, danger: Danger | undefined): Answer => ({ code, text, ...(symptom ? { symptom } : {}), ...(danger ? { danger } : {}) });

/** The list without conditions that name what is no longer there. */
export function tidied(list: readonly Question[]): Question[] {
  return list.map((one, i) => {
    if (!one.if) return one;
    const on = list.slice(0, i).find((other) => other.code === one.if?.question && other.kind !== 'text');
    const answers = (one.if.answers ?? []).filter((code) => on?.answers?.some((answer) => answer.code === code));
    return on && answers.length > 0 ? { ...one, if: { question: on.code, answers } } : always(one);
  });
}

/** How many texts a language lacks that the Chinese has. */
export function untold(list: readonly Question[], key: Spoken['key']): number {
  const texts = list.flatMap((one) => [one.text, one.hint ?? {}, ...(one.answers ?? []).map((answer) => answer.text)]);
  return texts.filter((text) => (text.zh ?? '').trim() !== '' && (text[key] ?? '').trim() === '').length;
}

/** Faults by the question that they are about; those about the whole under -1. */
export function faultsBy(fields: readonly { path: string; words: string; code: string }[]): Map<number, { path: string; words: string }[]> {
  const out = new Map<number, { path: string; words: string }[]>();
  for (const { path, words, code } of fields) {
    const [, index, rest = ''] = /^questions\.(\d+)\.?(.*)$/.exec(path) ?? [];
    const key = index === undefined ? -1 : Number(index);
    out.set(key, [...(out.get(key) ?? []), { path: index === undefined ? path : rest, words: words || code }]);
  }
  return out;
}
