import { useParams } from '@tanstack/react-router';

import { LostPage } from '../FallbackPages';
import { DetailSample } from './DetailSample';
import { FailureSamples } from './FailureSamples';
import { FormSamples } from './FormSamples';
import { ListSample } from './ListSample';
import { PieceSamples } from './PieceSamples';

const sections = { pieces: PieceSamples, list: ListSample, detail: DetailSample, forms: FormSamples, failures: FailureSamples } as const;

/** The living style page: every composite with sample data, in the language and look in force. */
export function StylePage() {
  const { section } = useParams({ from: '/_ui/$section' });
  const Section = Object.entries(sections).find(([key]) => key === section)?.[1];
  return Section ? <Section /> : <LostPage />;
}
