import { useWords, type CommonKey, type KeyOf, type Translate } from './setup';
import type { deskZh } from './words/desk';

export type DeskKey = CommonKey | KeyOf<typeof deskZh>;

/** Words that the desk has. */
export function useDeskT(): Translate<DeskKey> {
  return useWords<DeskKey>();
}
