import { Button } from 'antd';
import { KeyRound } from 'lucide-react';
import { useState, type SyntheticEvent } from 'react';

import { knowsPasskeys, PasskeyStopped, signInByPasskey } from '@/api/passkey';
import { asApiError, type ApiError } from '@/api/problem';
import { signIn, type Me } from '@/api/session';
import { useDeskT } from '@/i18n/desk';

import { TextField } from './parts/Inputs';
import styles from './parts/parts.module.css';

interface Props {
  me: Me;
  /** The same person is back. */
  onBack: () => void;
}

/**
 * Covers the desk when its session has ended: nobody reads on, and below it everything stays as it was typed until the
 * same person has signed in again, with the password or a passkey. Somebody else begins anew.
 */
export function SignInAgain({ me, onBack }: Props) {
  const t = useDeskT();
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [error, setError] = useState<ApiError>();
  const [busy, setBusy] = useState(false);
  const [stopped, setStopped] = useState(false);
  const wantsCode = code !== '' || /totp|code/.test(error?.code ?? '');
  const elsewhere = `/desk/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;

  async function send(how: () => Promise<Me>) {
    setBusy(true);
    setError(undefined);
    setStopped(false);
    try {
      const back = await how();
      if (back.id === me.id && !back.must_change_password) onBack();
      else location.assign('/desk/');
    } catch (thrown) {
      if (thrown instanceof PasskeyStopped) setStopped(true);
      else setError(asApiError(thrown));
    } finally {
      setBusy(false);
    }
  }

  return (
    <div className={styles.cover} role="dialog" aria-modal="true" aria-label={t('error.session.title')}>
      <div className={styles.signin}>
        <form
          onSubmit={(event: SyntheticEvent) => {
            event.preventDefault();
            void send(() => signIn({ login: me.login ?? '', password, code }));
          }}
        >
          <h1 className={styles.brand}>{t('error.session.title')}</h1>
          <p className={styles.soft}>{t('error.session.do')}</p>
          <p data-own-words>
            <b>{me.name}</b> {me.login}
          </p>
          <input type="text" name="username" autoComplete="username" value={me.login ?? ''} readOnly hidden />
          <TextField label={t('signin.password')} type="password" value={password} onChange={setPassword} autoComplete="current-password" />
          {wantsCode && <TextField label={t('signin.code')} value={code} onChange={setCode} autoComplete="one-time-code" />}
          {error && (
            <p role="alert" className={styles.error}>
              {error.words || t('error.network.title')}
            </p>
          )}
          <Button type="primary" htmlType="submit" loading={busy} disabled={password === ''} block>
            {t('signin.send')}
          </Button>
          {knowsPasskeys() && (
            <Button icon={<KeyRound size={16} aria-hidden />} disabled={busy} onClick={() => void send(signInByPasskey)} block>
              {t('signIn.passkey')}
            </Button>
          )}
          {stopped && (
            <p role="alert" className={styles.error}>
              {t('signIn.passkey.stopped')}
            </p>
          )}
          <Button type="text" size="small" href={elsewhere}>
            {t('signin.elsewhere')}
          </Button>
        </form>
      </div>
    </div>
  );
}
