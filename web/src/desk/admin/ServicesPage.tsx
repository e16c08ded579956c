import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { answer, api } from '@/api/client';
import type { components } from '@/api/schema';
import { useDeskT } from '@/i18n/desk';
import { Pill } from '@/kit/StatePill';
import { Block } from '@/ui/DetailPage';

import { Choose, ChooseMany, NumberField, TextField, YesNo } from '../parts/Inputs';
import { useCatalog, useNameOf, useSay } from '../parts/server';
import { useWholeCatalog } from './choices';
import { RowsField } from './OutletsPage';
import { CreateForm, EditForm, ifMatch, SimpleTable } from './Simple';

type ServiceType = components['schemas']['CatalogServiceType'];
type Item = components['schemas']['CatalogItemIn'];
type Stored = components['schemas']['CatalogItem'];

const modes = ['visit', 'remote', 'depot'] as const;
const bases = ['install', 'repair', 'own'] as const;
const rules = ['installation', 'repair', 'exchange', 'complaint', 'none'] as const;
const proofs = ['photo_before', 'photo_after', 'serial', 'signature_or_code', 'checklist', 'readings'] as const;

/** Kinds of work: how long they take, who may do them, what proves them. */
export function ServicesPage() {
  const t = useDeskT();
  const say = useSay();
  const nameOf = useNameOf();
  const whole = useWholeCatalog();
  const rows = { data: whole.data ? (whole.data.service_types ?? []) : undefined, error: whole.error, refetch: whole.refetch };
  return (
    <SimpleTable
      title={t('nav.services')}
      rows={rows}
      rowKey={(row) => row.code}
      name={(row) => nameOf(row)}
      columns={[
        { title: t('admin.name'), cell: (row) => nameOf(row) },
        { title: t('admin.code'), cell: (row) => <code>{row.code}</code> },
        { title: t('service.mode'), cell: (row) => say(`catalog.mode.${row.mode}`) },
        { title: t('service.minutes'), cell: (row) => (row.minutes > 0 ? row.minutes : t('service.byProduct')) },
        { title: t('service.proof'), long: true, cell: (row) => (row.proof ?? []).map((one) => say(`catalog.proof.${one}`)).join(' · ') },
        { title: t('case.state'), cell: (row) => <Pill tone={row.active ? 'good' : 'neutral'} label={t(row.active ? 'set.inUse' : 'set.retired')} /> },
      ]}
      detail={(row, close) => <ServiceDetail key={row.code} row={row} items={whole.data?.checklists ?? []} close={close} />}
    >
      <CreateForm
        label={t('service.new')}
        stale="catalog"
        empty={{ code: '', name_zh: '', name_en: '', mode: 'visit' }}
        ready={(value) => value.code.trim() !== '' && value.name_zh.trim() !== ''}
        send={async ({ mode, ...rest }) => {
          await answer(api.POST('/service-types', { body: { ...rest, mode: modes.find((one) => one === mode) ?? 'visit', base: 'repair', callback_rule: 'repair', active: true } }));
          return undefined;
        }}
        fields={(value, put) => (
          <>
            <TextField label={t('admin.code')} value={value.code} onChange={(code) => put({ code })} />
            <TextField label={t('admin.nameZh')} value={value.name_zh} onChange={(name_zh) => put({ name_zh })} />
            <TextField label={t('admin.nameEn')} value={value.name_en} onChange={(name_en) => put({ name_en })} />
            <Choose label={t('service.mode')} value={value.mode} options={modes.map((one) => ({ value: one, label: say(`catalog.mode.${one}`) }))} onChange={(mode) => put({ mode: mode ?? 'visit' })} />
          </>
        )}
      />
    </SimpleTable>
  );
}

/** What of a service type can be changed. */
function initialOf({ name_zh, name_en, mode, base, minutes, callback_rule, repeat_window_days, active, skills, tools, proof, next }: ServiceType) {
  return { name_zh, name_en, mode, base, minutes, callback_rule, repeat_window_days, active, skills: skills ?? [], tools: tools ?? [], proof: proof ?? [], next: next ?? [] };
}

function ServiceDetail({ row, items, close }: { row: ServiceType; items: readonly Stored[]; close: () => void }) {
  const t = useDeskT();
  const say = useSay();
  const nameOf = useNameOf();
  const catalog = useCatalog();
  const { code, version } = row;
  return (
    <>
      <EditForm
        initial={initialOf(row)}
        ready={(value) => value.name_zh.trim() !== ''}
        stale={['catalog']}
        onDone={close}
        send={({ mode, base, callback_rule, ...rest }) =>
          answer(
            api.PATCH('/service-types/{code}', {
              params: { path: { code }, header: ifMatch(version) },
              body: { ...rest, mode: modes.find((one) => one === mode) ?? 'visit', base: bases.find((one) => one === base) ?? 'own', callback_rule: rules.find((one) => one === callback_rule) ?? 'none' },
            }),
          )
        }
        fields={(value, put) => (
          <>
            <TextField label={t('admin.nameZh')} value={value.name_zh} onChange={(name_zh) => put({ name_zh })} />
            <TextField label={t('admin.nameEn')} value={value.name_en} onChange={(name_en) => put({ name_en })} />
            <Choose label={t('service.mode')} value={value.mode} options={modes.map((one) => ({ value: one, label: say(`catalog.mode.${one}`) }))} onChange={(mode) => put({ mode: mode ?? 'visit' })} />
            <Choose label={t('service.base')} value={value.base} options={bases.map((one) => ({ value: one, label: t(`service.base.${one}`) }))} onChange={(base) => put({ base: base ?? 'own' })} />
            <NumberField label={t('service.minutes')} value={value.minutes} onChange={(minutes) => put({ minutes: minutes ?? 0 })} />
            <Choose label={t('service.callback')} value={value.callback_rule} options={rules.map((one) => ({ value: one, label: t(`service.callback.${one}`) }))} onChange={(rule) => put({ callback_rule: rule ?? 'none' })} />
            <NumberField label={t('service.repeatDays')} max={365} value={value.repeat_window_days} onChange={(days) => put({ repeat_window_days: days ?? 0 })} />
            <ChooseMany label={t('admin.skills')} value={value.skills} options={(catalog?.skills ?? []).map((one) => ({ value: one.code, label: nameOf(one) }))} onChange={(skills) => put({ skills })} />
            <ChooseMany label={t('service.tools')} value={value.tools} options={(catalog?.tools ?? []).map((one) => ({ value: one.code, label: nameOf(one) }))} onChange={(tools) => put({ tools })} />
            <ChooseMany label={t('service.proof')} value={value.proof} options={proofs.map((one) => ({ value: one, label: say(`catalog.proof.${one}`) }))} onChange={(proof) => put({ proof })} />
            <ChooseMany label={t('service.next')} value={value.next} options={(catalog?.service_types ?? []).map((one) => ({ value: one.code, label: nameOf(one) }))} onChange={(next) => put({ next })} />
            <YesNo label={t('set.inUse')} value={value.active} onChange={(active) => put({ active })} />
          </>
        )}
      />
      <Block title={t('service.checklist')}>
        <Checklist row={row} items={items} />
      </Block>
    </>
  );
}

const itemKinds = ['check', 'reading', 'text'] as const;

/** What an engineer ticks off: for every product, and more for one product. */
function Checklist({ row, items }: { row: ServiceType; items: readonly Stored[] }) {
  const t = useDeskT();
  const nameOf = useNameOf();
  const catalog = useCatalog();
  const [category, setCategory] = useState('');
  const mine = items.filter((one) => one.service_type === row.code && one.category === category);
  return (
    <>
      <Choose label={t('case.product')} none={t('service.everyProduct')} value={category} options={(catalog?.categories ?? []).map((one) => ({ value: one.code, label: nameOf(one) }))} onChange={(next) => setCategory(next ?? '')} />
      <EditForm
        key={category}
        narrow
        initial={{
          items: mine.map(({ code, kind, name_zh, name_en, required, safety, unit, min, max }): Item => ({
            code, name_zh, name_en, required, safety, kind: itemKinds.find((one) => one === kind) ?? 'check', ...(unit ? { unit } : {}), ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }),
          })),
        }}
        ready={({ items: list }) => list.every((one) => one.code.trim() !== '' && one.name_zh.trim() !== '')}
        stale={['catalog']}
        send={(value) => answer(api.PUT('/service-types/{code}/checklist', { params: { path: { code: row.code }, query: { category: category || undefined }, header: ifMatch(row.version) }, body: value }))}
        fields={(value, put) => (
          <RowsField<Item>
            rows={value.items}
            empty={{ code: `${row.code}-${String(value.items.length + 1).padStart(2, '0')}`, kind: 'check', name_zh: '', name_en: '', required: true, safety: false }}
            onChange={(list) => put({ items: list })}
            fields={(item, set) => (
              <>
                <TextField label={t('admin.code')} value={item.code} onChange={(code) => set({ code })} />
                <TextField label={t('admin.nameZh')} value={item.name_zh} onChange={(name_zh) => set({ name_zh })} />
                <TextField label={t('admin.nameEn')} value={item.name_en} onChange={(name_en) => set({ name_en })} />
                <Choose label={t('admin.kind')} value={item.kind} options={itemKinds.map((one) => ({ value: one, label: t(`service.item.${one}`) }))} onChange={(kind) => set({ kind: itemKinds.find((one) => one === kind) ?? 'check' })} />
                {item.kind === 'reading' && <TextField label={t('service.unit')} value={item.unit} onChange={(unit) => set({ unit })} />}
                <YesNo label={t('word.required')} value={item.required} onChange={(required) => set({ required })} />
                <YesNo label={t('service.safety')} value={item.safety} onChange={(safety) => set({ safety })} />
              </>
            )}
          />
        )}
      />
    </>
  );
}

type Label = components['schemas']['CatalogLabel'];

/** Whose states a kind of record has: a complaint is a case, a return is decided on. */
const stateKinds: Partial<Record<string, string>> = { complaint: 'case', return: 'decision' };

/** What the firm calls its stages: a label within a state, for the staff and for the customer. */
export function LabelsPage() {
  const t = useDeskT();
  const say = useSay();
  const { i18n } = useTranslation();
  const whole = useWholeCatalog();
  const rows = { data: whole.data ? (whole.data.labels ?? []) : undefined, error: whole.error, refetch: whole.refetch };
  const kinds = [...new Set((rows.data ?? []).map((one) => one.kind))];
  const stateWord = ({ kind, state }: Pick<Label, 'kind' | 'state'>) => {
    const key = `state.${stateKinds[kind] ?? kind}.${state}`;
    return i18n.exists(key) ? t(key as 'state.case.open') : say(`${kind}s.state.${state}`, state);
  };
  const kindWord = (kind: string) => t(`audit.kind.${kind as 'case'}`);
  const editor = (value: Omit<Label, 'version' | 'position'>, put: (change: Partial<Label>) => void) => (
    <>
      <TextField label={t('label.staffZh')} value={value.staff_zh} onChange={(staff_zh) => put({ staff_zh })} />
      <TextField label={t('label.staffEn')} value={value.staff_en} onChange={(staff_en) => put({ staff_en })} />
      <TextField label={t('label.customerZh')} value={value.customer_zh} onChange={(customer_zh) => put({ customer_zh })} />
      <TextField label={t('label.customerEn')} value={value.customer_en} onChange={(customer_en) => put({ customer_en })} />
    </>
  );
  return (
    <SimpleTable
      title={t('nav.labels')}
      rows={rows}
      rowKey={(row) => `${row.kind}:${row.code}`}
      name={(row) => `${kindWord(row.kind)} · ${row.staff_zh} ${row.staff_en}`}
      columns={[
        { title: t('label.staff'), cell: (row) => <span data-own-words>{`${row.staff_zh} / ${row.staff_en}`}</span> },
        { title: t('audit.record'), cell: (row) => kindWord(row.kind) },
        { title: t('case.state'), cell: (row) => stateWord(row) },
        { title: t('label.customer'), cell: (row) => <span data-own-words>{`${row.customer_zh} / ${row.customer_en}`}</span> },
        { title: t('label.use'), cell: (row) => <Pill tone={row.active ? 'good' : 'neutral'} label={t(row.active ? 'set.inUse' : 'set.retired')} /> },
      ]}
      detail={(row, close) => (
        <EditForm
          key={`${row.kind}:${row.code}`}
          narrow
          initial={row}
          stale={['catalog']}
          onDone={close}
          send={({ staff_zh, staff_en, customer_zh, customer_en, active, position }) =>
            answer(api.PATCH('/labels/{kind}/{code}', { params: { path: { kind: row.kind, code: row.code }, header: ifMatch(row.version) }, body: { staff_zh, staff_en, customer_zh, customer_en, active, position } }))
          }
          fields={(value, put) => (
            <>
              {editor(value, put)}
              <YesNo label={t('set.inUse')} value={value.active} onChange={(active) => put({ active })} />
            </>
          )}
        />
      )}
    >
      <CreateForm
        label={t('label.new')}
        stale="catalog"
        empty={{ kind: 'case', code: '', state: '', staff_zh: '', staff_en: '', customer_zh: '', customer_en: '', active: true }}
        ready={(value) => value.code.trim() !== '' && value.state !== '' && value.staff_zh.trim() !== ''}
        send={async (value) => {
          await answer(api.POST('/labels', { body: value }));
          return undefined;
        }}
        fields={(value, put) => (
          <>
            <Choose label={t('audit.record')} value={value.kind} options={kinds.map((one) => ({ value: one, label: kindWord(one) }))} onChange={(kind) => put({ kind: kind ?? 'case', state: '' })} />
            <Choose
              label={t('case.state')}
              value={value.state}
              options={[...new Set((rows.data ?? []).filter((one) => one.kind === value.kind).map((one) => one.state))].map((state) => ({ value: state, label: stateWord({ kind: value.kind, state }) }))}
              onChange={(state) => put({ state: state ?? '' })}
            />
            <TextField label={t('admin.codeLower')} value={value.code} onChange={(code) => put({ code })} />
            {editor(value, put)}
          </>
        )}
      />
    </SimpleTable>
  );
}
