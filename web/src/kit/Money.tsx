import { useLang } from '@/i18n/setup';
import { formatMoney } from '@/lib/format';

import styles from './money.module.css';

interface Props {
  /** Minor units: fen, cents. */
  minor: number;
  currency: string;
}

/** An amount with its currency, in figures of one width. */
export function Money({ minor, currency }: Props) {
  const lang = useLang();
  return (
    <span className={styles.money} data-negative={minor < 0 || undefined}>
      {formatMoney(minor, currency, lang)}
    </span>
  );
}
