import { CircleAlert, CircleCheck, CircleX, LoaderCircle, TriangleAlert } from 'lucide-react';

import { useMemo } from 'react';

import { useDeskT } from '@/i18n/desk';

import { useCatalog, useNameOf } from '../parts/server';
import styles from './board.module.css';
import type { DayOrder, Verdict } from './types';

const icons = { fits: CircleCheck, dear: CircleAlert, aside: TriangleAlert, refused: CircleX } as const;

/** What the server says of a spot, as icon and word. */
export function VerdictMark({ verdict, word = true }: { verdict: Verdict | undefined; word?: boolean }) {
  const t = useDeskT();
  if (!verdict) {
    return (
      <span className={styles.verdict} data-verdict="asking">
        <LoaderCircle size={14} aria-hidden /> {word && t('board.asking')}
      </span>
    );
  }
  const Icon = icons[verdict];
  return (
    <span className={styles.verdict} data-verdict={verdict} title={word ? undefined : t(`board.verdict.${verdict}`)}>
      <Icon size={14} {...(word ? { 'aria-hidden': true } : { role: 'img', 'aria-label': t(`board.verdict.${verdict}`) })} /> {word && t(`board.verdict.${verdict}`)}
    </span>
  );
}

/** Words for an order: what it is about and what is to be done. */
export function useOrderWords(): (order: Pick<DayOrder, 'category' | 'service_type'> | undefined) => string {
  const catalog = useCatalog();
  const nameOf = useNameOf();
  // The same function as long as the names are: lines of the board are not drawn again.
  return useMemo(() => {
    const services = new Map(catalog?.service_types?.map((one) => [one.code, nameOf(one)]));
    const categories = new Map(catalog?.categories?.map((one) => [one.code, nameOf(one)]));
    return (order) => {
      if (!order) return '';
      const service = services.get(order.service_type) ?? order.service_type;
      const category = categories.get(order.category ?? '') ?? order.category ?? '';
      return category === '' ? service : `${category} · ${service}`;
    };
  }, [catalog, nameOf]);
}
