import 'fake-indexeddb/auto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { FieldDb } from '../data/db';
import { isSealed, Sealer, sealKey } from '../data/seal';

import { backoff } from './backoff';
import type { Op } from './op';
import { Outbox, type NewOp, type Sent } from './outbox';

const start = Date.parse('2026-11-21T08:00:00Z');
const lost: Sent = { kind: 'later', offline: true, failure: { status: 0, code: 'network', words: '', requestId: '' } };
const busy = (retryAfterMs?: number): Sent => ({ kind: 'later', offline: false, retryAfterMs, failure: { status: 503, code: 'unavailable', words: '', requestId: 'r' } });
const no: Sent = { kind: 'refused', failure: { status: 422, code: 'invalid', words: '', requestId: 'r' } };

const act = (kind: NewOp['kind'], visit = 'v1'): NewOp => ({ kind, visit, number: visit, path: `/visits/${visit}/${kind}`, body: { note: 'n' }, file: '' });
const photo = (visit = 'v1'): NewOp => ({ ...act('photo', visit), file: 'f1' });

let db: FieldDb;
let count = 0;

function fixture(answer: (op: Op) => Sent = () => ({ kind: 'done' }), sealer = new Sealer(() => undefined)) {
  const sent: string[] = [];
  const state = { now: start, user: 'u1', answer, seal: sealer };
  const outbox = new Outbox({
    ops: db.ops,
    seal: state.seal,
    send: (op) => {
      sent.push(`${op.visit} ${op.kind}`);
      return Promise.resolve(state.answer(op));
    },
    now: () => state.now,
    random: () => 0.5,
    user: () => state.user,
    offsetMs: () => 1_500,
  });
  return { outbox, sent, state };
}

const states = async () => (await db.ops.orderBy('seq').toArray()).map((op) => `${op.kind} ${op.state}`);

beforeEach(() => {
  db = new FieldDb(`test-${++count}`);
});

afterEach(async () => {
  await db.delete();
});

describe('Outbox', () => {
  it('keeps who, when and the clock’s offset of an act, and an id that never changes', async () => {
    const { outbox } = fixture(() => lost);
    const made = await outbox.add(act('accept'));
    await outbox.run();
    const [kept] = await db.ops.toArray();
    expect(kept).toMatchObject({ id: made.id, user: 'u1', occurredAt: '2026-11-21T08:00:00.000Z', offsetMs: 1_500, state: 'waiting', tries: 1 });
    expect(made.id).toMatch(/^[0-9a-f]{8}-/);
  });

  it('keeps what an act says sealed until it is sent, in the order of the acts', async () => {
    const key = await sealKey(btoa(String.fromCharCode(...new Uint8Array(32).fill(7))));
    let mine: CryptoKey | undefined = key;
    const bodies: unknown[] = [];
    const { outbox, sent } = fixture((op) => {
      bodies.push(op.body);
      return { kind: 'done' };
    }, new Sealer(() => mine));
    // Not awaited one by one: a quick thumb does not wait for the seal either.
    await Promise.all([outbox.add({ ...act('accept'), body: { note: 'n'.repeat(200_000) } }), outbox.add(act('depart')), outbox.add(act('arrive'))]);
    expect((await db.ops.toArray()).every((op) => isSealed(op.body))).toBe(true);
    mine = undefined;
    expect(await outbox.run()).toEqual({ sent: 0, signIn: true });
    mine = key;
    await outbox.run();
    expect(sent).toEqual(['v1 accept', 'v1 depart', 'v1 arrive']);
    expect(bodies.slice(1)).toEqual([{ note: 'n' }, { note: 'n' }]);
  });

  it('sends the acts of a visit in order and pictures after acts', async () => {
    const { outbox, sent } = fixture();
    for (const op of [act('accept'), photo(), act('depart'), act('accept', 'v2'), act('arrive')]) await outbox.add(op);
    const round = await outbox.run();
    expect(round).toEqual({ sent: 5, nextTry: undefined, signIn: false });
    expect(sent).toEqual(['v1 accept', 'v1 depart', 'v2 accept', 'v1 arrive', 'v1 photo']);
    expect(await states()).toEqual(['accept done', 'photo done', 'depart done', 'accept done', 'arrive done']);
  });

  it('sends one photo of oneself after the other, beside everything else', async () => {
    const { outbox, sent, state } = fixture((op) => (op.kind === 'portrait' ? busy(60_000) : { kind: 'done' }));
    const portrait = (file: string): NewOp => ({ ...act('portrait', ''), path: '/field/photo', file });
    for (const op of [portrait('p1'), portrait('p2'), photo(), act('accept')]) await outbox.add(op);
    expect((await outbox.run()).nextTry).toBe(start + 60_000);
    expect(sent).toEqual(['v1 accept', ' portrait', 'v1 photo']); // the second photo did not overtake the first
    state.answer = () => ({ kind: 'done' });
    state.now += 60_000;
    await outbox.run();
    expect(await db.ops.toArray()).toMatchObject([{ file: 'p1', state: 'done' }, { file: 'p2', state: 'done' }, { state: 'done' }, { state: 'done' }]);
  });

  it('stops at a lost network, waits, and goes on in the same order', async () => {
    const { outbox, sent, state } = fixture(() => lost);
    await outbox.add(act('accept'));
    await outbox.add(act('depart'));
    await outbox.add(act('accept', 'v2'));
    const round = await outbox.run();
    expect(sent).toEqual(['v1 accept']);
    expect(round).toEqual({ sent: 0, nextTry: start, signIn: false }); // v2 was not tried and is due
    state.answer = () => ({ kind: 'done' });
    state.now += 5_000;
    await outbox.run();
    expect(sent).toEqual(['v1 accept', 'v1 accept', 'v1 depart', 'v2 accept']);
  });

  it('lets a busy server hold up one visit and not the others', async () => {
    const { outbox, sent } = fixture((op) => (op.visit === 'v1' ? busy(60_000) : { kind: 'done' }));
    await outbox.add(act('accept'));
    await outbox.add(act('depart'));
    await outbox.add(act('accept', 'v2'));
    const round = await outbox.run();
    expect(sent).toEqual(['v1 accept', 'v2 accept']);
    expect(round.nextTry).toBe(start + 60_000);
  });

  it('keeps what was turned away, with the reason, and goes on behind it', async () => {
    const { outbox } = fixture((op) => (op.kind === 'accept' ? no : { kind: 'done' }));
    await outbox.add(act('accept'));
    await outbox.add(act('depart'));
    await outbox.run();
    const [accept, depart] = await db.ops.orderBy('seq').toArray();
    expect(accept).toMatchObject({ state: 'refused', failure: { code: 'invalid' }, body: { note: 'n' } });
    expect(depart).toMatchObject({ state: 'done', body: {}, doneAt: start });
  });

  it('shows a clash of an act that the server stored', async () => {
    const { outbox } = fixture(() => ({ kind: 'done', clash: { words: 'moved', state: 'cancelled' } }));
    const { id } = await outbox.add(act('arrive'));
    await outbox.run();
    await outbox.markSeen(id);
    expect(await db.ops.toArray()).toMatchObject([{ state: 'conflict', clash: { words: 'moved' }, seen: true }]);
  });

  it('waits for a sign-in without using up a try', async () => {
    const { outbox, sent } = fixture(() => ({ kind: 'signIn' }));
    await outbox.add(act('accept'));
    await outbox.add(act('accept', 'v2'));
    expect(await outbox.run()).toEqual({ sent: 0, signIn: true });
    expect(sent).toHaveLength(1);
    expect(await db.ops.toArray()).toMatchObject([{ state: 'waiting', tries: 0 }, { state: 'waiting', tries: 0 }]);
  });

  it('never sends what another person did', async () => {
    const { outbox, sent, state } = fixture();
    await outbox.add(act('accept'));
    state.user = 'u2';
    expect((await outbox.run()).nextTry).toBeUndefined();
    expect(sent).toEqual([]);
    state.user = 'u1';
    await outbox.run();
    expect(sent).toEqual(['v1 accept']);
  });

  it('sends again what was on its way when the app was killed', async () => {
    const first = fixture(() => {
      throw new Error('killed');
    });
    const { id } = await first.outbox.add(act('finish'));
    await expect(first.outbox.run()).rejects.toThrow('killed');
    expect(await states()).toEqual(['finish sending']);
    const ids: string[] = [];
    const second = fixture((op) => {
      ids.push(op.id);
      return { kind: 'done' };
    });
    await second.outbox.run();
    expect(ids).toEqual([id]);
    expect(await states()).toEqual(['finish done']);
  });

  it('runs one round at a time', async () => {
    const { outbox, sent } = fixture();
    await outbox.add(act('accept'));
    await Promise.all([outbox.run(), outbox.run(), outbox.run()]);
    expect(sent).toEqual(['v1 accept']);
  });

  it('hurries when the network is back', async () => {
    const { outbox, sent, state } = fixture(() => lost);
    await outbox.add(act('accept'));
    await outbox.run();
    state.answer = () => ({ kind: 'done' });
    await outbox.run();
    expect(sent).toHaveLength(1);
    await outbox.hurry();
    await outbox.run();
    expect(sent).toHaveLength(2);
  });
});

describe('backoff', () => {
  it.each([
    [1, 0.5, 0, 5_000],
    [2, 0.5, 0, 10_000],
    [4, 0, 0, 32_000],
    [4, 1, 0, 48_000],
    [30, 0.5, 0, 600_000],
    [1, 0.5, 90_000, 90_000],
  ])('try %d, random %d, asked %d', (tries, random, asked, want) => {
    expect(backoff(tries, random, asked)).toBe(want);
  });
});
