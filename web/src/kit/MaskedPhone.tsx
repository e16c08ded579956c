import { Eye, Phone } from 'lucide-react';
import { useState } from 'react';

import { useT } from '@/i18n/setup';

import styles from './phone.module.css';

interface Props {
  /** As the API gives it: 138****5678. */
  masked: string;
  /** Asks the server for the whole number, which records who looked; absent where one may not. */
  reveal?: (() => Promise<string>) | undefined;
  onError?: ((thrown: unknown) => void) | undefined;
}

/** A phone number that stays masked until somebody asks on the record, then can be called. */
export function MaskedPhone({ masked, reveal, onError }: Props) {
  const t = useT();
  const [number, setNumber] = useState('');
  const [waiting, setWaiting] = useState(false);

  async function show(ask: () => Promise<string>) {
    setWaiting(true);
    try {
      setNumber(await ask());
    } catch (thrown) {
      onError?.(thrown);
    } finally {
      setWaiting(false);
    }
  }

  if (number) {
    return (
      <span className={styles.phone}>
        <a href={`tel:${number.replace(/[^\d+]/g, '')}`} className={styles.number} aria-label={`${t('phone.call')} ${number}`}>
          <Phone size={13} aria-hidden /> {number}
        </a>
        <span className={styles.note}>{t('phone.revealed')}</span>
      </span>
    );
  }
  return (
    <span className={styles.phone}>
      <span className={styles.number} title={t('phone.masked')}>
        {masked}
      </span>
      {reveal && (
        <button type="button" className={styles.eye} disabled={waiting} aria-busy={waiting} aria-label={t('phone.reveal')} title={t('phone.reveal')} onClick={() => void show(reveal)}>
          <Eye size={14} aria-hidden />
        </button>
      )}
    </span>
  );
}
