import { answer, api } from '@/api/client';
import { useDeskT } from '@/i18n/desk';
import { RelativeTime } from '@/kit/RelativeTime';
import { Pill } from '@/kit/StatePill';
import { Facts } from '@/ui/DetailPage';

import { Choose, ChooseMany, TextField } from '../parts/Inputs';
import { readAll, useNameOf, useCatalog, useRead } from '../parts/server';
import { CreateForm, Do, SimpleTable } from './Simple';
import { useOutletChoices, usePermissionChoices } from './choices';

/** Keys of other programs: a new one is shown once, an old one is revoked. */
export function KeysPage() {
  const t = useDeskT();
  const nameOf = useNameOf();
  const brands = useCatalog()?.brands ?? [];
  const rows = useRead(['api-keys'], () => readAll((cursor) => answer(api.GET('/api-keys', { params: { query: { limit: 200, cursor } } }))));
  const permissions = usePermissionChoices();
  const outlets = useOutletChoices();
  const permissionName = (key: string) => permissions.find((one) => one.value === key)?.label ?? key;
  return (
    <SimpleTable
      title={t('nav.keys')}
      rows={rows}
      rowKey={(row) => row.id}
      name={(row) => row.name}
      empty={t('key.none')}
      columns={[
        { title: t('admin.name'), cell: (row) => row.name },
        { title: t('key.hint'), cell: (row) => <code>{row.hint}</code> },
        { title: t('case.state'), cell: (row) => (row.revoked_at ? <Pill tone="neutral" label={t('key.revoked')} /> : <Pill tone="good" label={t('key.active')} />) },
        { title: t('key.used'), cell: (row) => (row.used_at ? <RelativeTime at={row.used_at} /> : t('key.never')) },
        { title: t('key.expires'), cell: (row) => (row.expires_at ? <RelativeTime at={row.expires_at} /> : t('key.noEnd')) },
        { title: t('record.created'), cell: (row) => <RelativeTime at={row.created_at} /> },
      ]}
      detail={(row) => (
        <>
          <Facts
            facts={[
              [t('key.hint'), <code key="hint">{row.hint}</code>],
              [t('order.outlet'), outlets.find((one) => one.value === row.outlet_path)?.label ?? row.outlet_path],
              [t('case.brand'), (row.brands ?? []).map((id) => nameOf(brands.find((one) => one.id === id), id)).join(' · ') || t('key.allBrands')],
              [t('key.permissions'), (row.permissions ?? []).map(permissionName).join(' · ')],
            ]}
          />
          {!row.revoked_at && <Do danger label={t('key.revoke')} stale={['api-keys']} act={() => answer(api.POST('/api-keys/{id}/revoke', { params: { path: { id: row.id } } }))} />}
        </>
      )}
    >
      <CreateForm
        label={t('key.new')}
        stale="api-keys"
        empty={{ name: '', outlet_path: '/', permissions: [] as string[], brands: [] as string[], expires: '' }}
        ready={(value) => value.name.trim() !== '' && value.permissions.length > 0}
        send={async ({ expires, brands: chosen, ...rest }) => {
          const made = await answer(api.POST('/api-keys', { body: { ...rest, ...(chosen.length > 0 ? { brands: chosen } : {}), ...(expires ? { expires_at: new Date(`${expires}T23:59:59`).toISOString() } : {}) } }));
          return t('key.shown', { name: made.name, key: made.key });
        }}
        fields={(value, put) => (
          <>
            <TextField label={t('admin.name')} value={value.name} onChange={(name) => put({ name })} />
            <Choose label={t('order.outlet')} value={value.outlet_path} options={outlets} onChange={(next) => put({ outlet_path: next ?? '/' })} />
            <ChooseMany label={t('key.permissions')} value={value.permissions} options={permissions} onChange={(chosen) => put({ permissions: chosen })} />
            <ChooseMany label={t('key.brands')} value={value.brands} options={brands.map((one) => ({ value: one.id, label: nameOf(one) }))} onChange={(chosen) => put({ brands: chosen })} />
            <TextField type="date" label={t('key.until')} value={value.expires} onChange={(expires) => put({ expires })} />
          </>
        )}
      />
    </SimpleTable>
  );
}
