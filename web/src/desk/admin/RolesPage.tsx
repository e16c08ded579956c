import { Checkbox } from 'antd';

import { answer, api } from '@/api/client';
import type { components } from '@/api/schema';
import { useDeskT } from '@/i18n/desk';
import { Pill } from '@/kit/StatePill';

import { TextField } from '../parts/Inputs';
import styles from '../parts/parts.module.css';
import { useNameOf, useRead } from '../parts/server';
import { usePermissionChoices } from './choices';
import { CreateForm, Do, EditForm, ifMatch, SimpleTable } from './Simple';

type Role = components['schemas']['IdentityRoleBody'];

interface Fields {
  key: string;
  name_zh: string;
  name_en: string;
  permissions: string[];
}

/** What each role may do; a firm adds roles of its own. */
export function RolesPage() {
  const t = useDeskT();
  const nameOf = useNameOf();
  const rows = useRead(['roles'], async () => (await answer(api.GET('/roles'))).items ?? []);
  return (
    <SimpleTable
      title={t('nav.roles')}
      rows={rows}
      rowKey={(row) => row.key}
      name={(row) => nameOf(row)}
      columns={[
        { title: t('admin.name'), cell: (row) => nameOf(row) },
        { title: t('role.kind'), cell: (row) => <Pill tone={row.built_in ? 'neutral' : 'info'} label={t(row.built_in ? 'role.builtIn' : 'role.own')} /> },
        { title: t('role.users'), cell: (row) => row.users },
        { title: t('key.permissions'), cell: (row) => (row.permissions?.includes('*') ? t('role.everything') : t('role.count', { count: row.permissions?.length ?? 0 })) },
      ]}
      detail={(row, close) => <RoleDetail key={row.key} row={row} close={close} />}
    >
      <CreateForm<Fields>
        label={t('role.new')}
        stale="roles"
        empty={{ key: '', name_zh: '', name_en: '', permissions: [] }}
        ready={(value) => /^[a-z][a-z0-9_]*$/.test(value.key) && value.name_zh.trim() !== ''}
        send={async (value) => {
          await answer(api.POST('/roles', { body: value }));
          return undefined;
        }}
        fields={(value, put) => (
          <>
            <TextField label={t('role.key')} value={value.key} onChange={(key) => put({ key })} />
            <TextField label={t('admin.nameZh')} value={value.name_zh} onChange={(name_zh) => put({ name_zh })} />
            <TextField label={t('admin.nameEn')} value={value.name_en} onChange={(name_en) => put({ name_en })} />
            <Permissions value={value.permissions} onChange={(permissions) => put({ permissions })} />
          </>
        )}
      />
    </SimpleTable>
  );
}

function RoleDetail({ row, close }: { row: Role; close: () => void }) {
  const t = useDeskT();
  const path = { key: row.key };
  const held = row.permissions ?? [];
  if (held.includes('*')) return <p>{t('role.everythingWhy')}</p>;
  return (
    <>
      <EditForm<Fields>
        narrow
        initial={{ key: row.key, name_zh: row.name_zh, name_en: row.name_en, permissions: held }}
        stale={['roles', 'me']}
        send={({ name_zh, name_en, permissions }) => answer(api.PUT('/roles/{key}', { params: { path, header: ifMatch(row.version) }, body: { permissions, ...(row.built_in ? {} : { name_zh, name_en }) } }))}
        onDone={close}
        fields={(value, put) => (
          <>
            {!row.built_in && <TextField label={t('admin.nameZh')} value={value.name_zh} onChange={(name_zh) => put({ name_zh })} />}
            {!row.built_in && <TextField label={t('admin.nameEn')} value={value.name_en} onChange={(name_en) => put({ name_en })} />}
            <Permissions value={value.permissions} onChange={(permissions) => put({ permissions })} />
          </>
        )}
      />
      {!row.built_in && row.users === 0 && (
        <div className={styles.foot}>
          <Do danger label={t('role.remove')} stale={['roles']} onDone={close} act={() => answer(api.DELETE('/roles/{key}', { params: { path } }))} />
        </div>
      )}
    </>
  );
}

/** Every permission as a tick, those of one module together. */
function Permissions({ value, onChange }: { value: readonly string[]; onChange: (value: string[]) => void }) {
  const t = useDeskT();
  const all = usePermissionChoices();
  const groups = new Map<string, typeof all>();
  for (const one of all) {
    const module = one.value.slice(0, one.value.indexOf('.'));
    groups.set(module, [...(groups.get(module) ?? []), one]);
  }
  return (
    <fieldset className={styles.group}>
      <legend>{t('key.permissions')}</legend>
      {[...groups].map(([module, options]) => (
        <div key={module} className={styles.ticks}>
          {options.map((one) => (
            <Checkbox key={one.value} checked={value.includes(one.value)} onChange={(event) => onChange(event.target.checked ? [...value, one.value] : value.filter((key) => key !== one.value))}>
              {one.label}
            </Checkbox>
          ))}
        </div>
      ))}
    </fieldset>
  );
}
