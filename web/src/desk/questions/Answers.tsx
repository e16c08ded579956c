import { Button, Input, Select } from 'antd';
import { ArrowDown, ArrowUp, Plus, Trash2 } from 'lucide-react';

import { useDeskT } from '@/i18n/desk';

import styles from './questions.module.css';
import { dangers, freshAnswer, meaning, moved, type Answer, type Question, type Spoken } from './sets';

interface Props {
  question: Question;
  spoken: Spoken;
  symptoms: readonly { value: string; label: string }[];
  onChange: (answers: Answer[]) => void;
}

/** What may be answered: words, the symptom and the danger that an answer means. */
export function Answers({ question, spoken, symptoms, onChange }: Props) {
  const t = useDeskT();
  const list = question.answers ?? [];
  const fixed = question.kind === 'yes_no';
  const put = (i: number, change: Partial<Answer>) => onChange(list.map((one, k) => (k === i ? { ...one, ...change } : one)));
  const mean = (i: number, symptom: string | undefined, danger: Answer['danger']) => onChange(list.map((one, k) => (k === i ? meaning(one, symptom, danger) : one)));
  return (
    <fieldset className={styles.answers}>
      <legend>{t('questions.answers')}</legend>
      {list.map((answer, i) => {
        const named = t('questions.answerNo', { number: i + 1 });
        return (
          <div key={answer.code} className={styles.answer} data-short={question.kind === 'danger' || undefined} role="group" aria-label={named}>
            <Input
              aria-label={named}
              lang={spoken.lang}
              maxLength={120}
              value={answer.text[spoken.key] ?? ''}
              placeholder={[answer.text.en, answer.text.zh].find((one) => (one ?? '') !== '') ?? named}
              onChange={(event) => put(i, { text: { ...answer.text, [spoken.key]: event.target.value } })}
            />
            {question.kind !== 'danger' && (
              <Select
                aria-label={t('questions.symptom')}
                allowClear
                showSearch={{ optionFilterProp: 'label' }}
                placeholder={t('questions.symptom')}
                value={answer.symptom ?? null}
                options={symptoms.map((one) => ({ ...one }))}
                onChange={(symptom: string | null) => mean(i, symptom ?? undefined, answer.danger)}
              />
            )}
            <Select
              aria-label={t('questions.danger')}
              allowClear={question.kind !== 'danger'}
              placeholder={t('questions.danger')}
              value={answer.danger ?? null}
              options={dangers.map((value) => ({ value, label: t(`questions.danger.${value}`) }))}
              onChange={(danger: (typeof dangers)[number] | null) => mean(i, answer.symptom, danger ?? undefined)}
            />
            <span className={styles.tools}>
              {!fixed && (
                <>
                  <Button type="text" size="small" icon={<ArrowUp size={16} aria-hidden />} disabled={i === 0} aria-label={t('questions.up')} title={t('questions.up')} onClick={() => onChange(moved(list, i, -1))} />
                  <Button type="text" size="small" icon={<ArrowDown size={16} aria-hidden />} disabled={i === list.length - 1} aria-label={t('questions.down')} title={t('questions.down')} onClick={() => onChange(moved(list, i, 1))} />
                  <Button type="text" size="small" icon={<Trash2 size={16} aria-hidden />} aria-label={t('questions.removeAnswer')} title={t('questions.removeAnswer')} onClick={() => onChange(list.filter((_, k) => k !== i))} />
                </>
              )}
            </span>
          </div>
        );
      })}
      {!fixed && (
        <div>
          <Button size="small" icon={<Plus size={14} aria-hidden />} disabled={list.length >= 40} onClick={() => onChange([...list, { code: freshAnswer('a', list), text: {}, ...(question.kind === 'danger' ? { danger: 'fire' as const } : {}) }])}>
            {t('questions.addAnswer')}
          </Button>
        </div>
      )}
    </fieldset>
  );
}
