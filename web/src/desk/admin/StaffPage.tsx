import { answer, api } from '@/api/client';
import { useDeskT } from '@/i18n/desk';

import { Choose, ChooseMany, TextField } from '../parts/Inputs';
import { useCatalog, useNameOf, useRead, useSay } from '../parts/server';
import { CreateForm, SimpleTable } from './Simple';

const jobs = ['engineer', 'dispatcher', 'manager', 'storekeeper', 'office'] as const;

/** People of the outlets, with skills. */
export function StaffPage() {
  const t = useDeskT();
  const say = useSay();
  const nameOf = useNameOf();
  const skills = useCatalog()?.skills ?? [];
  const rows = useRead(['staff', 'all'], async () => (await answer(api.GET('/staff', { params: { query: { limit: 200 } } }))).items ?? []);
  const outlets = useRead(['outlets', 'all'], async () => (await answer(api.GET('/outlets', { params: { query: { limit: 200 } } }))).items ?? []).data ?? [];
  return (
    <SimpleTable
      title={t('nav.staff')}
      rows={rows}
      rowKey={(row) => row.id}
      columns={[
        { title: t('customer.name'), cell: (row) => row.name },
        { title: t('admin.job'), cell: (row) => say(`workforce.job.${row.job}`) },
        { title: t('order.outlet'), cell: (row) => outlets.find((one) => one.id === row.outlet_id)?.name },
        { title: t('customer.phone'), cell: (row) => row.phone },
        { title: t('admin.skills'), long: true, cell: (row) => (row.skills ?? []).map((one) => nameOf(skills.find((skill) => skill.code === one.code), one.code)).join(' · ') },
        { title: t('case.state'), cell: (row) => say(`workforce.state.${row.state}`) },
      ]}
    >
      <CreateForm
        label={t('admin.newStaff')}
        stale="staff"
        empty={{ name: '', job: 'engineer', outlet_id: '', phone: '', skills: [] as string[] }}
        ready={(value) => value.name !== '' && value.outlet_id !== ''}
        send={async ({ job, phone, skills: chosen, ...rest }) => {
          await answer(api.POST('/staff', { body: { ...rest, job: jobs.find((one) => one === job) ?? 'engineer', ...(phone ? { phone } : {}), skills: chosen.map((code) => ({ code, level: 3 })) } }));
          return undefined;
        }}
        fields={(value, put) => (
          <>
            <TextField label={t('customer.name')} value={value.name} onChange={(name) => put({ name })} />
            <Choose label={t('admin.job')} value={value.job} options={jobs.map((one) => ({ value: one, label: say(`workforce.job.${one}`) }))} onChange={(next) => put({ job: next ?? 'engineer' })} />
            <Choose label={t('order.outlet')} value={value.outlet_id} options={outlets.map((one) => ({ value: one.id, label: one.name }))} onChange={(next) => put({ outlet_id: next ?? '' })} />
            <TextField label={t('customer.phone')} value={value.phone} onChange={(phone) => put({ phone })} />
            <ChooseMany label={t('admin.skills')} value={value.skills} options={skills.map((one) => ({ value: one.code, label: nameOf(one) }))} onChange={(chosen) => put({ skills: chosen })} />
          </>
        )}
      />
    </SimpleTable>
  );
}
