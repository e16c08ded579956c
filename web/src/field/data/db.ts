import { Dexie, type Table } from 'dexie';

import type { Draft, FieldVisit } from '../model';
import type { Op } from '../outbox/op';

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
  visit: string;
  order: string;
  /** Which of the asked pictures it is; `signature` for the customer's. */
  slot: string;
  blob: Blob;
  takenAt: string;
}

interface Meta {
  key: string;
  value: string;
}

/** The phone's storage. Versions are only ever added: phones update at their own time. */
export class FieldDb extends Dexie {
  readonly visits!: Table<KeptVisit, string>;
  readonly drafts!: Table<Draft, string>;
  readonly files!: Table<KeptFile, string>;
  readonly ops!: Table<Op, number>;
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
  }
}
