import { call } from './client';
import type { components } from './schema';

/** A Chinese address taken apart; parts that the text did not name are empty. */
export interface AddressParts {
  province: string;
  city: string;
  district: string;
  street: string;
  detail: string; // road, estate, building, unit, room; lines of a foreign address
  division?: string; // code of the lowest division found; empty once a part was edited by hand
  name: string; // a person named in the pasted text
  phone: string; // a phone number found in the pasted text
}

export const emptyAddress: AddressParts = { province: '', city: '', district: '', street: '', detail: '', name: '', phone: '' };

type Parsed = components['schemas']['ParseOutBody'];

/** An address as records take it: the text, which the server takes apart, and the division where it is known. */
type AddressBody = components['schemas']['CustomersAddressInput'];

function ask(text: string, signal?: AbortSignal): Promise<Parsed> {
  return call('POST', '/addresses/parse', { body: { text }, ...(signal ? { signal } : {}) }, (body) => body as Parsed);
}

/** The parts of a form from what the server found; the detail in the order of the envelope. */
export function partsOf(parts: Parsed['parts']): AddressParts {
  const detail = [parts.community, parts.road, parts.road_no, parts.sub_road, parts.sub_road_no, parts.poi, parts.sub_poi, parts.house_no, parts.cell_no, parts.floor_no, parts.room_no, parts.assist];
  return {
    province: parts.province ?? '',
    city: parts.city ?? '',
    district: parts.district ?? '',
    street: parts.town ?? '',
    detail: detail.filter((one) => one !== undefined).join('') || (parts.lines ?? []).join(', '),
    name: parts.person ?? '',
    phone: parts.phones?.[0] ?? '',
  };
}

/** The address in one line; a municipality is named once. */
export function addressLine({ province, city, district, street, detail }: AddressParts): string {
  return [province, city === province ? '' : city, district, street, detail].join('');
}

/** Takes a pasted address apart on the server, which knows the division tables. */
export async function parseAddress(text: string, signal?: AbortSignal): Promise<AddressParts> {
  const { division, parts } = await ask(text, signal);
  return { ...partsOf(parts), ...(division ? { division } : {}) };
}

/** The address of a form as records take it; undefined when nothing was filled in. */
export function addressBody(address: AddressParts): AddressBody | undefined {
  const text = addressLine(address);
  if (text === '') return undefined;
  return { text, ...(address.division ? { division: address.division } : {}) };
}
