import { Segmented } from 'antd';

import { answer, api } from '@/api/client';
import { useDeskT } from '@/i18n/desk';
import { useLang } from '@/i18n/setup';
import { ErrorView } from '@/kit/ErrorView';
import { Block } from '@/ui/DetailPage';
import { SkeletonRows } from '@/ui/list/Placeholders';
import { useListState } from '@/ui/list/useListState';

import { Choose } from '../parts/Inputs';
import styles from '../parts/parts.module.css';
import { useRead, useSay } from '../parts/server';
import { Behind, ClocksKept } from './ClocksKept';
import own from './home.module.css';
import { LoadBlock } from './LoadBlock';
import { MeasureCards } from './Measures';
import { StandingNow } from './StandingNow';

const periods = ['7', '30', '90'] as const;
const dayMs = 86_400_000;

/** Where time, money and trust are lost: measures of a period, and how outlets differ. */
export function DashboardPage() {
  const t = useDeskT();
  const say = useSay();
  const lang = useLang();
  const [state, change] = useListState(['days', 'outlet', 'ahead']);
  const days = periods.find((one) => one === state.filters['days']?.[0]) ?? '30';
  const outlet = state.filters['outlet']?.[0] ?? '';
  // The day is the key: an instant would ask anew with every render.
  const today = new Date().toISOString().slice(0, 10);
  const from = new Date(Date.parse(today) - (Number(days) - 1) * dayMs).toISOString().slice(0, 10);
  const to = today;
  const all = useRead(['kpis', from, to], () => answer(api.GET('/console/kpis', { params: { query: { from, to } } })));
  const one = useRead(['kpis', from, to, outlet], () => answer(api.GET('/console/kpis', { params: { query: { from, to, outlet } } })), outlet !== '');
  const shown = outlet === '' ? all : one;
  const percent = new Intl.NumberFormat(lang, { style: 'percent', maximumFractionDigits: 1 });
  const outlets = all.data?.outlets ?? [];
  const set = (key: string, value: string) => {
    const next = { ...state.filters, [key]: value === '' ? [] : [value] };
    change({ filters: Object.fromEntries(Object.entries(next).filter(([, list]) => list.length > 0)) });
  };
  return (
    <div className={`${styles.page} ${styles.wide}`}>
      <div className={`${styles.spread} ${styles.wraps}`}>
        <h1>{t('nav.dashboard')}</h1>
        <span className={styles.row}>
          <Segmented aria-label={t('dash.period')} value={days} options={periods.map((value) => ({ value, label: t('dash.days', { count: Number(value) }) }))} onChange={(value) => set('days', value)} />
          <span className={styles.choose}>
            <Choose label={t('dash.outlet')} none={t('dash.allOutlets')} value={outlet} options={outlets.flatMap((row) => (row.id ? [{ value: row.id, label: row.name }] : []))} onChange={(next) => set('outlet', next ?? '')} />
          </span>
        </span>
      </div>
      <StandingNow outlet={outlet} />
      <LoadBlock outlet={outlet} ahead={state.filters['ahead']?.[0] ?? '7'} onAhead={(next) => set('ahead', next)} />
      {shown.error && <ErrorView error={shown.error} retry={() => void shown.refetch()} />}
      {!shown.data && !shown.error && <SkeletonRows />}
      {shown.data && (
        <Block title={t('dash.measures')}>
          <MeasureCards measures={shown.data.measures ?? []} search={{ from, to, ...(outlet ? { outlet } : {}) }} />
        </Block>
      )}
      <ClocksKept from={from} to={to} outlet={outlet} />
      {outlets.length > 0 && (
        <Block title={t('dash.byOutlet')}>
          <div className={styles.table}>
            <table>
              <thead>
                <tr>
                  <th scope="col">{t('dash.outlet')}</th>
                  {(outlets[0]?.measures ?? []).map((measure) => (
                    <th key={measure.kpi} scope="col">
                      {say(`kpi.${measure.kpi}`)}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {outlets.map((row) => (
                  <tr key={row.path}>
                    <td data-title={t('dash.outlet')}>
                      {row.id ? (
                        <button type="button" className="quiet-button" aria-pressed={row.id === outlet} onClick={() => set('outlet', row.id === outlet ? '' : (row.id ?? ''))}>
                          {row.name}
                        </button>
                      ) : (
                        <span data-own-words>{row.path === '/' ? t('dash.centre') : row.name || t('dash.noOutlet')}</span>
                      )}
                    </td>
                    {(row.measures ?? []).map(({ kpi, value, typical, numerator, denominator }) => {
                      const out = typeof value === 'number' && (value < typical.low || value > typical.high);
                      const search = { from, to, measure: kpi, path: row.path };
                      return (
                        <td key={kpi} data-title={say(`kpi.${kpi}`)} className={out ? styles.outside : undefined}>
                          {typeof value === 'number' ? (
                            <span className={own.cell}>
                              <span title={out ? t('kpi.out') : undefined}>
                                {percent.format(value)}
                                {out && ' ⚠'}
                              </span>
                              <small>
                                <Behind n={numerator} search={{ ...search, hit: 'true' }} /> / <Behind n={denominator} search={search} />
                              </small>
                            </span>
                          ) : (
                            '–'
                          )}
                        </td>
                      );
                    })}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </Block>
      )}
    </div>
  );
}
