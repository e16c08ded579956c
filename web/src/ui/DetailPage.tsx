import { type ReactNode } from 'react';

import { useDeskT } from '@/i18n/desk';

import styles from './detail.module.css';
import { useTabTitle } from './place';

interface Props {
  /** The number people say: C2611-000123. */
  number: string;
  title: ReactNode;
  /** State, clocks, flags, in one line. */
  badges?: ReactNode;
  /** The ActBar. */
  acts?: ReactNode;
  /** The story beside it: customer, unit, coverage. */
  side?: ReactNode;
  children: ReactNode;
}

/** A record: number, state, clocks and acts stay in sight while its story scrolls. */
export function DetailPage({ number, title, badges, acts, side, children }: Props) {
  const t = useDeskT();
  useTabTitle('record', number);
  return (
    <article className={styles.page}>
      <header className={styles.head}>
        <div className={styles.title}>
          <span className={styles.number} translate="no">
            {number}
          </span>
          <h1>{title}</h1>
        </div>
        {badges && <div className={styles.badges}>{badges}</div>}
        {acts}
      </header>
      <div className={styles.columns}>
        <div className={styles.main}>{children}</div>
        {side && (
          <aside className={styles.side} aria-label={t('detail.side')}>
            {side}
          </aside>
        )}
      </div>
    </article>
  );
}

/** A titled block of a detail. */
export function Block({ title, extra, children }: { title: string; extra?: ReactNode; children: ReactNode }) {
  return (
    <section className={styles.block}>
      <div className={styles.blockHead}>
        <h2>{title}</h2>
        {extra}
      </div>
      {children}
    </section>
  );
}

/** Facts in two columns: name and value. */
export function Facts({ facts }: { facts: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className={styles.facts}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
