import { Button, Input } from 'antd';
import { ArrowDown, ArrowUp, ChevronDown, ChevronUp, TriangleAlert, Trash2 } from 'lucide-react';
import { useId } from 'react';

import { useDeskT } from '@/i18n/desk';
import { Pill } from '@/kit/StatePill';

import { Choose, ChooseMany } from '../parts/Inputs';
import parts from '../parts/parts.module.css';
import { Answers } from './Answers';
import styles from './questions.module.css';
import { always, kinds, type Kind, type Question, type Spoken, type Words } from './sets';

interface Props {
  index: number;
  question: Question;
  /** Those above it, which it may hang on. */
  before: readonly Question[];
  spoken: Spoken;
  open: boolean;
  symptoms: readonly { value: string; label: string }[];
  faults: readonly { path: string; words: string }[];
  up: boolean;
  down: boolean;
  onToggle: () => void;
  onMove: (by: number) => void;
  onRemove: () => void;
  onChange: (question: Question) => void;
}

/** The words of a text in a language, else those that a customer would see. */
export const shown = (text: Words, spoken: Spoken) => [text[spoken.key], text.en, text.zh].find((one) => (one ?? '') !== '') ?? '';

/** One question: a line that opens into its fields. */
export function QuestionCard({ index, question, before, spoken, open, symptoms, faults, up, down, onToggle, onMove, onRemove, onChange }: Props) {
  const t = useDeskT();
  const label = useId();
  const words = shown(question.text, spoken);
  const on = before.find((one) => one.code === question.if?.question);
  const hangs = on && (question.if?.answers ?? []).map((code) => on.answers?.find((one) => one.code === code)).flatMap((one) => (one ? [shown(one.text, spoken)] : []));
  const danger = question.kind !== 'danger' && question.answers?.some((one) => one.danger);
  return (
    <li className={styles.card} data-wrong={faults.length > 0 || undefined} data-question={question.code}>
      <div className={styles.head}>
        <span className={styles.number}>{index + 1}</span>
        <button type="button" className={styles.title} id={label} aria-expanded={open} onClick={onToggle}>
          <b data-own-words>{words === '' ? t('questions.untitled') : words}</b>
          {on && (
            <small>
              {t('questions.onlyIf')} <span data-own-words>{`${shown(on.text, spoken)} ${(hangs ?? []).join(' / ')}`}</span>
            </small>
          )}
        </button>
        <Pill tone={question.kind === 'danger' ? 'bad' : question.kind === 'symptom' ? 'info' : 'neutral'} {...(question.kind === 'danger' ? { icon: TriangleAlert } : {})} label={t(`questions.kind.${question.kind}`)} />
        {danger && <Pill tone="bad" icon={TriangleAlert} label={t('questions.urgent')} />}
        <span className={styles.tools} role="group" aria-labelledby={label}>
          <Button type="text" size="small" icon={<ArrowUp size={16} aria-hidden />} disabled={!up} aria-label={t('questions.up')} title={t('questions.up')} onClick={() => onMove(-1)} />
          <Button type="text" size="small" icon={<ArrowDown size={16} aria-hidden />} disabled={!down} aria-label={t('questions.down')} title={t('questions.down')} onClick={() => onMove(1)} />
          <Button type="text" size="small" icon={<Trash2 size={16} aria-hidden />} aria-label={t('questions.remove')} title={t('questions.remove')} onClick={onRemove} />
          <Button type="text" size="small" icon={open ? <ChevronUp size={16} aria-hidden /> : <ChevronDown size={16} aria-hidden />} aria-expanded={open} aria-label={t(open ? 'questions.close' : 'questions.open')} title={t(open ? 'questions.close' : 'questions.open')} onClick={onToggle} />
        </span>
      </div>
      {faults.length > 0 && (
        <ul className={styles.faults} role="alert">
          {faults.map((fault) => (
            <li key={fault.path + fault.words}>
              <Where path={fault.path} /> {fault.words}
            </li>
          ))}
        </ul>
      )}
      {open && (
        <div className={styles.body}>
          <Line label={t('questions.text')} text={question.text} spoken={spoken} onChange={(text) => onChange({ ...question, text })} />
          <Line label={t('questions.hint')} text={question.hint ?? {}} spoken={spoken} onChange={(hint) => onChange({ ...question, hint })} />
          {question.kind !== 'danger' && question.kind !== 'symptom' && (
            <div className={parts.pair}>
              <Choose label={t('questions.kind')} value={question.kind} options={kinds.map((value) => ({ value, label: t(`questions.kind.${value}`) }))} onChange={(kind) => onChange(turned(question, kinds.find((one) => one === kind) ?? question.kind))} />
              <OnlyIf question={question} before={before} spoken={spoken} onChange={onChange} />
            </div>
          )}
          {question.kind !== 'text' && <Answers question={question} spoken={spoken} symptoms={symptoms} onChange={(answers) => onChange({ ...question, answers })} />}
        </div>
      )}
    </li>
  );
}

/** A question of another kind keeps what fits it. */
function turned(question: Question, kind: Kind): Question {
  const { answers = [], ...rest } = question;
  if (kind === 'text') return { ...rest, kind };
  if (kind === 'yes_no') {
    const words = { yes: { zh: '是', en: 'yes', ja: 'はい', ko: '예' }, no: { zh: '否', en: 'no', ja: 'いいえ', ko: '아니요' } };
    return { ...rest, kind, answers: (['yes', 'no'] as const).map((code) => answers?.find((one) => one.code === code) ?? { code, text: words[code] }) };
  }
  const kept = answers ?? [];
  return { ...rest, kind, answers: kept.length >= 2 ? kept : [{ code: 'a1', text: {} }, { code: 'a2', text: {} }] };
}

/** One text in the language that is being written; what customers see until it is translated stands in it greyed. */
export function Line({ label, text, spoken, onChange }: { label: string; text: Words; spoken: Spoken; onChange: (text: Words) => void }) {
  const id = useId();
  return (
    <label htmlFor={id} className={parts.field}>
      <span>
        {label} <span className={parts.soft} lang={spoken.lang}>{spoken.name}</span>
      </span>
      <Input id={id} lang={spoken.lang} maxLength={120} value={text[spoken.key] ?? ''} placeholder={shown(text, spoken)} onChange={(event) => onChange({ ...text, [spoken.key]: event.target.value })} />
    </label>
  );
}

/** The earlier answers with which a question is asked. */
function OnlyIf({ question, before, spoken, onChange }: Pick<Props, 'question' | 'before' | 'spoken' | 'onChange'>) {
  const t = useDeskT();
  const choices = before.filter((one) => one.kind !== 'text' && one.kind !== 'danger');
  const on = choices.find((one) => one.code === question.if?.question);
  if (choices.length === 0) return null;
  return (
    <>
      <Choose
        label={t('questions.if')}
        none={t('questions.always')}
        value={question.if?.question}
        options={choices.map((one) => ({ value: one.code, label: `${before.indexOf(one) + 1}. ${shown(one.text, spoken)}` }))}
        onChange={(code) => {
          const next = choices.find((one) => one.code === code);
          onChange(next ? { ...question, if: { question: next.code, answers: (next.answers ?? []).slice(0, 1).map((one) => one.code) } } : always(question));
        }}
      />
      {on && (
        <ChooseMany
          label={t('questions.ifAnswer')}
          value={question.if?.answers ?? []}
          options={(on.answers ?? []).map((one) => ({ value: one.code, label: shown(one.text, spoken) }))}
          onChange={(answers) => onChange({ ...question, if: { question: on.code, answers } })}
        />
      )}
    </>
  );
}

/** A fault's place in words: the third answer, in Korean. */
function Where({ path }: { path: string }) {
  const t = useDeskT();
  const [, answer, rest = path] = /^answers\.(\d+)\.?(.*)$/.exec(path) ?? [];
  const lang = { zh: '中文', en: 'English', ja: '日本語', ko: '한국어' }[rest.slice(rest.lastIndexOf('.') + 1)];
  const part = rest.startsWith('if') ? t('questions.if') : rest.startsWith('hint') ? t('questions.hint') : rest.startsWith('kind') ? t('questions.kind') : rest.startsWith('answers') ? t('questions.answers') : '';
  const said = [answer === undefined ? part : t('questions.answerNo', { number: Number(answer) + 1 }), lang].filter(Boolean);
  return said.length > 0 ? <span translate="no">{said.join(' · ')}</span> : null;
}
