import type { components } from '@/api/schema';
import { useLang } from '@/i18n/setup';

export type Pack = components['schemas']['EntitlementPackBody'];

export const packKey = (row: Pack) => `${row.id}@${row.version}`;

/** Gives words of a pack in the language in force. */
export function useWords(): (words: { zh: string; en: string }) => string {
  const lang = useLang();
  return (words) => (lang === 'en' ? words.en : words.zh);
}
