import { Link } from '@tanstack/react-router';

import { useDeskT } from '@/i18n/desk';
import { RelativeTime } from '@/kit/RelativeTime';
import { StatePill } from '@/kit/StatePill';
import { Block } from '@/ui/DetailPage';

import styles from '../parts/parts.module.css';
import type { Case } from '../parts/types';

/** The cases of a customer or a machine, the newest first. */
export function CaseLines({ cases }: { cases: readonly Case[] }) {
  const t = useDeskT();
  return (
    <Block title={t('nav.cases')}>
      {cases.length === 0 && <p className={styles.soft}>{t('word.none')}</p>}
      <ul className={styles.lines}>
        {cases.map((row) => (
          <li key={row.id}>
            <Link to="/cases/$caseId" params={{ caseId: row.id }}>{row.number}</Link>
            <StatePill kind="case" state={row.state} />
            <span>{row.summary}</span>
            <small className={styles.soft}>
              <RelativeTime at={row.created_at} />
            </small>
          </li>
        ))}
      </ul>
    </Block>
  );
}
