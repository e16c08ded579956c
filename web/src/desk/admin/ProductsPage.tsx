import { answer, api } from '@/api/client';
import { useDeskT } from '@/i18n/desk';

import { Choose, TextField } from '../parts/Inputs';
import { useCatalog, useNameOf, useRead } from '../parts/server';
import { CreateForm, SimpleTable } from './Simple';

/** Brands and their models. */
export function ProductsPage() {
  const t = useDeskT();
  const nameOf = useNameOf();
  const catalog = useCatalog();
  const brands = useRead(['catalog', 'brands'], async () => (await answer(api.GET('/catalog'))).brands ?? []);
  const models = useRead(['models'], async () => (await answer(api.GET('/models', { params: { query: { limit: 200 } } }))).items ?? []);
  const brandOptions = (brands.data ?? []).map((one) => ({ value: one.id, label: nameOf(one) }));
  return (
    <>
      <SimpleTable
        title={t('admin.brands')}
        rows={brands}
        rowKey={(row) => row.id}
        columns={[
          { title: t('admin.code'), cell: (row) => <code>{row.code}</code> },
          { title: t('admin.name'), cell: (row) => nameOf(row) },
          { title: t('admin.hotline'), cell: (row) => row.hotline },
        ]}
      >
        <CreateForm
          label={t('admin.newBrand')}
          stale="catalog"
          empty={{ code: '', name_zh: '', name_en: '', hotline: '' }}
          ready={(value) => value.code !== '' && value.name_zh !== ''}
          send={async (value) => (await answer(api.POST('/brands', { body: value })), undefined)}
          fields={(value, put) => (
            <>
              <TextField label={t('admin.code')} value={value.code} onChange={(code) => put({ code })} />
              <TextField label={t('admin.nameZh')} value={value.name_zh} onChange={(name_zh) => put({ name_zh })} />
              <TextField label={t('admin.nameEn')} value={value.name_en} onChange={(name_en) => put({ name_en })} />
              <TextField label={t('admin.hotline')} value={value.hotline} onChange={(hotline) => put({ hotline })} />
            </>
          )}
        />
      </SimpleTable>
      <SimpleTable
        title={t('admin.models')}
        rows={models}
        rowKey={(row) => row.id}
        columns={[
          { title: t('unit.model'), cell: (row) => <code>{row.code}</code> },
          { title: t('admin.name'), cell: (row) => <span data-own-words>{nameOf(row)}</span>, long: true },
          { title: t('case.brand'), cell: (row) => nameOf(brands.data?.find((one) => one.id === row.brand_id)) },
          { title: t('case.product'), cell: (row) => nameOf(catalog?.categories?.find((one) => one.code === row.category), row.category) },
          { title: t('admin.warranty'), cell: (row) => t('admin.months', { count: row.warranty_months }) },
        ]}
      >
        <CreateForm
          label={t('admin.newModel')}
          stale="models"
          empty={{ brand_id: '', category: '', code: '' }}
          ready={(value) => value.brand_id !== '' && value.category !== '' && value.code !== ''}
          send={async (value) => (await answer(api.POST('/models', { body: value })), undefined)}
          fields={(value, put) => (
            <>
              <Choose label={t('case.brand')} value={value.brand_id} options={brandOptions} onChange={(next) => put({ brand_id: next ?? '' })} />
              <Choose label={t('case.product')} value={value.category} options={(catalog?.categories ?? []).map((one) => ({ value: one.code, label: nameOf(one) }))} onChange={(next) => put({ category: next ?? '' })} />
              <TextField label={t('unit.model')} value={value.code} onChange={(code) => put({ code })} />
            </>
          )}
        />
      </SimpleTable>
    </>
  );
}
