import type { Table } from 'dexie';

import { uuid } from '@/lib/ids';

import { backoff } from './backoff';
import type { Sealer } from '../data/seal';

import { isUnsent, laneOf, type Clash, type Op, type OpFailure, type StoredOp } from './op';

/** How one sending went. */
export type Sent =
  | { kind: 'done'; clash?: Clash | undefined }
  | { kind: 'later'; failure: OpFailure; retryAfterMs?: number | undefined; offline: boolean }
  | { kind: 'conflict'; failure: OpFailure; clash?: Clash | undefined }
  | { kind: 'refused'; failure: OpFailure }
  | { kind: 'signIn' };

/** How a round of sending ended. */
export interface Round {
  sent: number;
  /** Device time in ms of the next try; absent when nothing is left or a sign-in is needed. */
  nextTry?: number | undefined;
  signIn: boolean;
}

/** What a new operation needs from its maker; the outbox adds the rest. */
export type NewOp = Pick<Op, 'kind' | 'visit' | 'number' | 'path' | 'body' | 'file'>;

interface Deps {
  ops: Table<StoredOp, number>;
  seal: Sealer;
  send: (op: Op) => Promise<Sent>;
  now: () => number;
  random: () => number;
  /** Whose operations are sent. */
  user: () => string;
  offsetMs: () => number;
}

/**
 * The outbox: what was done on the phone, until the server has it. Invariants: an operation leaves the
 * phone only after the server answered; acts of one visit are sent in the order in which they were
 * done; what the server turned away stays, marked, and never holds up what came after it.
 */
export class Outbox {
  private running: Promise<Round> | undefined;
  private storing: Promise<unknown> = Promise.resolve();

  constructor(private readonly deps: Deps) {}

  /** Makes an operation of this moment. */
  private make(op: NewOp): Op {
    const now = this.deps.now();
    return {
      ...op,
      id: uuid(),
      user: this.deps.user(),
      occurredAt: new Date(now).toISOString(),
      offsetMs: this.deps.offsetMs(),
      state: 'waiting',
      tries: 0,
      nextTry: now,
    };
  }

  /**
   * Stores an operation, with its proof where it has some: `store` runs inside the caller's own
   * transaction. It is safe once this resolves. Operations are stored in the order of the calls, however
   * long each takes to seal.
   */
  add(op: NewOp, store: (sealed: StoredOp) => Promise<unknown> = (sealed) => this.deps.ops.add(sealed)): Promise<Op> {
    const made = this.make(op);
    const stored = this.storing.then(async () => {
      await store({ ...made, body: await this.deps.seal.seal(made.id, made.body) });
      return made;
    });
    this.storing = stored.catch(() => undefined);
    return stored;
  }

  /** Sends what is due, acts before pictures. Calls while a round runs join it. */
  async run(): Promise<Round> {
    this.running ??= this.round().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  /** Forgets the pauses: the network is back, or somebody pressed “send now”. */
  async hurry(): Promise<void> {
    const now = this.deps.now();
    await this.deps.ops.filter((op) => isUnsent(op) && op.nextTry > now).modify({ nextTry: now });
  }

  /** Notes that the person has read a conflict or refusal. */
  async markSeen(id: string): Promise<void> {
    await this.deps.ops.where('id').equals(id).modify({ seen: true });
  }

  private async mine(): Promise<StoredOp[]> {
    const user = this.deps.user();
    const ops = await this.deps.ops.orderBy('seq').toArray();
    return ops.filter((op) => op.user === user && isUnsent(op));
  }

  /** The first unsent operation of each lane; acts before pictures. */
  private async heads(): Promise<StoredOp[]> {
    const heads = new Map<string, StoredOp>();
    for (const op of await this.mine()) {
      const lane = laneOf(op);
      if (!heads.has(lane)) heads.set(lane, op);
    }
    return [...heads.values()].sort((a, b) => Number(a.file !== '') - Number(b.file !== '') || (a.seq ?? 0) - (b.seq ?? 0));
  }

  private async round(): Promise<Round> {
    let sent = 0;
    for (;;) {
      const heads = await this.heads();
      const due = heads.find((op) => op.nextTry <= this.deps.now());
      if (!due) return { sent, nextTry: earliest(heads), signIn: false };
      const result = await this.sendOne(due);
      if (result.kind === 'signIn') return { sent, signIn: true };
      if (result.kind !== 'later') sent += 1;
      // Without a network the other lanes would only wear out their tries.
      else if (result.offline) return { sent, nextTry: earliest(await this.heads()), signIn: false };
    }
  }

  private async sendOne(op: StoredOp): Promise<Sent> {
    const { ops, seal, send, now, random } = this.deps;
    if (op.seq === undefined) throw new Error(`operation ${op.id} was never stored`);
    const tries = op.tries + 1;
    await ops.update(op.seq, { state: 'sending', tries });
    let body: Op['body'];
    try {
      body = await seal.open(op.id, op.body);
    } catch {
      // Its person has to sign in again before it can be opened.
      await ops.update(op.seq, { state: 'waiting', tries: op.tries });
      return { kind: 'signIn' };
    }
    const result = await send({ ...op, body });
    switch (result.kind) {
      case 'done':
        // Delivered: the text that was sent need not stay on the phone.
        await ops.update(op.seq, { state: result.clash ? 'conflict' : 'done', clash: result.clash, body: {}, failure: undefined, doneAt: now() });
        break;
      case 'later':
        await ops.update(op.seq, { state: 'waiting', nextTry: now() + backoff(tries, random(), result.retryAfterMs), failure: result.failure });
        break;
      case 'conflict':
        await ops.update(op.seq, { state: 'refused', failure: result.failure, clash: result.clash });
        break;
      case 'refused':
        await ops.update(op.seq, { state: 'refused', failure: result.failure });
        break;
      case 'signIn':
        await ops.update(op.seq, { state: 'waiting', tries: op.tries });
        break;
    }
    return result;
  }
}

function earliest(heads: readonly StoredOp[]): number | undefined {
  return heads.length === 0 ? undefined : Math.min(...heads.map((op) => op.nextTry));
}
