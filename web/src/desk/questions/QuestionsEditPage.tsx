import { useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';

import { answer, api } from '@/api/client';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';
import { Pill } from '@/kit/StatePill';
import { SkeletonRows } from '@/ui/list/Placeholders';

import styles from '../parts/parts.module.css';
import { useCatalog, useNameOf, useRead } from '../parts/server';
import { Editor } from './Editor';
import { editionsAt, inForce, placeOf, setAt, type Place } from './sets';

/** Everything about a place: its sets, and the questions to begin with. */
async function readPlace(place: Place) {
  const [sets, product] = await Promise.all([
    answer(api.GET('/question-sets', { params: { query: { category: place.category } } })),
    answer(api.GET('/categories/{code}/questions', { params: { path: { code: place.category } } })),
  ]);
  const list = sets.items ?? [];
  const draft = setAt(list, place, 'draft');
  const asked = inForce(list, place);
  const id = (draft ?? asked)?.id;
  const from = id ? await answer(api.GET('/question-sets/{id}', { params: { path: { id } } })) : product;
  return { from, draft, asked, published: setAt(list, place, 'published'), product: product.questions ?? [], editions: editionsAt(list, place) };
}

/** What is asked about one product line, of a brand or of all: read, changed, tried and put in force. */
export function QuestionsEditPage() {
  const t = useDeskT();
  const queries = useQueryClient();
  const key = useParams({ strict: false }).place ?? '';
  const place = placeOf(key);
  const [times, setTimes] = useState(0); // that it was begun anew
  const read = useRead(['question-sets', 'place', key, times], () => readPlace(place));
  const begin = () => {
    setTimes(times + 1);
    void queries.invalidateQueries({ queryKey: ['question-sets'] });
  };
  const { published, asked, draft } = read.data ?? {};
  return (
    <section className={`${styles.page} ${styles.wide}`}>
      <div className={`${styles.spread} ${styles.wraps}`}>
        <div className={styles.row}>
          <h1>
            <Title place={place} />
          </h1>
          {read.data && <Pill tone={published ? 'good' : 'neutral'} label={published ? t('questions.own', { edition: published.edition }) : t(asked ? (asked.brand_id ? 'questions.ofBrand' : 'questions.ofAll') : 'questions.ofProduct', { edition: asked?.edition ?? 0 })} />}
          {draft && <Pill tone="info" label={t('questions.draft')} />}
        </div>
        <Link to="/admin/questions" search={(place.brand ? { brand: place.brand } : {}) as never}>
          {t('questions.back')}
        </Link>
      </div>
      {read.error && !read.data && <ErrorView error={read.error} retry={() => void read.refetch()} />}
      {!read.error && !read.data && <SkeletonRows />}
      {read.data && <Editor key={`${key} ${times}`} place={place} {...read.data} onDone={begin} />}
    </section>
  );
}

/** Product line, model and brand in one line. */
function Title({ place }: { place: Place }) {
  const t = useDeskT();
  const nameOf = useNameOf();
  const catalog = useCatalog();
  const model = catalog?.models?.find((one) => one.id === place.model);
  const brand = catalog?.brands?.find((one) => one.id === place.brand);
  return (
    <>
      {t('nav.questions')} · <span data-own-words>{nameOf(catalog?.categories?.find((one) => one.code === place.category), place.category)}</span>
      {model && <span translate="no"> {model.code}</span>} · {place.brand ? <span data-own-words>{nameOf(brand, place.brand)}</span> : t('questions.allBrands')}
    </>
  );
}
