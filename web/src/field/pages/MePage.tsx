import { useFieldT } from '@/i18n/field';
import { languageNames, languages, langStore, useLang } from '@/i18n/setup';
import { useStore } from '@/lib/store';
import { themeChoices, themeStore } from '@/theme/look';

import { takeUpdate, waitingStore } from '../update';

/** Language, look and updates. */
export function MePage() {
  const t = useFieldT();
  const lang = useLang();
  const theme = useStore(themeStore);
  const update = useStore(waitingStore);
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
    </main>
  );
}
