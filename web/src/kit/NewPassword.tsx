import { useId, useState } from 'react';

import { asApiError, type ApiError } from '@/api/problem';
import { changePassword, readMe, type Me } from '@/api/session';
import { useT } from '@/i18n/setup';

import { ErrorView } from './ErrorView';
import styles from './signin.module.css';

interface Props {
  /** The password that somebody else gave; asked for when it is not known any more. */
  old: string;
  onChanged: (me: Me) => void;
}

/** Whoever was given a password chooses one of their own before anything else. */
export function NewPassword({ old, onChanged }: Props) {
  const t = useT();
  const id = useId();
  const [given, setGiven] = useState(old);
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError>();

  async function send() {
    setBusy(true);
    setError(undefined);
    try {
      await changePassword(given, password);
      onChanged(await readMe());
    } catch (thrown) {
      setError(asApiError(thrown));
    } finally {
      setBusy(false);
    }
  }

  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <h1>{t('signIn.new.title')}</h1>
      <p>{t('signIn.new.why')}</p>
      {old === '' && (
        <>
          <label htmlFor={`${id}-old`}>{t('signIn.new.old')}</label>
          <input id={`${id}-old`} type="password" autoComplete="current-password" required value={given} onChange={(event) => setGiven(event.target.value)} />
        </>
      )}
      <label htmlFor={`${id}-new`}>{t('signIn.new.password')}</label>
      <input id={`${id}-new`} type="password" autoComplete="new-password" required value={password} onChange={(event) => setPassword(event.target.value)} />
      {error && <ErrorView inline error={error} safe="kept" />}
      <button type="submit" disabled={busy} aria-busy={busy}>
        {t('signIn.new.send')}
      </button>
    </form>
  );
}
