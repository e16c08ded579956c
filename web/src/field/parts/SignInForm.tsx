import { KeyRound } from 'lucide-react';
import { useId, useState } from 'react';

import { knowsPasskeys, PasskeyStopped, signInByPasskey } from '@/api/passkey';
import { asApiError, type ApiError } from '@/api/problem';
import { signIn, type Me } from '@/api/session';
import { useT } from '@/i18n/setup';

import { ErrorView } from '@/kit/ErrorView';
import { NewPassword } from '@/kit/NewPassword';
import styles from '@/kit/signin.module.css';

interface Props {
  onSignedIn: (me: Me) => void;
}

/** Name and password, and the second factor's code when the server asks for it; or a passkey of this phone. */
export function SignInForm({ onSignedIn }: Props) {
  const t = useT();
  const id = useId();
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [wantsCode, setWantsCode] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError>();

  const [stopped, setStopped] = useState(false);
  const [mustChange, setMustChange] = useState(false);

  async function send(how: () => Promise<Me>) {
    setBusy(true);
    setError(undefined);
    setStopped(false);
    try {
      const me = await how();
      if (me.must_change_password) setMustChange(true);
      else onSignedIn(me);
    } catch (thrown) {
      const failure = asApiError(thrown);
      if (thrown instanceof PasskeyStopped) setStopped(true);
      else if (failure.code === 'identity.code_required') setWantsCode(true);
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
        void send(() => signIn({ login: login.trim(), password, code: code.trim() }));
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
      {knowsPasskeys() && (
        <button type="button" disabled={busy} onClick={() => void send(signInByPasskey)}>
          <KeyRound size={18} aria-hidden /> {t('signIn.passkey')}
        </button>
      )}
      {stopped && (
        <p role="alert" className={styles.bad}>
          {t('signIn.passkey.stopped')}
        </p>
      )}
    </form>
  );
}
