import { Link } from '@tanstack/react-router';
import { Bug, FileQuestion } from 'lucide-react';

import { useDeskT } from '@/i18n/desk';

import styles from './fallback.module.css';

/** A path the desk does not have. */
export function LostPage() {
  const t = useDeskT();
  return (
    <main className={styles.page}>
      <FileQuestion size={36} aria-hidden />
      <h1>{t('notFound.title')}</h1>
      <p>{t('notFound.do')}</p>
      <Link to="/">{t('home.title')}</Link>
    </main>
  );
}

/** A screen that threw: the rest of the desk and the server's data are untouched. */
export function CrashPage() {
  const t = useDeskT();
  return (
    <main className={styles.page} role="alert">
      <Bug size={36} aria-hidden />
      <h1>{t('crash.title')}</h1>
      <p>{t('crash.do')}</p>
      <button type="button" className={styles.button} onClick={() => location.reload()}>
        {t('word.reload')}
      </button>
    </main>
  );
}
