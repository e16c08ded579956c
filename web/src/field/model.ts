/**
 * What the phone knows of a visit. It carries no phone number: the phone may be lost, and a call is
 * placed through the server.
 */
export interface FieldVisit {
  id: string;
  number: string;
  state: VisitState;
  /** Promised window, RFC 3339. */
  start: string;
  end: string;
  zone: string;
  customer: string;
  address: string;
  accessNote: string;
  /** Proves the engineer to the customer. */
  serviceCode: string;
  /** WGS-84; absent when the place has no point. */
  lat?: number | undefined;
  lon?: number | undefined;
  orders: FieldOrder[];
  /** Why an engineer may say no, or not get it done, in words. */
  declineReasons: Choice[];
  failReasons: Choice[];
}

export type VisitState = 'planned' | 'dispatched' | 'accepted' | 'travelling' | 'on_site' | 'finished' | 'failed' | 'cancelled';

export interface Choice {
  value: string;
  label: string;
}

/** One order of the visit, with the proof that its service type asks for. */
export interface FieldOrder {
  id: string;
  number: string;
  service: string;
  fault: string;
  instructions: string;
  /** What the customer still owes, as money in words; empty when nothing. */
  due: string;
  model: string;
  serial: string;
  checklist: { key: string; label: string; required: boolean }[];
  photos: { slot: string; label: string; min: number }[];
  readings: { key: string; label: string; unit: string; required: boolean }[];
  serialRequired: boolean;
  /** Reserved for this order or in the van. */
  parts: { code: string; name: string; quantity: number }[];
  /** Names of what is taken along and brought back; absent in visits kept by an older app. */
  tools?: string[];
}

/** How an order of a visit ended; the first four complete it, the others break it off. */
export const outcomes = ['fixed', 'guided', 'no_fault_found', 'declined_by_customer', 'needs_part', 'second_visit', 'quote_approval', 'depot', 'another_skill'] as const;
export type Outcome = (typeof outcomes)[number];

/** What the engineer noted for one order so far. */
export interface OrderWork {
  checks: Record<string, 'ok' | 'bad' | 'na'>;
  readings: Record<string, string>;
  serial: string;
  /** Pieces used by part code. */
  parts: Record<string, number>;
  outcome: Outcome | '';
  note: string;
}

/** How the customer signed off. */
export interface SignOff {
  kind: 'signature' | 'code' | 'absent';
  code: string;
  /** File id of the signature's picture. */
  signature: string;
  reason: string;
}

/** The unfinished paper of a visit, kept on the phone until it ends. */
export interface Draft {
  visit: string;
  orders: Record<string, OrderWork>;
  sign: SignOff;
}

export function emptyWork(order: FieldOrder): OrderWork {
  return { checks: {}, readings: {}, serial: order.serial, parts: {}, outcome: '', note: '' };
}

export function emptyDraft(visit: FieldVisit): Draft {
  return {
    visit: visit.id,
    orders: Object.fromEntries(visit.orders.map((order) => [order.id, emptyWork(order)])),
    sign: { kind: 'signature', code: '', signature: '', reason: '' },
  };
}
