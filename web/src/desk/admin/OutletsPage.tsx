import { answer, api } from '@/api/client';
import { useDeskT } from '@/i18n/desk';

import { Choose, ChooseMany, TextField } from '../parts/Inputs';
import { useCatalog, useNameOf, useRead, useSay } from '../parts/server';
import { CreateForm, SimpleTable } from './Simple';

const kinds = ['own', 'authorised', 'franchised', 'agent'] as const;

/** Service outlets, each with the areas it serves first. */
export function OutletsPage() {
  const t = useDeskT();
  const say = useSay();
  const nameOf = useNameOf();
  const brands = useCatalog()?.brands ?? [];
  const rows = useRead(['outlets', 'all'], async () => (await answer(api.GET('/outlets', { params: { query: { limit: 200 } } }))).items ?? []);
  return (
    <SimpleTable
      title={t('nav.outlets')}
      rows={rows}
      rowKey={(row) => row.id}
      columns={[
        { title: t('admin.code'), cell: (row) => row.code },
        { title: t('admin.name'), cell: (row) => row.name },
        { title: t('admin.kind'), cell: (row) => say(`outlets.kind.${row.kind}`) },
        { title: t('customer.phone'), cell: (row) => row.phone },
        { title: t('admin.division'), cell: (row) => row.division },
        { title: t('case.state'), cell: (row) => say(`outlets.state.${row.state}`) },
      ]}
    >
      <CreateForm
        label={t('admin.newOutlet')}
        stale="outlets"
        empty={{ code: '', name: '', kind: 'authorised', phone: '', division: '', brands: [] as string[] }}
        ready={(value) => value.code !== '' && value.name !== ''}
        send={async ({ kind, phone, division, brands: chosen, ...rest }) => {
          const body = { ...rest, kind: kinds.find((one) => one === kind) ?? 'authorised', ...(phone ? { phone } : {}), ...(division ? { division } : {}), ...(chosen.length > 0 ? { brands: chosen } : {}) };
          const made = await answer(api.POST('/outlets', { body }));
          if (division) {
            const header = { 'If-Match': `"${made.version}"` };
            await answer(api.PUT('/outlets/{id}/areas', { params: { path: { id: made.id }, header }, body: { items: [{ division, rank: 1 }] } }));
          }
          return undefined;
        }}
        fields={(value, put) => (
          <>
            <TextField label={t('admin.codeLower')} value={value.code} onChange={(code) => put({ code })} />
            <TextField label={t('admin.name')} value={value.name} onChange={(name) => put({ name })} />
            <Choose label={t('admin.kind')} value={value.kind} options={kinds.map((one) => ({ value: one, label: say(`outlets.kind.${one}`) }))} onChange={(next) => put({ kind: next ?? 'authorised' })} />
            <TextField label={t('customer.phone')} value={value.phone} onChange={(phone) => put({ phone })} />
            <TextField label={t('admin.divisionServes')} value={value.division} onChange={(division) => put({ division })} />
            <ChooseMany label={t('case.brand')} value={value.brands} options={brands.map((one) => ({ value: one.id, label: nameOf(one) }))} onChange={(chosen) => put({ brands: chosen })} />
          </>
        )}
      />
    </SimpleTable>
  );
}
