import { call } from './client';

/** A Chinese address taken apart; parts that the text did not name are empty. */
export interface AddressParts {
  province: string;
  city: string;
  district: string;
  street: string;
  detail: string; // road, estate, building, unit, room
  name: string; // a person named in the pasted text
  phone: string; // a phone number found in the pasted text
}

export const emptyAddress: AddressParts = { province: '', city: '', district: '', street: '', detail: '', name: '', phone: '' };

function readParts(body: unknown): AddressParts {
  if (typeof body !== 'object' || body === null) throw new TypeError('no address');
  const found = body as Record<string, unknown>;
  const out = { ...emptyAddress };
  for (const key of Object.keys(out) as (keyof AddressParts)[]) {
    const value = found[key];
    if (typeof value === 'string') out[key] = value;
  }
  return out;
}

/** Takes a pasted address apart on the server, which knows the division tables. */
export function parseAddress(text: string, signal?: AbortSignal): Promise<AddressParts> {
  return call('POST', '/geo/parse', { body: { text }, ...(signal ? { signal } : {}) }, readParts);
}
