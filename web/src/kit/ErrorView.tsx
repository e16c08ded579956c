import { CircleAlert, CloudOff, Copy, FileQuestion, Hourglass, Lock, LogIn, UsersRound } from 'lucide-react';
import { useState, type ReactNode } from 'react';

import type { ApiError } from '@/api/problem';
import { useT } from '@/i18n/setup';
import { copyWords } from '@/lib/copy';

import styles from './error.module.css';
import { adviceKey, screenOf, titleKey } from './failure';

const icons = {
  network: CloudOff,
  server: CircleAlert,
  forbidden: Lock,
  missing: FileQuestion,
  conflict: UsersRound,
  session: LogIn,
  busy: Hourglass,
  refused: CircleAlert,
} as const;

interface Props {
  error: ApiError;
  /** Asks again with the same input. */
  retry?: (() => void) | undefined;
  /** What is safe: `kept` where a form holds input, `unchanged` where an act was refused. */
  safe?: 'kept' | 'unchanged';
  /** A slim line inside a form or pane instead of a page. */
  inline?: boolean;
  children?: ReactNode;
}

/** A failure in words: what happened, what is safe, what to do, and the id that support asks for. */
export function ErrorView({ error, retry, safe, inline = false, children }: Props) {
  const t = useT();
  const [copied, setCopied] = useState(false);
  const screen = screenOf(error);
  const Icon = icons[screen];
  return (
    <div role="alert" className={inline ? styles.inline : styles.page} data-screen={screen}>
      <Icon className={styles.icon} size={inline ? 18 : 32} aria-hidden />
      <div className={styles.words}>
        <strong>{error.words || t(titleKey(screen))}</strong>
        <span className={styles.soft}>
          {t(adviceKey(screen))}
          {safe && <span className={styles.safe}>{t(`error.safe.${safe}`)}</span>}
        </span>
        {error.fields.length > 0 && (
          <ul className={styles.fields}>
            {error.fields.map((field) => (
              <li key={`${field.path}:${field.code}`}>
                <code>{field.path}</code> {field.words || field.code}
              </li>
            ))}
          </ul>
        )}
        {children}
        <span className={styles.foot}>
          {retry && (
            <button type="button" className={styles.retry} onClick={retry}>
              {t('word.retry')}
            </button>
          )}
          {error.requestId && (
            <button
              type="button"
              className={styles.id}
              title={t('error.copy')}
              onClick={() => void copyWords(error.requestId).then(setCopied)}
            >
              {t('error.requestId')} <code>{error.requestId}</code> <Copy size={12} aria-hidden />
              {copied && <span role="status">{t('error.copied')}</span>}
            </button>
          )}
        </span>
      </div>
    </div>
  );
}
