import type { Sealed } from '../data/seal';
import type { VisitState } from '../model';

/** What the phone sends: acts on a visit, its pictures, and the photo of who uses the phone. */
export type OpKind = 'accept' | 'decline' | 'depart' | 'arrive' | 'finish' | 'fail' | 'photo' | 'signature' | 'portrait';

/** Why an operation did not go through, as the server or the network said it. */
export interface OpFailure {
  status: number;
  code: string;
  words: string;
  requestId: string;
}

/** What dispatch did meanwhile, for an act that was stored but clashed. */
export interface Clash {
  words: string;
  state?: VisitState | undefined;
}

/**
 * One operation in the outbox. Its id is the operation id and the idempotency key: the server carries
 * it out once, however often it arrives.
 */
export interface Op {
  /** Order in which things were done on this phone. */
  seq?: number;
  id: string;
  /** Whose it is; only that person's session sends it. */
  user: string;
  kind: OpKind;
  /** Empty for what belongs to no visit. */
  visit: string;
  /** Number of the visit, for the list. */
  number: string;
  path: string;
  body: Record<string, unknown>;
  /** File it uploads; empty for acts. */
  file: string;
  /** Device time, RFC 3339. */
  occurredAt: string;
  /** How far the device's clock ran ahead of the server's when they last met. */
  offsetMs: number;
  state: 'waiting' | 'sending' | 'done' | 'conflict' | 'refused';
  tries: number;
  /** Device time in ms before which it is not tried again. */
  nextTry: number;
  /** When the server’s answer came, device time in ms. */
  doneAt?: number | undefined;
  failure?: OpFailure | undefined;
  clash?: Clash | undefined;
  /** The person has read the conflict or refusal. */
  seen?: boolean | undefined;
}

/** An operation as it lies on the phone: what it says is sealed for its person. */
export type StoredOp = Omit<Op, 'body'> & { body: Op['body'] | Sealed };

/** Operations of one lane keep their order; each picture has a lane of its own and holds nothing up, but one photo of a person follows the other. */
export function laneOf(op: StoredOp): string {
  if (op.kind === 'portrait') return 'portrait';
  return op.file === '' ? `visit:${op.visit}` : `file:${op.id}`;
}

/** Not at the server yet, or turned away by it: its content exists only here. */
export function isOpen(op: StoredOp): boolean {
  return op.state === 'waiting' || op.state === 'sending' || op.state === 'refused';
}

/** Still to be sent. */
export function isUnsent(op: StoredOp): boolean {
  return op.state === 'waiting' || op.state === 'sending';
}
