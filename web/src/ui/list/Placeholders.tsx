import { Button } from 'antd';
import { Inbox } from 'lucide-react';
import type { ReactNode } from 'react';

import { useDeskT } from '@/i18n/desk';

import { usePlace } from '../place';
import styles from './list.module.css';

/** Grey rows while the first page is on its way. */
export function SkeletonRows({ lines = 12 }: { lines?: number }) {
  const t = useDeskT();
  return (
    <div className={styles.skeleton} role="status" aria-busy="true" aria-label={t('word.loading')}>
      {Array.from({ length: lines }, (_, index) => (
        <span key={index} style={{ width: `${92 - ((index * 17) % 40)}%` }} />
      ))}
    </div>
  );
}

interface EmptyProps {
  filtered: boolean;
  onClear: () => void;
  hint: ReactNode;
}

/** A list without rows: filtered away, or nothing yet, what the place is for and what to do about it. */
export function EmptyList({ filtered, onClear, hint }: EmptyProps) {
  const t = useDeskT();
  const { about } = usePlace();
  return (
    <div className={styles.empty}>
      <Inbox size={32} aria-hidden />
      <strong>{t(filtered ? 'list.emptyFiltered' : 'list.empty')}</strong>
      {!filtered && about !== undefined && <p>{about}</p>}
      {filtered ? <Button onClick={onClear}>{t('list.filter.clear')}</Button> : hint}
    </div>
  );
}
