import type { ApiError } from '@/api/problem';
import type { CommonKey } from '@/i18n/setup';

/** Which screen a failure gets: its title, what to do. */
export type FailureScreen = 'network' | 'server' | 'forbidden' | 'missing' | 'conflict' | 'session' | 'busy' | 'refused';

/** Sorts a failure by what the person can do about it. */
export function screenOf(error: ApiError): FailureScreen {
  if (error.kind === 'network') return 'network';
  switch (error.status) {
    case 401:
      return 'session';
    case 403:
      return 'forbidden';
    case 404:
    case 410:
      return 'missing';
    case 409:
    case 412:
    case 428:
      return 'conflict';
    case 429:
      return 'busy';
    default:
      return error.status >= 400 && error.status < 500 ? 'refused' : 'server';
  }
}

/** Key of the title of a failure's screen. */
export function titleKey(screen: FailureScreen): CommonKey {
  return `error.${screen}.title`;
}

/** Key of the advice of a failure's screen. */
export function adviceKey(screen: FailureScreen): CommonKey {
  return `error.${screen}.do`;
}
