import { call } from '@/api/client';
import type { components } from '@/api/schema';
import { Pill } from '@/kit/StatePill';
import { defaultZone } from '@/lib/instant';

import { useSay } from '../parts/server';

export type Contract = components['schemas']['EntitlementContractBody'];

export const states = ['sold', 'active', 'used_up', 'expired', 'cancelled'] as const;

export function ContractState({ state }: { state: Contract['state'] }) {
  const say = useSay();
  const tone = state === 'active' ? 'good' : state === 'sold' ? 'info' : 'neutral';
  return <Pill tone={tone} label={say(`contract.state.${state}`)} />;
}

/** What a reason's words are filled with. */
export function paramsOf(why: { params?: Record<string, unknown>; limit?: unknown; value?: unknown }): Record<string, unknown> {
  return { ...why.params, limit: why.limit, value: why.value };
}

export function today(ahead = 0): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: defaultZone }).format(new Date(Date.now() + ahead * 86_400_000));
}

/** Sends an act of a contract, or sells one; the key makes a repeated click harmless. */
export async function send(path: string, body: unknown, key: string): Promise<void> {
  await call('POST', path, { body, headers: { 'Idempotency-Key': key } }, () => undefined);
}
