import { useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { Plus, Trash2 } from 'lucide-react';

import { answer, api } from '@/api/client';
import { useCursorList } from '@/api/query';
import type { components } from '@/api/schema';
import { useDeskT } from '@/i18n/desk';
import { ErrorView } from '@/kit/ErrorView';
import { Pill } from '@/kit/StatePill';
import type { Tone } from '@/theme/tokens';
import { ActBar } from '@/ui/ActBar';
import { Block, DetailPage } from '@/ui/DetailPage';
import { ListPage } from '@/ui/list/ListPage';
import { SkeletonRows } from '@/ui/list/Placeholders';
import { useListState } from '@/ui/list/useListState';

import { DivisionField, DivisionNames } from '../parts/Divisions';
import { Choose, ChooseMany, NumberField, TextField } from '../parts/Inputs';
import styles from '../parts/parts.module.css';
import { sendAct, toPage, useCatalog, useNameOf, useReasons, useRead, useSay } from '../parts/server';
import type { Outlet } from '../parts/types';
import { useOutlets } from './choices';
import { CreateForm, EditForm, ifMatch } from './Simple';
import { WeekField, weekOf, weekText } from './WeekField';

const kinds = ['own', 'authorised', 'franchised', 'agent'] as const;
const states = ['active', 'suspended', 'closed'] as const;
const tones: Partial<Record<string, Tone>> = { active: 'good', suspended: 'warn', closed: 'neutral' };

function OutletState({ state }: { state: string }) {
  const say = useSay();
  return <Pill tone={tones[state] ?? 'neutral'} label={say(`outlets.state.${state}`)} />;
}

/** Service outlets, with the areas they serve, their hours and what they can do in a day. */
export function OutletsPage() {
  const t = useDeskT();
  const say = useSay();
  const nameOf = useNameOf();
  const brands = useCatalog()?.brands ?? [];
  const outlets = useOutlets();
  const [state, change] = useListState(['kind', 'state', 'brand']);
  const { filters: f, q } = state;
  const list = useCursorList<Outlet>(['outlets', 'list', q, f], async (cursor, signal) => {
    const query = { cursor, q: q || undefined, kind: ([...kinds, 'centre'] as const).find((one) => one === f['kind']?.[0]), state: states.find((one) => one === f['state']?.[0]), brand: f['brand']?.[0] };
    return toPage(await answer(api.GET('/outlets', { params: { query }, signal })));
  });
  return (
    <ListPage
      id="outlets"
      title={t('nav.outlets')}
      list={list}
      rowKey={(row) => row.id}
      columns={[
        { key: 'name', title: t('admin.name'), width: 190, grow: 2, cell: (row) => row.name },
        { key: 'code', title: t('admin.code'), width: 120, cell: (row) => <code>{row.code}</code> },
        { key: 'kind', title: t('admin.kind'), width: 110, cell: (row) => say(`outlets.kind.${row.kind}`) },
        { key: 'phone', title: t('customer.phone'), width: 140, cell: (row) => row.phone },
        { key: 'division', title: t('admin.division'), width: 180, cell: (row) => (row.division ? <DivisionNames codes={[row.division]} /> : '') },
        { key: 'zone', title: t('outlet.zone'), width: 150, initially: 'hidden', cell: (row) => <code>{row.zone}</code> },
        { key: 'state', title: t('case.state'), width: 100, cell: (row) => <OutletState state={row.state} /> },
      ]}
      card={(row) => (
        <>
          <span className={styles.spread}>
            <b>{row.name}</b>
            <OutletState state={row.state} />
          </span>
          <span>
            {say(`outlets.kind.${row.kind}`)} · <code>{row.code}</code>
          </span>
        </>
      )}
      filters={[
        { key: 'kind', label: t('admin.kind'), kind: 'one', options: kinds.map((value) => ({ value, label: say(`outlets.kind.${value}`) })) },
        { key: 'state', label: t('case.state'), kind: 'one', options: states.map((value) => ({ value, label: say(`outlets.state.${value}`) })) },
        { key: 'brand', label: t('case.brand'), kind: 'one', options: brands.map((one) => ({ value: one.id, label: nameOf(one) })) },
      ]}
      state={state}
      onChange={change}
      detail={(id) => <OutletDetail key={id} id={id} />}
      head={
        <CreateForm
          label={t('admin.newOutlet')}
          stale="outlets"
          empty={{ code: '', name: '', kind: 'authorised', parent_id: '', phone: '', division: '', zone: '', brands: [] as string[] }}
          ready={(value) => value.code !== '' && value.name.trim() !== ''}
          send={async ({ kind, phone, division, zone, parent_id, brands: chosen, ...rest }) => {
            const body = { ...rest, kind: kinds.find((one) => one === kind) ?? 'authorised', ...(phone ? { phone } : {}), ...(division ? { division } : {}), ...(zone ? { zone } : {}), ...(parent_id ? { parent_id } : {}), ...(chosen.length > 0 ? { brands: chosen } : {}) };
            const made = await answer(api.POST('/outlets', { body }));
            if (division) await answer(api.PUT('/outlets/{id}/areas', { params: { path: { id: made.id }, header: ifMatch(made.version) }, body: { items: [{ division, rank: 1 }] } }));
            return undefined;
          }}
          fields={(value, put) => (
            <>
              <TextField label={t('admin.codeLower')} value={value.code} onChange={(code) => put({ code })} />
              <TextField label={t('admin.name')} value={value.name} onChange={(name) => put({ name })} />
              <Choose label={t('admin.kind')} value={value.kind} options={kinds.map((one) => ({ value: one, label: say(`outlets.kind.${one}`) }))} onChange={(next) => put({ kind: next ?? 'authorised' })} />
              <Choose label={t('outlet.parent')} value={value.parent_id} options={outlets.map((one) => ({ value: one.id, label: one.name }))} onChange={(next) => put({ parent_id: next ?? '' })} />
              <TextField label={t('customer.phone')} value={value.phone} onChange={(phone) => put({ phone })} />
              <DivisionField label={t('admin.divisionServes')} value={listOf(value.division)} onChange={([division = '']) => put({ division })} />
              <Zone value={value.zone} onChange={(zone) => put({ zone })} />
              <ChooseMany label={t('case.brand')} value={value.brands} options={brands.map((one) => ({ value: one.id, label: nameOf(one) }))} onChange={(chosen) => put({ brands: chosen })} />
            </>
          )}
        />
      }
    />
  );
}

/** Every time zone that the browser knows. */
function Zone({ value, onChange }: { value: string; onChange: (zone: string) => void }) {
  const t = useDeskT();
  const zones = [...new Set([...(value ? [value] : []), ...Intl.supportedValuesOf('timeZone')])];
  return <Choose codes label={t('outlet.zone')} none={t('outlet.zoneAbove')} value={value} options={zones.map((one) => ({ value: one, label: one }))} onChange={(next) => onChange(next ?? '')} />;
}

function OutletDetail({ id }: { id: string }) {
  const t = useDeskT();
  const say = useSay();
  const nameOf = useNameOf();
  const queries = useQueryClient();
  const reasonsOf = useReasons();
  const catalog = useCatalog();
  const brands = catalog?.brands ?? [];
  const read = useRead(['outlets', 'one', id], () => answer(api.GET('/outlets/{id}', { params: { path: { id } } })));
  if (read.error) return <ErrorView error={read.error} retry={() => void read.refetch()} />;
  if (!read.data) return <SkeletonRows />;
  const one = read.data;
  return (
    <DetailPage
      number={one.code}
      title={one.name}
      badges={<OutletState state={one.state} />}
      acts={
        <ActBar
          acts={(one.next_acts ?? []).map((key) => {
            const reasons = reasonsOf(`outlet.${key}`);
            return { key, label: say(`outlets.act.${key}`), danger: key === 'close', note: 'optional' as const, ...(reasons.length > 0 ? { reasons } : {}) };
          })}
          onAct={async (act, input) => {
            await sendAct(`/outlets/${id}/${act.key}`, input);
            await queries.invalidateQueries({ queryKey: ['outlets'] });
          }}
        />
      }
    >
      <Block title={t('outlet.about')}>
        <EditForm
          initial={{ name: one.name, kind: one.kind, phone: one.phone ?? '', division: one.division ?? '', zone: one.zone, brands: one.brands ?? [], tools: one.tools ?? [] }}
          ready={(value) => value.name.trim() !== ''}
          stale={['outlets']}
          send={({ kind, zone, ...rest }) => {
            const known = kinds.find((row) => row === kind);
            return answer(api.PATCH('/outlets/{id}', { params: { path: { id }, header: ifMatch(one.version) }, body: { ...rest, ...(zone ? { zone } : {}), ...(known ? { kind: known } : {}) } }));
          }}
          fields={(value, put) => (
            <>
              <TextField label={t('admin.name')} value={value.name} onChange={(name) => put({ name })} />
              {one.kind !== 'centre' && <Choose label={t('admin.kind')} value={value.kind} options={kinds.map((row) => ({ value: row, label: say(`outlets.kind.${row}`) }))} onChange={(next) => put({ kind: next ?? one.kind })} />}
              <TextField label={t('customer.phone')} value={value.phone} onChange={(phone) => put({ phone })} />
              <DivisionField label={t('admin.division')} value={listOf(value.division)} onChange={([division = '']) => put({ division })} />
              <Zone value={value.zone} onChange={(zone) => put({ zone })} />
              <ChooseMany label={t('case.brand')} value={value.brands} options={brands.map((row) => ({ value: row.id, label: nameOf(row) }))} onChange={(next) => put({ brands: next })} />
              <ChooseMany label={t('outlet.tools')} value={value.tools} options={(catalog?.tools ?? []).map((row) => ({ value: row.code, label: nameOf(row) }))} onChange={(tools) => put({ tools })} />
            </>
          )}
        />
      </Block>
      <Areas one={one} />
      <Hours one={one} />
      <Quotas one={one} />
    </DetailPage>
  );
}

/** The code of a field that may be empty, as a choice takes it. */
function listOf(code: string): string[] {
  return code === '' ? [] : [code];
}

interface RowsProps<T> {
  rows: readonly T[];
  empty: T;
  fields: (row: T, put: (change: Partial<T>) => void) => React.ReactNode;
  onChange: (rows: T[]) => void;
}

/** A short list that is edited as a whole: each row has its fields and a way out. */
export function RowsField<T extends object>({ rows, empty, fields, onChange }: RowsProps<T>) {
  const t = useDeskT();
  return (
    <div className={styles.stack}>
      {rows.map((row, index) => (
        <div key={index} className={styles.rowFields}>
          {fields(row, (change) => onChange(rows.map((old, at) => (at === index ? { ...old, ...change } : old))))}
          <Button type="text" aria-label={t('staff.remove')} icon={<Trash2 size={16} aria-hidden />} onClick={() => onChange(rows.filter((_, at) => at !== index))} />
        </div>
      ))}
      <div>
        <Button size="small" icon={<Plus size={14} aria-hidden />} onClick={() => onChange([...rows, empty])}>
          {t('set.addRow')}
        </Button>
      </div>
    </div>
  );
}

type Area = components['schemas']['OutletsOutletAreaIn'];

function Areas({ one }: { one: Outlet }) {
  const t = useDeskT();
  const nameOf = useNameOf();
  const catalog = useCatalog();
  const path = { id: one.id };
  const read = useRead(['outlets', 'areas', one.id], async () => (await answer(api.GET('/outlets/{id}/areas', { params: { path } }))).items ?? []);
  if (!read.data) return null;
  return (
    <Block title={t('outlet.areas')}>
      <EditForm
        narrow
        initial={{ items: read.data.map(({ division, rank, categories, service_types }): Area => ({ division, rank, categories: categories ?? [], service_types: service_types ?? [] })) }}
        ready={({ items }) => items.every((row) => /^\d{2,12}$/.test(row.division))}
        stale={['outlets']}
        send={(value) => answer(api.PUT('/outlets/{id}/areas', { params: { path, header: ifMatch(one.version) }, body: value }))}
        fields={(value, put) => (
          <RowsField<Area>
            rows={value.items}
            empty={{ division: '', rank: 1, categories: [], service_types: [] }}
            onChange={(items) => put({ items })}
            fields={(row, set) => (
              <>
                <DivisionField label={t('admin.division')} value={listOf(row.division)} onChange={([division = '']) => set({ division })} />
                <NumberField label={t('outlet.rank')} min={1} max={9} value={row.rank} onChange={(rank) => set({ rank: rank ?? 1 })} />
                <ChooseMany label={t('case.product')} value={row.categories} options={(catalog?.categories ?? []).map((cat) => ({ value: cat.code, label: nameOf(cat) }))} onChange={(categories) => set({ categories })} />
                <ChooseMany label={t('order.service')} value={row.service_types} options={(catalog?.service_types ?? []).map((type) => ({ value: type.code, label: nameOf(type) }))} onChange={(service_types) => set({ service_types })} />
              </>
            )}
          />
        )}
      />
    </Block>
  );
}

function Hours({ one }: { one: Outlet }) {
  const t = useDeskT();
  const path = { id: one.id };
  const read = useRead(['outlets', 'hours', one.id], () => answer(api.GET('/outlets/{id}/hours', { params: { path } })));
  if (!read.data) return null;
  const { weekly, exceptions, country, all_day } = read.data;
  return (
    <Block title={t('outlet.hours')}>
      <EditForm
        narrow
        initial={{ week: weekText(weekly) }}
        stale={['outlets']}
        send={({ week }) => {
          const windows = weekOf(week);
          return answer(api.PUT('/outlets/{id}/hours', { params: { path, header: ifMatch(one.version) }, body: { ...(Object.keys(windows).length > 0 ? { weekly: windows } : {}), ...(exceptions ? { exceptions } : {}), ...(country ? { country } : {}), ...(all_day ? { all_day } : {}) } }));
        }}
        fields={(value, put) => <WeekField label={t('outlet.week')} value={value.week} onChange={(week) => put({ week })} />}
      />
    </Block>
  );
}

type Quota = components['schemas']['OutletsOutletQuota'];

function Quotas({ one }: { one: Outlet }) {
  const t = useDeskT();
  const nameOf = useNameOf();
  const types = useCatalog()?.service_types ?? [];
  const path = { id: one.id };
  const read = useRead(['outlets', 'quotas', one.id], async () => (await answer(api.GET('/outlets/{id}/quotas', { params: { path } }))).items ?? []);
  if (!read.data) return null;
  return (
    <Block title={t('outlet.quotas')}>
      <EditForm
        narrow
        initial={{ items: read.data }}
        stale={['outlets']}
        send={(value) => answer(api.PUT('/outlets/{id}/quotas', { params: { path, header: ifMatch(one.version) }, body: value }))}
        fields={(value, put) => (
          <RowsField<Quota>
            rows={value.items}
            empty={{ orders: 10 }}
            onChange={(items) => put({ items })}
            fields={(row, set) => (
              <>
                <Choose label={t('order.service')} none={t('outlet.allServices')} value={row.service_type} options={types.map((type) => ({ value: type.code, label: nameOf(type) }))} onChange={(next) => set(next ? { service_type: next } : ({ service_type: undefined }))} />
                <NumberField label={t('outlet.perDay')} value={row.orders} onChange={(orders) => set({ orders: orders ?? 0 })} />
              </>
            )}
          />
        )}
      />
    </Block>
  );
}
