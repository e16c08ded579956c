import { useState } from 'react';

import { asApiError, type ApiError } from '@/api/problem';
import { useFieldT } from '@/i18n/field';
import { languageNames, languages, langStore, useLang } from '@/i18n/setup';
import { ErrorView } from '@/kit/ErrorView';
import { useStore } from '@/lib/store';
import { themeChoices, themeStore } from '@/theme/look';

import { shareStore } from '../live';
import { Mine } from '../parts/Mine';
import { Portrait } from '../parts/Portrait';
import { leave } from '../session';
import { takeUpdate, waitingStore } from '../update';
import { useWaiting } from '../useData';

/** Language, look and updates. */
export function MePage() {
  const t = useFieldT();
  const lang = useLang();
  const theme = useStore(themeStore);
  const update = useStore(waitingStore);
  const share = useStore(shareStore);
  return (
    <main className="page">
      <header className="head">
        <h1>{t('me.title')}</h1>
      </header>
      {update && (
        <section className="card">
          <p className="what">{t('me.update')}</p>
          <button type="button" className="button primary" onClick={() => takeUpdate(update)}>
            {t('me.updateNow')}
          </button>
        </section>
      )}
      <Portrait />
      <Mine />
      <section className="card">
        <h2>{t('look.language')}</h2>
        <div className="switch" role="group" aria-label={t('look.language')}>
          {languages.map((one) => (
            <button key={one} type="button" lang={one} aria-pressed={one === lang} onClick={() => langStore.set(one)}>
              {languageNames[one]}
            </button>
          ))}
        </div>
        <h2>{t('look.theme')}</h2>
        <div className="switch" role="group" aria-label={t('look.theme')}>
          {themeChoices.map((one) => (
            <button key={one} type="button" aria-pressed={one === theme} onClick={() => themeStore.set(one)}>
              {t(`look.${one}`)}
            </button>
          ))}
        </div>
      </section>
      <section className="card">
        <h2>{t('live.title')}</h2>
        <p className="soft">{t('live.hint')}</p>
        <div className="switch" role="group" aria-label={t('live.title')}>
          {(['no', 'yes'] as const).map((one) => (
            <button key={one} type="button" aria-pressed={one === share} onClick={() => shareStore.set(one)}>
              {t(`live.${one}`)}
            </button>
          ))}
        </div>
      </section>
      <SignOut />
    </main>
  );
}

/** Signing out says first what is not sent yet. */
function SignOut() {
  const t = useFieldT();
  const { waiting } = useWaiting();
  const [asked, setAsked] = useState(false);
  const [error, setError] = useState<ApiError>();

  async function go() {
    if (waiting > 0 && !asked) {
      setAsked(true);
      return;
    }
    setError(undefined);
    try {
      await leave();
    } catch (thrown) {
      setError(asApiError(thrown));
    }
  }

  return (
    <section className="card">
      {asked && waiting > 0 && (
        <p className="problem" role="alert">
          {t('me.signOut.waiting', { count: waiting })}
        </p>
      )}
      {error && <ErrorView inline error={error} />}
      <button type="button" className="button" onClick={() => void go()}>
        {t(asked && waiting > 0 ? 'me.signOut.anyway' : 'me.signOut')}
      </button>
    </section>
  );
}
