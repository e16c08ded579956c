import i18next from 'i18next';
import { initReactI18next, useTranslation } from 'react-i18next';

import type { Lang } from '@/lib/format';
import { createKeptStore, useStore } from '@/lib/store';

import { commonEn, commonZh } from './words/common';

export const languages: readonly Lang[] = ['zh-CN', 'en'];

/** What each language calls itself. */
export const languageNames: Record<Lang, string> = { 'zh-CN': '简体中文', en: 'English' };

function browserLanguage(): Lang {
  return typeof navigator !== 'undefined' && !navigator.language.startsWith('zh') ? 'en' : 'zh-CN';
}

/** The person's language on this device. */
export const langStore = createKeptStore<Lang>('anxin.lang', languages, browserLanguage());

/** The language in force. */
export function useLang(): Lang {
  return useStore(langStore);
}

type FaceWords = Record<Lang, Record<string, string>>;

/** Starts the words of one face; `title` is the key of the page's title. */
export function startWords(face: FaceWords, title: string): void {
  const show = (lang: Lang) => {
    document.documentElement.lang = lang;
    document.title = i18next.t(title);
  };
  void i18next.use(initReactI18next).init({
    lng: langStore.get(),
    fallbackLng: false,
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false }, // React escapes
    initAsync: false,
    showSupportNotice: false,
    resources: {
      'zh-CN': { translation: { ...commonZh, ...face['zh-CN'] } },
      en: { translation: { ...commonEn, ...face.en } },
    },
  });
  show(langStore.get());
  langStore.subscribe(() => {
    void i18next.changeLanguage(langStore.get()).then(() => show(langStore.get()));
  });
}

type WithoutPlural<K> = K extends `${infer Base}_other` ? Base : K;

/** Keys that need no plural and keys that take `count`. */
export type KeyOf<Words> = WithoutPlural<keyof Words & string>;

export type CommonKey = KeyOf<typeof commonZh>;

/** Words for a key, with its parameters. */
export type Translate<K extends string> = (key: K, params?: Record<string, string | number>) => string;

/** Words of a face for its components; see useT, useDeskT, useFieldT. */
export function useWords<K extends string>(): Translate<K> {
  return useTranslation().t;
}

/** Words that every face has. */
export function useT(): Translate<CommonKey> {
  return useWords<CommonKey>();
}
