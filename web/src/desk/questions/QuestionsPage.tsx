import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';

import { answer, api } from '@/api/client';
import { useDeskT } from '@/i18n/desk';
import { RelativeTime } from '@/kit/RelativeTime';
import { Pill } from '@/kit/StatePill';

import { SimpleTable } from '../admin/Simple';
import { Choose } from '../parts/Inputs';
import styles from '../parts/parts.module.css';
import { useCatalog, useNameOf, useRead } from '../parts/server';
import { inForce, placeKey, setAt, type Place, type QuestionSet } from './sets';

/** What customers are asked about each product line: the product's questions, or those of the firm. */
export function QuestionsPage() {
  const t = useDeskT();
  const nameOf = useNameOf();
  const navigate = useNavigate();
  const catalog = useCatalog();
  const search: Record<string, string | undefined> = useSearch({ strict: false });
  const brand = search['brand'] ?? '';
  const sets = useRead(['question-sets'], async () => (await answer(api.GET('/question-sets'))).items ?? []);
  const categories = (catalog?.categories ?? []).filter((one) => one.active);
  const models = catalog?.models ?? [];
  const product = (code: string) => nameOf(categories.find((one) => one.code === code), code);
  const model = (id: string) => models.find((one) => one.id === id)?.code ?? id;
  const places = (list: readonly QuestionSet[]): Place[] =>
    categories.flatMap(({ code: category }) => {
      const own = list.filter((one) => one.category === category && one.model_id && (one.brand_id ?? '') === brand && (one.state === 'draft' || one.state === 'published'));
      return ['', ...new Set(own.map((one) => one.model_id ?? ''))].map((id) => ({ brand, category, model: id }));
    });
  const rows = { data: sets.data && catalog ? places(sets.data) : undefined, error: sets.error, refetch: sets.refetch };
  return (
    <SimpleTable
      title={t('nav.questions')}
      rows={rows}
      rowKey={placeKey}
      name={(row) => `${product(row.category)} ${row.model ? model(row.model) : ''}`}
      columns={[
        {
          title: t('questions.product'),
          cell: (row) => (
            <Link to="/admin/questions/$place" params={{ place: placeKey(row) }}>
              <span data-own-words>{product(row.category)}</span>
              {row.model && <span translate="no"> · {model(row.model)}</span>}
            </Link>
          ),
        },
        { title: t('questions.asked'), cell: (row) => <Asked place={row} set={inForce(sets.data ?? [], row)} /> },
        { title: t('questions.draft'), cell: (row) => setAt(sets.data ?? [], row, 'draft') && <Pill tone="info" label={t('questions.draft')} /> },
        { title: t('questions.changed'), cell: (row) => <Changed set={setAt(sets.data ?? [], row, 'draft') ?? inForce(sets.data ?? [], row)} /> },
      ]}
    >
      <p className={styles.soft}>{t('questions.about')}</p>
      <div className={styles.row}>
        <div className={styles.choose}>
          <Choose
            label={t('questions.brand')}
            none={t('questions.allBrands')}
            value={brand}
            options={(catalog?.brands ?? []).filter((one) => one.active).map((one) => ({ value: one.id, label: nameOf(one) }))}
            onChange={(next) => void navigate({ to: '.', search: (next ? { brand: next } : {}) as never, replace: true })}
          />
        </div>
        {brand !== '' && <ForModel brand={brand} />}
      </div>
    </SimpleTable>
  );
}

function Asked({ place, set }: { place: Place; set: QuestionSet | undefined }) {
  const t = useDeskT();
  if (!set) return <Pill tone="neutral" label={t('questions.ofProduct')} />;
  const own = (set.brand_id ?? '') === place.brand && (set.model_id ?? '') === place.model;
  if (own) return <Pill tone="good" label={t('questions.own', { edition: set.edition })} />;
  return <Pill tone="neutral" label={t((set.brand_id ?? '') === '' ? 'questions.ofAll' : 'questions.ofBrand', { edition: set.edition })} />;
}

function Changed({ set }: { set: QuestionSet | undefined }) {
  const when = set && (set.state === 'draft' ? set.saved_at : set.decided_at);
  return when ? <RelativeTime at={when} /> : null;
}

/** A set for one model of the brand. */
function ForModel({ brand }: { brand: string }) {
  const t = useDeskT();
  const navigate = useNavigate();
  const models = (useCatalog()?.models ?? []).filter((one) => one.brand_id === brand && one.active);
  const [chosen, setChosen] = useState('');
  if (models.length === 0) return null;
  return (
    <div className={styles.choose}>
      <Choose
        label={t('questions.forModel')}
        codes
        none={t('questions.chooseModel')}
        value={chosen}
        options={models.map((one) => ({ value: one.id, label: one.code }))}
        onChange={(id) => {
          setChosen(id ?? '');
          const of = models.find((one) => one.id === id);
          if (of) void navigate({ to: '/admin/questions/$place', params: { place: placeKey({ brand, category: of.category, model: of.id }) } });
        }}
      />
    </div>
  );
}
