import { answer, api } from '@/api/client';
import type { components } from '@/api/schema';
import { useDeskT } from '@/i18n/desk';
import { useLang } from '@/i18n/setup';
import { Pill } from '@/kit/StatePill';
import { Block } from '@/ui/DetailPage';

import styles from '../parts/parts.module.css';
import { useRead, useSay } from '../parts/server';
import { Behind } from './ClocksKept';

type Measure = components['schemas']['ConsoleMeasure'];

/** How the work of the last days went. */
export function Measures() {
  const t = useDeskT();
  const measures = useRead(['kpis'], () => answer(api.GET('/console/kpis'))).data?.measures ?? [];
  if (measures.length === 0) return null;
  return (
    <Block title={t('kpi.title')}>
      <MeasureCards measures={measures} />
    </Block>
  );
}

/** Measures as cards: each measure with what it counts and where the trade usually lies; with a period, its numbers open their records. */
export function MeasureCards({ measures, search }: { measures: readonly Measure[]; search?: Record<string, string> }) {
  const t = useDeskT();
  const say = useSay();
  const lang = useLang();
  const format = new Intl.NumberFormat(lang, { style: 'percent', maximumFractionDigits: 1 });
  return (
      <div className={styles.cards} style={{ gridTemplateColumns: 'repeat(auto-fill, minmax(230px, 1fr))' }}>
        {measures.map(({ kpi, value, numerator, denominator, typical }) => {
          const out = typeof value === 'number' && (value < typical.low || value > typical.high);
          return (
            <div key={kpi} className={styles.card}>
              <span>{say(`kpi.${kpi}`)}</span>
              {typeof value === 'number' ? (
                <>
                  <span className={styles.spread}>
                    <b>{format.format(value)}</b>
                    <small className={styles.soft}>
                      {search ? (
                        <>
                          <Behind n={numerator} search={{ ...search, measure: kpi, hit: 'true' }} /> / <Behind n={denominator} search={{ ...search, measure: kpi }} />
                        </>
                      ) : (
                        t('kpi.of', { numerator, denominator })
                      )}
                    </small>
                  </span>
                  <div className={styles.measure} data-out={out || undefined} aria-hidden>
                    <i style={{ left: `${typical.low * 100}%`, right: `${(1 - typical.high) * 100}%` }} />
                    <b style={{ left: `calc(${value * 100}% - 1px)` }} />
                  </div>
                  <span className={styles.row}>
                    <Pill tone={out ? 'warn' : 'good'} label={t(out ? 'kpi.out' : 'kpi.in')} />
                  </span>
                </>
              ) : (
                <span className={styles.soft}>{t('kpi.none')}</span>
              )}
              <small className={styles.soft}>{t('kpi.typical', { low: format.format(typical.low), high: format.format(typical.high) })}</small>
            </div>
          );
        })}
      </div>
  );
}
