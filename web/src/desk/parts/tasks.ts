import { useTranslation } from 'react-i18next';

import { useDeskT } from '@/i18n/desk';

/** What a background task is called; one that has no word here goes by its kind. */
export function useTaskWord(): (kind: string) => string {
  const t = useDeskT();
  const { i18n } = useTranslation();
  return (kind) => (i18n.exists(`task.${kind}`) ? t(`task.${kind}` as 'task.import') : kind);
}
