import { Segmented } from 'antd';
import { Link } from '@tanstack/react-router';

import { answer, api } from '@/api/client';
import { useDeskT } from '@/i18n/desk';
import { Money } from '@/kit/Money';
import { useListState } from '@/ui/list/useListState';

import { SimpleTable } from '../admin/Simple';
import { Choose } from '../parts/Inputs';
import styles from '../parts/parts.module.css';
import { may, useCatalog, useMe, useNameOf, useRead } from '../parts/server';

const views = ['causes', 'often'] as const;
type View = (typeof views)[number];
const spans = ['30', '90', '365'] as const;

/** What goods coming back say: why, of which product and batch, at what cost; and whom a person should hear. */
export function ReportPage() {
  const t = useDeskT();
  const { data: me } = useMe();
  const [state, change] = useListState(['view', 'days']);
  const seen = views.filter((one) => one === 'causes' || may(me, 'returns.decide'));
  const view: View = seen.find((one) => one === state.filters['view']?.[0]) ?? 'causes';
  const days = spans.find((one) => one === state.filters['days']?.[0]) ?? (view === 'causes' ? '90' : '365');
  return (
    <div className={styles.tall}>
      <div className={styles.bar}>
        <Segmented value={view} options={seen.map((one) => ({ value: one, label: t(`report.${one}`) }))} onChange={(next) => change({ filters: { view: [next] }, selected: '' })} />
        <div className={styles.choose}>
          <Choose label={t('report.days')} value={days} options={spans.map((one) => ({ value: one, label: t('report.span', { count: Number(one) }) }))} onChange={(next) => change({ filters: { view: [view], days: [next ?? days] } })} />
        </div>
      </div>
      {view === 'causes' ? <Causes days={Number(days)} /> : <Often days={Number(days)} />}
    </div>
  );
}

function Causes({ days }: { days: number }) {
  const t = useDeskT();
  const nameOf = useNameOf();
  const catalog = useCatalog();
  const rows = useRead(['return-causes', days], async () => (await answer(api.GET('/return-causes', { params: { query: { days } } }))) ?? []);
  const product = (row: { model_id?: string | undefined; category?: string | undefined }) => {
    const model = catalog?.models?.find((one) => one.id === row.model_id);
    return model ? nameOf(model, model.code) : nameOf(catalog?.categories?.find((one) => one.code === row.category), t('report.unknown'));
  };
  return (
    <SimpleTable
      title={t('report.causes')}
      rows={rows}
      rowKey={(row) => [row.reason, row.model_id, row.category, row.batch, row.currency].join(' ')}
      empty={t('report.none')}
      columns={[
        { title: t('return.reason'), cell: (row) => nameOf(catalog?.reasons?.find((one) => one.code === row.reason), row.reason), long: true },
        { title: t('report.product'), cell: product, long: true },
        { title: t('report.batch'), cell: (row) => row.batch ?? '' },
        { title: t('report.returns'), cell: (row) => row.returns },
        { title: t('report.refunded'), cell: (row) => <Money minor={row.refunded} currency={row.currency} /> },
        { title: t('report.freight'), cell: (row) => <Money minor={row.freight} currency={row.currency} /> },
        { title: t('report.recovered'), cell: (row) => <Money minor={row.recovered} currency={row.currency} /> },
        { title: t('report.each'), cell: (row) => <Money minor={row.per_return} currency={row.currency} /> },
      ]}
    />
  );
}

function Often({ days }: { days: number }) {
  const t = useDeskT();
  const rows = useRead(['return-hearings', days], async () => (await answer(api.GET('/return-hearings', { params: { query: { days } } }))) ?? []);
  return (
    <SimpleTable
      title={t('report.often')}
      rows={rows}
      rowKey={(row) => row.customer_id}
      empty={t('report.none')}
      columns={[
        {
          title: t('case.customer'),
          cell: (row) => (
            <Link to="/customers" search={{ selected: row.customer_id }} data-own-words>
              {row.name}
            </Link>
          ),
        },
        { title: t('report.returns'), cell: (row) => row.returns },
        { title: t('report.withdrawn'), cell: (row) => row.withdrawn },
        { title: t('report.swapped'), cell: (row) => row.swapped },
        { title: t('report.estimate'), cell: (row) => <Money minor={row.estimate} currency={row.currency} /> },
      ]}
    >
      <p className={styles.soft}>{t('report.often.about')}</p>
    </SimpleTable>
  );
}
