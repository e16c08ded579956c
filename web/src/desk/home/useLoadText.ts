import { useDeskT } from '@/i18n/desk';
import { useLang } from '@/i18n/setup';

import { hoursOf, type OutletLoad } from './load';

/** Words for capacity and work, in the outlet's own unit. */
export function useLoadText() {
  const t = useDeskT();
  const lang = useLang();
  const format = new Intl.NumberFormat(lang, { style: 'percent', maximumFractionDigits: 0 });
  const amount = (unit: OutletLoad['unit'], value: number) => (unit === 'orders' ? t('load.orders', { count: value }) : t('load.hours', { text: hoursOf(value).toLocaleString(lang) }));
  return {
    amount,
    percent: (load: number | undefined) => (load === undefined ? '–' : Number.isFinite(load) ? format.format(load) : t('load.noCapacity')),
    of: (row: OutletLoad) => `${amount(row.unit, row.booked + row.waiting)} / ${amount(row.unit, row.available)}`,
  };
}
