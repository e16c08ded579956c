import { Link } from '@tanstack/react-router';
import { ArrowRight } from 'lucide-react';

import type { components } from '@/api/schema';
import { useDeskT } from '@/i18n/desk';
import { useLang } from '@/i18n/setup';
import { ReasonList } from '@/ui/Why';

import { useWorded } from '../parts/reasons';
import { useWindowText } from '../parts/window';
import styles from './board.module.css';
import type { DayOrder, Lane } from './types';

type Difference = components['schemas']['DispatchDifference'];
type Placing = components['schemas']['DispatchPlacing'];

const kinds = ['moved', 'dropped', 'unserved', 'added'] as const;

interface Props {
  list: readonly Difference[];
  orders: readonly DayOrder[];
  lanes: readonly Lane[];
}

/** What a plan changes, one line a piece of work: from where to where, and why. */
export function Changes({ list, orders, lanes }: Props) {
  const t = useDeskT();
  const lang = useLang();
  const worded = useWorded();
  const windowText = useWindowText();
  const known = new Map([...orders, ...lanes.flatMap((lane) => lane.bars).flatMap((bar) => bar.orders)].map((order) => [order.id, order.number]));
  const names = new Map(lanes.map((lane) => [lane.id, lane.name]));
  const placed = ({ engineers, start, end }: Placing) => `${(engineers ?? []).map((id) => names.get(id) ?? '').join(lang === 'en' ? ', ' : '、')} ${windowText(start, end)}`;
  return kinds.map((kind) => {
    const rows = list.filter((one) => one.kind === kind);
    if (rows.length === 0) return null;
    return (
      <section key={kind}>
        <h3>
          {t(`board.change.${kind}`)} <small className={styles.soft}>{rows.length}</small>
        </h3>
        <ul className={styles.plain}>
          {rows.map((one) => (
            <li key={one.visit_id ?? (one.orders ?? []).join()}>
              {(one.orders ?? []).map((id) => (
                <b key={id}>
                  <Link to="/orders/$orderId" params={{ orderId: id }}>
                    {known.get(id) ?? t('board.change.elsewhere')}
                  </Link>{' '}
                </b>
              ))}
              {one.promise_broken && (
                <span className={styles.verdict} data-verdict="refused">
                  {t('board.change.broken')}
                </span>
              )}
              <div>
                {one.from && <span className={styles.soft}>{placed(one.from)} </span>}
                {one.from && one.to && <ArrowRight size={12} aria-label={t('board.change.to')} role="img" />} {one.to && placed(one.to)}
              </div>
              <ReasonList reasons={worded(one.reasons)} />
            </li>
          ))}
        </ul>
      </section>
    );
  });
}
