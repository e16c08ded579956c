import { answer, api } from '@/api/client';
import type { components } from '@/api/schema';
import { useDeskT } from '@/i18n/desk';
import { Pill } from '@/kit/StatePill';

import { ChooseMany, TextField, YesNo } from '../parts/Inputs';
import { useNameOf } from '../parts/server';
import { useWholeCatalog } from './choices';
import { CreateForm, EditForm, ifMatch, SimpleTable } from './Simple';

type Tool = components['schemas']['CatalogTool'];
type Whole = NonNullable<ReturnType<typeof useWholeCatalog>['data']>;

/** Lines and types that take a tool along, by code. */
function takers(code: string, whole: Whole) {
  const has = (list: readonly string[] | null | undefined) => (list ?? []).includes(code);
  return {
    installs: (whole.categories ?? []).filter((one) => has(one.install_tools)).map((one) => one.code),
    repairs: (whole.categories ?? []).filter((one) => has(one.repair_tools)).map((one) => one.code),
    types: (whole.service_types ?? []).filter((one) => has(one.tools)).map((one) => one.code),
  };
}

/** Tools that work takes along and does not use up, and which work that is. */
export function ToolsPage() {
  const t = useDeskT();
  const nameOf = useNameOf();
  const whole = useWholeCatalog();
  const rows = { data: whole.data ? (whole.data.tools ?? []) : undefined, error: whole.error, refetch: whole.refetch };
  const uses = (row: Tool): string => {
    const { data } = whole;
    if (!data) return '';
    const { installs, repairs, types } = takers(row.code, data);
    const line = (code: string) => nameOf(data.categories?.find((one) => one.code === code), code);
    const type = (code: string) => nameOf(data.service_types?.find((one) => one.code === code), code);
    return [...installs.map((code) => t('tool.installs', { product: line(code) })), ...repairs.map((code) => t('tool.repairs', { product: line(code) })), ...types.map(type)].join(' · ');
  };
  return (
    <SimpleTable
      title={t('nav.tools')}
      rows={rows}
      rowKey={(row) => row.code}
      name={(row) => nameOf(row)}
      columns={[
        { title: t('admin.name'), cell: (row) => nameOf(row) },
        { title: t('admin.code'), cell: (row) => <code>{row.code}</code> },
        { title: t('tool.uses'), long: true, cell: (row) => uses(row) || t('tool.unused') },
        { title: t('case.state'), cell: (row) => <Pill tone={row.active ? 'good' : 'neutral'} label={t(row.active ? 'set.inUse' : 'set.retired')} /> },
      ]}
      detail={(row, close) => whole.data && <ToolDetail key={row.code} row={row} whole={whole.data} close={close} />}
    >
      <CreateForm
        label={t('tool.new')}
        stale="catalog"
        empty={{ code: '', name_zh: '', name_en: '' }}
        ready={(value) => value.code.trim() !== '' && value.name_zh.trim() !== ''}
        send={async (value) => {
          await answer(api.POST('/tools', { body: value }));
          return undefined;
        }}
        fields={(value, put) => (
          <>
            <TextField label={t('admin.code')} value={value.code} onChange={(code) => put({ code })} />
            <TextField label={t('admin.nameZh')} value={value.name_zh} onChange={(name_zh) => put({ name_zh })} />
            <TextField label={t('admin.nameEn')} value={value.name_en} onChange={(name_en) => put({ name_en })} />
          </>
        )}
      />
    </SimpleTable>
  );
}

/** A list of tools with one more or without it. */
const toggled = (list: readonly string[] | null | undefined, code: string, wanted: boolean) => [...(list ?? []).filter((one) => one !== code), ...(wanted ? [code] : [])];

type Form = Pick<Tool, 'name_zh' | 'name_en' | 'active'> & ReturnType<typeof takers>;

/** Saves what was changed: the tool's own names, then each product line and service type that begins or ends to take it. */
async function save({ code, version, ...was }: Tool, whole: Whole, value: Form) {
  const { name_zh, name_en, active, installs, repairs, types } = value;
  if (name_zh !== was.name_zh || name_en !== was.name_en || active !== was.active) {
    await answer(api.PATCH('/tools/{code}', { params: { path: { code }, header: ifMatch(version) }, body: { name_zh, name_en, active } }));
  }
  const now = takers(code, whole);
  for (const line of whole.categories ?? []) {
    const install = installs.includes(line.code);
    const repair = repairs.includes(line.code);
    if (install === now.installs.includes(line.code) && repair === now.repairs.includes(line.code)) continue;
    const body = { install_tools: toggled(line.install_tools, code, install), repair_tools: toggled(line.repair_tools, code, repair) };
    await answer(api.PATCH('/categories/{code}', { params: { path: { code: line.code }, header: ifMatch(line.version) }, body }));
  }
  for (const type of whole.service_types ?? []) {
    const wanted = types.includes(type.code);
    if (wanted === now.types.includes(type.code)) continue;
    await answer(api.PATCH('/service-types/{code}', { params: { path: { code: type.code }, header: ifMatch(type.version) }, body: { tools: toggled(type.tools, code, wanted) } }));
  }
}

function ToolDetail({ row, whole, close }: { row: Tool; whole: Whole; close: () => void }) {
  const t = useDeskT();
  const nameOf = useNameOf();
  const named = (list: readonly { code: string; name_zh: string; name_en: string; active: boolean }[] | null | undefined) => (list ?? []).filter((one) => one.active).map((one) => ({ value: one.code, label: nameOf(one) }));
  return (
    <EditForm<Form>
      narrow
      initial={{ name_zh: row.name_zh, name_en: row.name_en, active: row.active, ...takers(row.code, whole) }}
      ready={(value) => value.name_zh.trim() !== ''}
      stale={['catalog']}
      onDone={close}
      send={(value) => save(row, whole, value)}
      fields={(value, put) => (
        <>
          <TextField label={t('admin.nameZh')} value={value.name_zh} onChange={(name_zh) => put({ name_zh })} />
          <TextField label={t('admin.nameEn')} value={value.name_en} onChange={(name_en) => put({ name_en })} />
          <ChooseMany label={t('tool.forInstalls')} value={value.installs} options={named(whole.categories)} onChange={(installs) => put({ installs })} />
          <ChooseMany label={t('tool.forRepairs')} value={value.repairs} options={named(whole.categories)} onChange={(repairs) => put({ repairs })} />
          <ChooseMany label={t('tool.forTypes')} value={value.types} options={named(whole.service_types)} onChange={(types) => put({ types })} />
          <YesNo label={t('set.inUse')} value={value.active} onChange={(active) => put({ active })} />
        </>
      )}
    />
  );
}
