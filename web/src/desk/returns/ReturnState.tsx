import { Pill } from '@/kit/StatePill';

import { useSay } from '../parts/server';
import { toneOf } from './parts';

/** A state of any axis of a return, in words. */
export function ReturnState({ state }: { state: string }) {
  const say = useSay();
  return <Pill tone={toneOf(state)} label={say(`return.state.${state}`)} />;
}
