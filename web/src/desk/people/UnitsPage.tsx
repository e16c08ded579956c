import { Link, useParams } from '@tanstack/react-router';

import { answer, api } from '@/api/client';
import { useCursorList } from '@/api/query';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';
import { RelativeTime } from '@/kit/RelativeTime';
import { Pill } from '@/kit/StatePill';
import { defaultZone } from '@/lib/instant';
import { Block, DetailPage, Facts } from '@/ui/DetailPage';
import { ListPage } from '@/ui/list/ListPage';
import { SkeletonRows } from '@/ui/list/Placeholders';
import { useListState } from '@/ui/list/useListState';

import { UnitContracts } from '../contracts/Contracts';
import { CampaignBanner } from '../recalls/Banner';
import { ReturnsBlock } from '../returns/StartReturn';
import styles from '../parts/parts.module.css';
import { may, toPage, useCatalog, useMe, useNameOf, useRead, useSay, wordsOf } from '../parts/server';
import type { Unit } from '../parts/types';
import { CaseLines } from './CaseLines';
import { Rights } from './Rights';

function useProduct(): (unit: Unit) => string {
  const nameOf = useNameOf();
  const catalog = useCatalog();
  return (unit) => nameOf(catalog?.categories?.find((one) => one.code === unit.category), unit.category);
}

function UnitState({ unit }: { unit: Unit }) {
  const say = useSay();
  return <Pill tone={unit.state === 'active' ? 'good' : 'neutral'} label={say(`units.state.${unit.state}`)} />;
}

const states = ['active', 'replaced', 'retired'] as const;

/** Machines, found by serial. */
export function UnitsPage() {
  const t = useDeskT();
  const product = useProduct();
  const nameOf = useNameOf();
  const catalog = useCatalog();
  const say = useSay();
  const [state, change] = useListState(['brand', 'product', 'state']);
  const { filters: f, q } = state;
  const query = { serial: q || undefined, brand_id: f['brand']?.[0], category: f['product']?.[0], state: states.find((one) => one === f['state']?.[0]) };
  const page = async (cursor: string | undefined, signal: AbortSignal) => toPage(await answer(api.GET('/units', { params: { query: { ...query, cursor } }, signal })));
  const list = useCursorList<Unit>(['units', q, f], page);
  return (
    <ListPage
      id="units"
      title={t('nav.units')}
      list={list}
      rowKey={(row) => row.id}
      columns={[
        { key: 'serial', title: t('unit.serial'), width: 180, grow: 1, sheet: 'serial', cell: (row) => row.serial },
        { key: 'brand', title: t('case.brand'), width: 120, sheet: { at: 'brand_id', words: wordsOf(catalog?.brands, (one) => one.id, nameOf) }, cell: (row) => nameOf(catalog?.brands?.find((one) => one.id === row.brand_id)) },
        { key: 'product', title: t('case.product'), width: 160, grow: 1, sheet: { at: 'category', words: wordsOf(catalog?.categories, (one) => one.code, nameOf) }, cell: product },
        { key: 'model', title: t('unit.model'), width: 160, grow: 1, sheet: { at: 'model_id', words: wordsOf(catalog?.models, (one) => one.id, (one) => one.code) }, cell: (row) => catalog?.models?.find((one) => one.id === row.model_id)?.code },
        { key: 'state', title: t('case.state'), width: 120, sheet: { at: 'state', words: Object.fromEntries(states.map((one) => [one, say(`units.state.${one}`)])) }, cell: (row) => <UnitState unit={row} /> },
        { key: 'created', title: t('record.created'), width: 170, sheet: { at: 'created_at', as: 'time' }, cell: (row) => <RelativeTime at={row.created_at} /> },
      ]}
      card={(row) => (
        <span className={styles.spread}>
          <b>{row.serial ?? product(row)}</b>
          <span>{product(row)}</span>
        </span>
      )}
      filters={[
        { key: 'brand', label: t('case.brand'), kind: 'one', options: (catalog?.brands ?? []).map((one) => ({ value: one.id, label: nameOf(one) })) },
        { key: 'product', label: t('case.product'), kind: 'one', options: (catalog?.categories ?? []).map((one) => ({ value: one.code, label: nameOf(one) })) },
        { key: 'state', label: t('case.state'), kind: 'one', options: states.map((value) => ({ value, label: say(`units.state.${value}`) })) },
      ]}
      source={{ path: '/units', query }}
      state={state}
      onChange={change}
      detail={(id) => <UnitDetail key={id} id={id} />}
    />
  );
}

/** The unit of the URL on a page of its own. */
export function UnitPage() {
  const { recordId } = useParams({ strict: false });
  return <UnitDetail key={recordId} id={recordId ?? ''} />;
}

/** Whether a coverage runs today. */
function runs(row: { active: boolean; starts: string; ends: string }): boolean {
  const today = new Intl.DateTimeFormat('sv-SE', { timeZone: defaultZone }).format(new Date());
  return row.active && row.starts <= today && today <= row.ends;
}

function UnitDetail({ id }: { id: string }) {
  const t = useDeskT();
  const say = useSay();
  const product = useProduct();
  const nameOf = useNameOf();
  const catalog = useCatalog();
  const { data: me } = useMe();
  const read = useRead(['unit', id], () => answer(api.GET('/units/{id}', { params: { path: { id } } })));
  const coverages = useRead(['coverages', id], () => answer(api.GET('/units/{id}/coverages', { params: { path: { id } } }))).data?.items ?? [];
  const cases = useRead(['cases', 'unit', id], () => answer(api.GET('/cases', { params: { query: { queue: 'recent', unit_id: id } } })), may(me, 'cases.read')).data?.items ?? [];
  const ownerId = read.data?.owner_id ?? '';
  const owner = useRead(['customer', ownerId], () => answer(api.GET('/customers/{id}', { params: { path: { id: ownerId } } })), ownerId !== '' && may(me, 'customers.read')).data;
  if (read.error) return <ErrorView error={read.error} />;
  if (!read.data) return <SkeletonRows />;
  const one = read.data;
  return (
    <DetailPage
      number={one.serial ?? ''}
      title={product(one)}
      badges={
        <>
          <UnitState unit={one} />
          {(one.marks ?? []).map((mark) => (
            <Pill key={mark} tone="warn" label={say(`units.mark.${mark}`)} />
          ))}
        </>
      }
    >
      <CampaignBanner unitId={id} />
      <Block title={t('case.unit')}>
        <Facts
          facts={[
            [t('case.brand'), nameOf(catalog?.brands?.find((row) => row.id === one.brand_id), t('word.none'))],
            [t('unit.model'), catalog?.models?.find((row) => row.id === one.model_id)?.code ?? t('word.none')],
            [t('unit.serial'), one.serial ?? t('word.none')],
            ...Object.entries(one.dates).map(([what, dated]) => [say(`units.date.${what}`), `${dated.day} · ${say(`units.by.${dated.by}`)}`] as const),
            [t('order.address'), one.place?.text ?? t('word.none')],
            [t('case.customer'), one.owner_id ? <Link to="/customers/$recordId" params={{ recordId: one.owner_id }}>{owner?.name ?? t('word.open')}</Link> : t('word.none')],
          ]}
        />
      </Block>
      <Block title={t('unit.coverage')}>
        {coverages.length === 0 && <p className={styles.soft}>{t('word.none')}</p>}
        <ul className={styles.lines}>
          {coverages.map((row, index) => (
            <li key={row.id ?? index}>
              <b>
                {say(`coverage.kind.${row.kind}`, row.name)} · {say(`coverage.name.${row.name}`, row.name)}
              </b>
              <Pill tone={runs(row) ? 'good' : 'neutral'} label={t(runs(row) ? 'unit.covered' : 'unit.notCovered')} />
              <span>
                {row.starts} – {row.ends}
              </span>
            </li>
          ))}
        </ul>
      </Block>
      <ReturnsBlock unitId={id} />
      {may(me, 'entitlement.read') && <UnitContracts unitId={id} brandId={one.brand_id} category={one.category} />}
      {may(me, 'entitlement.read') && <Rights unitId={id} currency={one.purchase.price?.currency} />}
      <CaseLines cases={cases} />
    </DetailPage>
  );
}
