import { useId, useState } from 'react';

import { asApiError, type ApiError } from '@/api/problem';
import { changePassword, readMe, type Me } from '@/api/session';
import { useT } from '@/i18n/setup';

import { ErrorView } from './ErrorView';
import styles from './signin.module.css';

interface Props {
  /** The password that somebody else gave; asked for when it is not known any more. */
  old: string;
  /** Whose it is, so that a keeper of passwords writes the new one down under the right name. */
  login: string;
  onChanged: (me: Me) => void;
}

/** Whoever was given a password chooses one of their own before anything else. */
export function NewPassword({ old, login, onChanged }: Props) {
  const t = useT();
  const id = useId();
  const [given, setGiven] = useState(old);
  const [password, setPassword] = useState('');
  const [shown, setShown] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError>();

  const weak = error?.fields.find((one) => one.path === 'password');

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
      <img src="/icon.svg" alt="" width={48} height={48} />
      <h1>{t('signIn.new.title')}</h1>
      <p>{t('signIn.new.why')}</p>
      <input type="text" name="username" autoComplete="username" value={login} readOnly hidden />
      {old === '' && (
        <>
          <label htmlFor={`${id}-old`}>{t('signIn.new.old')}</label>
          <input id={`${id}-old`} type="password" autoComplete="current-password" required value={given} onChange={(event) => setGiven(event.target.value)} />
        </>
      )}
      <label htmlFor={`${id}-new`}>{t('signIn.new.password')}</label>
      <input
        id={`${id}-new`}
        type={shown ? 'text' : 'password'}
        autoComplete="new-password"
        autoCapitalize="none"
        spellCheck={false}
        aria-describedby={`${id}-rule`}
        aria-invalid={weak ? true : undefined}
        required
        value={password}
        onChange={(event) => setPassword(event.target.value)}
      />
      <small id={`${id}-rule`} role={weak ? 'alert' : undefined} data-bad={weak ? true : undefined}>
        {weak?.words ?? t('signIn.new.rule')}
      </small>
      <label className={styles.tick}>
        <input type="checkbox" checked={shown} onChange={(event) => setShown(event.target.checked)} /> {t('signIn.new.show')}
      </label>
      {error && !weak && <ErrorView inline error={error} safe="kept" />}
      <button type="submit" disabled={busy} aria-busy={busy}>
        {t('signIn.new.send')}
      </button>
    </form>
  );
}
