import { call } from '@/api/client';

import type { FieldVisit } from '../model';

function readVisits(body: unknown): FieldVisit[] {
  const items = (body as { items?: unknown } | undefined)?.items;
  if (!Array.isArray(items)) throw new TypeError('no visits');
  return items as FieldVisit[];
}

/** The signed-in engineer's visits of today and tomorrow, with all that is needed to do them without a network. */
export function fetchVisits(): Promise<FieldVisit[]> {
  return call('GET', '/field/visits', {}, readVisits);
}
