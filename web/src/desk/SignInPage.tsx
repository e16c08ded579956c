import { useQueryClient } from '@tanstack/react-query';
import { useRouter, useSearch } from '@tanstack/react-router';
import { Button } from 'antd';
import { KeyRound } from 'lucide-react';
import { useState, type SyntheticEvent } from 'react';

import { knowsPasskeys, PasskeyStopped, signInByPasskey } from '@/api/passkey';
import { asApiError, type ApiError } from '@/api/problem';
import { signIn, type Me } from '@/api/session';
import { useDeskT } from '@/i18n/desk';
import { languageNames, languages, langStore, useLang } from '@/i18n/setup';
import { NewPassword } from '@/kit/NewPassword';

import { TextField } from './parts/Inputs';
import styles from './parts/parts.module.css';

/** Where to go after signing in: only paths of the desk itself. */
function nextOf(search: Record<string, unknown>): string {
  const next = search['next'];
  return typeof next === 'string' && /^\/desk\/(?!\/)/.test(next) ? next : '/desk/';
}

/** Login, password and, when the account asks for it, the code of the second step. */
export function SignInPage() {
  const t = useDeskT();
  const lang = useLang();
  const router = useRouter();
  const queries = useQueryClient();
  const search = useSearch({ strict: false });
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [error, setError] = useState<ApiError>();
  const [busy, setBusy] = useState(false);
  const [stopped, setStopped] = useState(false);
  const [mustChange, setMustChange] = useState(false);
  const wantsCode = code !== '' || (error?.code.includes('totp') ?? false) || (error?.code.includes('code') ?? false);

  function enter(me: Me) {
    queries.clear();
    queries.setQueryData(['me'], me);
    router.history.push(nextOf(search));
  }

  async function send(how: () => Promise<Me>) {
    setBusy(true);
    setStopped(false);
    try {
      const me = await how();
      if (me.must_change_password) setMustChange(true);
      else enter(me);
    } catch (thrown) {
      if (thrown instanceof PasskeyStopped) setStopped(true);
      else setError(asApiError(thrown));
    } finally {
      setBusy(false);
    }
  }

  if (mustChange) {
    return (
      <main className={styles.signin}>
        <NewPassword old={password} login={login} onChanged={enter} />
      </main>
    );
  }
  return (
    <main className={styles.signin}>
      <form
        onSubmit={(event: SyntheticEvent) => {
          event.preventDefault();
          void send(() => signIn({ login, password, code }));
        }}
      >
        <h1 className={styles.brand}>
          <img src="/icon.svg" alt="" width={28} height={28} /> {t('desk.title')}
        </h1>
        <TextField label={t('signin.login')} value={login} onChange={setLogin} autoComplete="username" autoFocus />
        <TextField label={t('signin.password')} type="password" value={password} onChange={setPassword} autoComplete="current-password" />
        {wantsCode && <TextField label={t('signin.code')} value={code} onChange={setCode} autoComplete="one-time-code" autoFocus />}
        {error && (
          <p role="alert" className={styles.error}>
            {error.words || t('error.network.title')}
          </p>
        )}
        <Button type="primary" htmlType="submit" loading={busy} disabled={login === '' || password === ''} block>
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
        <Button type="text" size="small" onClick={() => langStore.set(languages.find((one) => one !== lang) ?? lang)}>
          {languageNames[languages.find((one) => one !== lang) ?? lang]}
        </Button>
      </form>
    </main>
  );
}
