import { answer, api } from '@/api/client';
import { useDeskT } from '@/i18n/desk';

import { Choose, ChooseMany, TextField } from '../parts/Inputs';
import { useNameOf, useRead } from '../parts/server';
import { CreateForm, SimpleTable } from './Simple';

/** Accounts of the desk and of engineers; a new one's password is shown once. */
export function UsersPage() {
  const t = useDeskT();
  const nameOf = useNameOf();
  const rows = useRead(['users'], async () => (await answer(api.GET('/users', { params: { query: { limit: 200 } } }))).items ?? []);
  const roles = useRead(['roles'], async () => (await answer(api.GET('/roles'))).items ?? []).data ?? [];
  const outlets = useRead(['outlets', 'all'], async () => (await answer(api.GET('/outlets', { params: { query: { limit: 200 } } }))).items ?? []).data ?? [];
  const engineers = useRead(['staff', 'all'], async () => (await answer(api.GET('/staff', { params: { query: { limit: 200 } } }))).items ?? []).data ?? [];
  return (
    <SimpleTable
      title={t('nav.users')}
      rows={rows}
      rowKey={(row) => row.id}
      columns={[
        { title: t('signin.login'), cell: (row) => row.login },
        { title: t('customer.name'), cell: (row) => row.name },
        { title: t('admin.roles'), cell: (row) => (row.roles ?? []).map((key) => nameOf(roles.find((one) => one.key === key), key)).join(' · ') },
        { title: t('order.outlet'), cell: (row) => (row.outlet_path === '/' ? t('admin.all') : (outlets.find((one) => one.path === row.outlet_path)?.name ?? row.outlet_path)) },
        { title: t('case.state'), cell: (row) => t(`user.${row.state}`) },
      ]}
    >
      <CreateForm
        label={t('admin.newUser')}
        stale="users"
        empty={{ login: '', name: '', roles: [] as string[], outlet_path: '/', engineer_id: '' }}
        ready={(value) => value.login !== '' && value.name !== '' && value.roles.length > 0}
        send={async ({ engineer_id, ...rest }) => {
          const made = await answer(api.POST('/users', { body: { ...rest, ...(engineer_id ? { engineer_id } : {}) } }));
          return t('admin.password', { login: made.login, password: made.temporary_password });
        }}
        fields={(value, put) => (
          <>
            <TextField label={t('signin.login')} value={value.login} onChange={(login) => put({ login })} />
            <TextField label={t('customer.name')} value={value.name} onChange={(name) => put({ name })} />
            <ChooseMany label={t('admin.roles')} value={value.roles} options={roles.map((one) => ({ value: one.key, label: nameOf(one) }))} onChange={(chosen) => put({ roles: chosen })} />
            <Choose label={t('order.outlet')} value={value.outlet_path} options={[{ value: '/', label: t('admin.all') }, ...outlets.map((one) => ({ value: one.path, label: one.name }))]} onChange={(next) => put({ outlet_path: next ?? '/' })} />
            <Choose label={t('order.engineer')} value={value.engineer_id} options={engineers.map((one) => ({ value: one.id, label: one.name }))} onChange={(next) => put({ engineer_id: next ?? '' })} />
          </>
        )}
      />
    </SimpleTable>
  );
}
