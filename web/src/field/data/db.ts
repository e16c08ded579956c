import { Dexie, type Table } from 'dexie';

import type { Draft, FieldVisit } from '../model';
import type { StoredOp } from '../outbox/op';

import type { Sealed } from './seal';

/** A visit as it was last read from the server. */
export interface KeptVisit {
  id: string;
  visit: FieldVisit;
  /** When the server was asked for it, device time in ms. */
  readAt: number;
}

/** A picture taken on the phone; it stays until its visit is swept. */
export interface KeptFile {
  id: string;
  /** Empty for a photo of who uses the phone. */
  visit: string;
  order: string;
  /** Which of the asked pictures it is; `signature` for the customer's. */
  slot: string;
  blob: Blob;
  takenAt: string;
  /** Who took it; absent on pictures of older versions. */
  user?: string;
}

/** A picture as it lies on the phone. */
export type StoredFile = Omit<KeptFile, 'blob'> & { blob: Blob | Sealed };

/**
 * A visit's paper as it lies on the phone. `visit` is the key, see paperKey: two people who share a phone and a visit
 * have a paper each. What it says is sealed where the phone can seal.
 */
export type StoredDraft = { visit: string; of: string } & ({ kept: Sealed } | { open: Draft });

/** How older versions kept a paper: one for a visit, whoever wrote it. */
export type SharedDraft = Draft | { visit: string; kept: Sealed };

/** The key of a person's paper of a visit. */
export function paperKey(user: string, visit: string): string {
  return `${user}/${visit}`;
}

/** The visit that a stored paper is of. */
export function visitOf(draft: StoredDraft | SharedDraft): string {
  return 'of' in draft ? draft.of : draft.visit;
}

/** The key of the person who uses the phone; gone when they sign out. */
interface StoredKey {
  user: string;
  key: CryptoKey;
  /** Until when the session lives unused, ms: a session that ended before was ended by somebody. */
  validUntil: number;
}

interface Meta {
  key: string;
  value: string;
}

/** The phone's storage. Versions are only ever added: phones update at their own time. */
export class FieldDb extends Dexie {
  readonly visits!: Table<KeptVisit, string>;
  readonly drafts!: Table<StoredDraft | SharedDraft, string>;
  readonly files!: Table<StoredFile, string>;
  readonly ops!: Table<StoredOp, number>;
  readonly keys!: Table<StoredKey, string>;
  readonly meta!: Table<Meta, string>;

  constructor(name = 'anxin-field') {
    super(name);
    this.version(1).stores({
      visits: 'id',
      drafts: 'visit',
      files: 'id, visit',
      ops: '++seq, &id, state, visit',
      meta: 'key',
    });
    this.version(2).stores({ keys: 'user' });
  }
}
