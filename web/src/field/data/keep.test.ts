import 'fake-indexeddb/auto';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { emptyDraft } from '../model';
import type { Op } from '../outbox/op';
import { sampleVisit } from '../sampleVisit.fixture';

import { FieldDb, paperKey, visitOf } from './db';
import { keepVisits, sealRest, sweep, wipeRead } from './keep';
import { isSealed, Sealer, sealKey } from './seal';

const hour = 3_600_000;
const end = Date.parse(sampleVisit.end);
let db: FieldDb;
let count = 0;

const op = (visit: string, state: Op['state'], occurredAt = end): Op => ({
  id: `${visit}-${state}`, user: 'u', kind: 'photo', visit, number: '', path: '', body: {}, file: 'f', occurredAt: new Date(occurredAt).toISOString(), offsetMs: 0, state, tries: 0, nextTry: 0,
});

async function fill(...visits: string[]) {
  await keepVisits(db, visits.map((id) => ({ ...sampleVisit, id })), end);
  for (const id of visits) {
    await db.drafts.put({ ...emptyDraft(sampleVisit), visit: id });
    await db.files.put({ id: `file-${id}`, visit: id, order: 'o1', slot: 'before', blob: new Blob(['x']), takenAt: '' });
  }
}

const left = async () => ({
  visits: await db.visits.toCollection().primaryKeys(),
  drafts: await db.drafts.toCollection().primaryKeys(),
  files: await db.files.toCollection().primaryKeys(),
});

beforeEach(() => {
  db = new FieldDb(`keep-${++count}`);
});

afterEach(async () => {
  await db.delete();
});

it('keepVisits replaces what the phone knew and leaves drafts alone', async () => {
  await fill('v1', 'v2');
  await keepVisits(db, [{ ...sampleVisit, id: 'v2' }], end);
  expect(await left()).toMatchObject({ visits: ['v2'], drafts: ['v1', 'v2'] });
});

it('sweep forgets a visit a day after its window, but not proof that waits', async () => {
  await fill('v1', 'v2');
  await db.ops.bulkAdd([op('v2', 'waiting'), op('v1', 'done')]);
  await sweep(db, end + 23 * hour);
  expect((await left()).visits).toEqual(['v1', 'v2']);
  await sweep(db, end + 25 * hour);
  expect(await left()).toEqual({ visits: [], drafts: ['v2'], files: ['file-v2'] });
});

it('sweep forgets delivered acts after a week and open ones never', async () => {
  await db.ops.bulkAdd([op('v1', 'done'), op('v1', 'refused'), op('v1', 'waiting')]);
  await sweep(db, end + 8 * 24 * hour);
  expect((await db.ops.toArray()).map((one) => one.state)).toEqual(['refused', 'waiting']);
});

it('wipeRead forgets what was read and keeps what is unsent', async () => {
  await fill('v1', 'v2');
  await db.ops.bulkAdd([op('v1', 'done'), op('v2', 'sending')]);
  await wipeRead(db);
  expect(await left()).toEqual({ visits: [], drafts: ['v2'], files: ['file-v2'] });
  expect((await db.ops.toArray()).map((one) => one.state)).toEqual(['sending']);
});

it('sealRest seals what lay open, but not what another person left', async () => {
  await fill('v1', 'v2');
  await db.ops.bulkAdd([op('v1', 'waiting'), { ...op('v2', 'waiting'), user: 'other', file: 'file-v2' }]);
  const key = await sealKey(btoa(String.fromCharCode(...new Uint8Array(32).fill(3))));
  await sealRest(db, new Sealer(() => key), 'u');
  expect((await db.ops.toArray()).map((one) => isSealed(one.body))).toEqual([true, false]);
  expect((await db.files.toArray()).map((one) => isSealed(one.blob))).toEqual([true, false]);
  expect((await db.drafts.toArray()).map((one) => 'kept' in one)).toEqual([true, false]);
});

it('two people who share a phone and a visit have a paper each', async () => {
  await fill('v1');
  const paper = (user: string, note: string) => ({ visit: paperKey(user, 'v1'), of: 'v1', open: { ...emptyDraft(sampleVisit), visit: 'v1', sign: { ...emptyDraft(sampleVisit).sign, reason: note } } });
  await db.drafts.bulkPut([paper('u', 'mine'), paper('other', 'theirs')]);
  const key = await sealKey(btoa(String.fromCharCode(...new Uint8Array(32).fill(3))));
  const sealer = new Sealer(() => key);
  await sealRest(db, sealer, 'u');
  const [own, theirs] = await db.drafts.bulkGet([paperKey('u', 'v1'), paperKey('other', 'v1')]);
  if (!own || !('kept' in own)) throw new Error('one’s own paper lies open');
  expect(await sealer.open(own.visit, own.kept)).toMatchObject({ sign: { reason: 'mine' } });
  expect(theirs).toMatchObject({ open: { sign: { reason: 'theirs' } } });
  await db.ops.add({ ...op('v1', 'waiting'), user: 'other' });
  await wipeRead(db);
  expect((await db.drafts.toArray()).map(visitOf)).toEqual(['v1', 'v1', 'v1']);
  await db.ops.clear();
  await sweep(db, end + 25 * hour);
  expect(await db.drafts.toArray()).toEqual([]);
});
