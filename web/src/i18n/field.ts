import { useWords, type CommonKey, type KeyOf, type Translate } from './setup';
import type { fieldZh } from './words/field';

export type FieldKey = CommonKey | KeyOf<typeof fieldZh>;

/** Words that the field app has. */
export function useFieldT(): Translate<FieldKey> {
  return useWords<FieldKey>();
}
