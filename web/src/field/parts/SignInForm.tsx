import { useId, useState } from 'react';

import { asApiError, type ApiError } from '@/api/problem';
import { signIn, type Me } from '@/api/session';
import { useT } from '@/i18n/setup';

import { ErrorView } from '@/kit/ErrorView';
import { NewPassword } from '@/kit/NewPassword';
import styles from '@/kit/signin.module.css';

interface Props {
  onSignedIn: (me: Me) => void;
}

/** Name and password, and the second factor's code when the server asks for it. */
export function SignInForm({ onSignedIn }: Props) {
  const t = useT();
  const id = useId();
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [wantsCode, setWantsCode] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError>();

  const [mustChange, setMustChange] = useState(false);

  async function send() {
    setBusy(true);
    setError(undefined);
    try {
      const me = await signIn({ login: login.trim(), password, code: code.trim() });
      if (me.must_change_password) setMustChange(true);
      else onSignedIn(me);
    } catch (thrown) {
      const failure = asApiError(thrown);
      if (failure.code === 'identity.code_required') setWantsCode(true);
      else setError(failure);
    } finally {
      setBusy(false);
    }
  }

  if (mustChange) return <NewPassword old={password} login={login.trim()} onChanged={onSignedIn} />;
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <img src="/icon.svg" alt="" width={48} height={48} />
      <h1>{t('signIn.title')}</h1>
      <label htmlFor={`${id}-login`}>{t('signIn.login')}</label>
      <input id={`${id}-login`} autoComplete="username" autoCapitalize="none" spellCheck={false} required value={login} onChange={(event) => setLogin(event.target.value)} />
      <label htmlFor={`${id}-password`}>{t('signIn.password')}</label>
      <input id={`${id}-password`} type="password" autoComplete="current-password" required value={password} onChange={(event) => setPassword(event.target.value)} />
      {wantsCode && (
        <>
          <label htmlFor={`${id}-code`}>{t('signIn.code')}</label>
          <input id={`${id}-code`} inputMode="numeric" autoComplete="one-time-code" autoFocus required value={code} onChange={(event) => setCode(event.target.value)} />
        </>
      )}
      {/* A wrong password is no ended session: its words come from the server. */}
      {error && <ErrorView inline error={error} safe="kept" />}
      <button type="submit" disabled={busy} aria-busy={busy}>
        {t('signIn.send')}
      </button>
    </form>
  );
}
