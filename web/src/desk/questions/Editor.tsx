import { useQueryClient } from '@tanstack/react-query';
import { App, Button, Segmented } from 'antd';
import { Plus, TriangleAlert } from 'lucide-react';
import { useState } from 'react';

import { answer, api } from '@/api/client';
import { asApiError, type ApiError } from '@/api/problem';
import { useDeskT } from '@/i18n/desk';
import { useLang } from '@/i18n/setup';
import { ErrorView } from '@/kit/ErrorView';
import { Block } from '@/ui/DetailPage';

import { ifMatch } from '../admin/Simple';
import parts from '../parts/parts.module.css';
import { useCatalog, useNameOf } from '../parts/server';
import { Editions } from './Editions';
import { Preview } from './Preview';
import { QuestionCard } from './QuestionCard';
import styles from './questions.module.css';
import { faultsBy, first, fresh, missing, movable, moved, spoken, tidied, untold, withDangers, type Place, type Question, type QuestionSet } from './sets';

interface Props {
  place: Place;
  /** The questions to begin with: the draft's, else what is asked now. */
  from: QuestionSet;
  draft: QuestionSet | undefined;
  published: QuestionSet | undefined;
  product: readonly Question[];
  editions: readonly QuestionSet[];
  /** Something was put in force or taken back: it begins anew. */
  onDone: () => void;
}

/** Questions as they are written, beside the phone that shows them. */
export function Editor({ place, from, draft: kept, published, product, editions, onDone }: Props) {
  const t = useDeskT();
  const lang = useLang();
  const nameOf = useNameOf();
  const queries = useQueryClient();
  const { message, modal } = App.useApp();
  const [draft, setDraft] = useState(kept);
  const [saved, setSaved] = useState<readonly Question[]>(from.questions ?? []);
  const [list, setList] = useState<readonly Question[]>(from.questions ?? []);
  const [open, setOpen] = useState('');
  const [key, setKey] = useState<string>(lang === 'en' ? 'en' : 'zh');
  const [error, setError] = useState<ApiError>();
  const [busy, setBusy] = useState('');
  const tongue = spoken.find((one) => one.key === key) ?? spoken[0];
  const symptoms = (useCatalog()?.symptoms ?? []).filter((one) => one.category === place.category).map((one) => ({ value: one.code, label: nameOf(one) }));
  const changed = JSON.stringify(list) !== JSON.stringify(saved);
  const lacks = missing(list, product);
  const faults = faultsBy(error?.fields ?? []);
  const left = untold(list, tongue.key);
  const set = (next: readonly Question[]) => setList(tidied(next));

  async function save(): Promise<QuestionSet> {
    const questions = [...list];
    const next = draft?.id
      ? await answer(api.PUT('/question-sets/{id}', { params: { path: { id: draft.id }, header: ifMatch(draft.version) }, body: { questions } }))
      : await answer(api.POST('/question-sets', { body: { category: place.category, ...(place.brand ? { brand_id: place.brand } : {}), ...(place.model ? { model_id: place.model } : {}), questions } }));
    setDraft(next);
    setSaved(next.questions ?? []);
    setList(next.questions ?? []);
    return next;
  }
  async function run(what: string, act: () => Promise<unknown>, words: string) {
    setBusy(what);
    setError(undefined);
    try {
      await act();
      void message.success(words);
      if (what === 'save') await queries.invalidateQueries({ queryKey: ['question-sets'] });
      else onDone();
    } catch (thrown) {
      setError(asApiError(thrown));
    } finally {
      setBusy('');
    }
  }
  const publish = async () => {
    const at = changed || !draft?.id ? await save() : draft;
    await answer(api.POST('/question-sets/{id}/publish', { params: { path: { id: at.id ?? '' }, header: ifMatch(at.version) } }));
  };
  const discard = () => run('discard', () => answer(api.DELETE('/question-sets/{id}', { params: { path: { id: draft?.id ?? '' }, header: ifMatch(draft?.version ?? 0) } })), t('questions.discarded'));
  const withdraw = () => {
    modal.confirm({
      title: t('questions.revert'),
      content: t('questions.revert.about'),
      okText: t('questions.revert'),
      cancelText: t('word.back'),
      onOk: () => void run('withdraw', () => answer(api.POST('/question-sets/{id}/withdraw', { params: { path: { id: published?.id ?? '' }, header: ifMatch(published?.version ?? 0) } })), t('questions.reverted')),
    });
  };
  const add = (kind: Question['kind']) => {
    const code = fresh(kind === 'danger' || kind === 'symptom' ? kind : 'q', list);
    const blank: Question = { code, kind, text: {}, answers: kind === 'symptom' ? symptoms.map((one) => ({ code: one.value, symptom: one.value, text: { zh: one.label } })) : [{ code: 'a1', text: {} }, { code: 'a2', text: {} }] };
    const place = kind === 'symptom' ? (first(list) ? 1 : 0) : list.length;
    set([...list.slice(0, place), blank, ...list.slice(place)]);
    setOpen(code);
    requestAnimationFrame(() => document.querySelector(`[data-question="${code}"]`)?.scrollIntoView({ block: 'center' }));
  };
  return (
    <div className={styles.columns}>
      <div className={parts.stack}>
        <div className={styles.bar}>
          <Segmented aria-label={t('questions.language')} value={tongue.key} options={spoken.map((one) => ({ value: one.key, label: <span lang={one.lang}>{one.name}</span> }))} onChange={setKey} />
          <span className={styles.acts}>
            <Button type="primary" loading={busy === 'save'} disabled={!changed} onClick={() => void run('save', save, t('questions.saved'))}>
              {t('questions.save')}
            </Button>
            <Button loading={busy === 'publish'} disabled={lacks.length > 0 || (!changed && !draft)} onClick={() => void run('publish', publish, t('questions.published'))}>
              {t('questions.publish')}
            </Button>
            {draft?.id && (
              <Button loading={busy === 'discard'} onClick={() => void discard()}>
                {t('questions.discard')}
              </Button>
            )}
            {published && (
              <Button danger loading={busy === 'withdraw'} onClick={withdraw}>
                {t('questions.revert')}
              </Button>
            )}
          </span>
        </div>
        {left > 0 && <span className={parts.soft}>{t('questions.untold', { count: left })}</span>}
        {error && (
          <ErrorView inline error={error} safe="kept">
            {error.conflict && (
              <Button size="small" onClick={onDone}>
                {t('questions.reload')}
              </Button>
            )}
          </ErrorView>
        )}
        {lacks.length > 0 && (
          <div className={styles.warn} role="alert">
            <TriangleAlert size={18} aria-hidden />
            <span>{t('questions.lacks', { dangers: lacks.map((one) => t(`questions.danger.${one}`)).join(lang === 'en' ? ', ' : '、') })}</span>
            <Button size="small" onClick={() => set(withDangers(list, product))}>
              {t('questions.putBack')}
            </Button>
          </div>
        )}
        <ol className={styles.list}>
          {list.map((question, i) => (
            <QuestionCard
              key={question.code}
              index={i}
              question={question}
              before={list.slice(0, i)}
              spoken={tongue}
              open={open === question.code}
              symptoms={symptoms}
              faults={faults.get(i) ?? []}
              up={movable(list, i, -1)}
              down={movable(list, i, 1)}
              onToggle={() => setOpen(open === question.code ? '' : question.code)}
              onMove={(by) => set(moved(list, i, by))}
              onRemove={() => set(list.filter((one) => one !== question))}
              onChange={(next) => set(list.map((one) => (one === question ? next : one)))}
            />
          ))}
        </ol>
        <div className={parts.row}>
          <Button icon={<Plus size={16} aria-hidden />} disabled={list.length >= 40} onClick={() => add('one')}>
            {t('questions.add')}
          </Button>
          {!list.some((one) => one.kind === 'symptom') && symptoms.length > 0 && <Button onClick={() => add('symptom')}>{t('questions.addSymptom')}</Button>}
        </div>
        <Block title={t('questions.editions')}>
          <Editions editions={editions} onTake={set} product={product} />
        </Block>
      </div>
      <Preview place={place} questions={list} spoken={tongue} />
    </div>
  );
}
