import { millis } from '@/lib/instant';

import type { FieldVisit } from '../model';
import { isOpen } from '../outbox/op';

import { paperKey, visitOf, type FieldDb } from './db';
import { isSealed, type Sealer } from './seal';

const dayMs = 86_400_000;

/** How long a visit stays on the phone after its window. */
export const keptAfterMs = dayMs;

/** How long a delivered act stays in the list of the outbox. */
export const deliveredMs = 7 * dayMs;

/** Puts what the server said in place of what the phone knew; drafts of visits still there stay. */
export async function keepVisits(db: FieldDb, visits: readonly FieldVisit[], now: number): Promise<void> {
  await db.transaction('rw', db.visits, db.meta, async () => {
    await db.visits.clear();
    await db.visits.bulkPut(visits.map((visit) => ({ id: visit.id, visit, readAt: now })));
    await db.meta.put({ key: 'visits.readAt', value: String(now) });
  });
}

/** Visits that still have unsent acts or pictures: their proof must outlive every sweep. */
async function visitsWithUnsent(db: FieldDb): Promise<Set<string>> {
  const ops = await db.ops.toArray();
  return new Set(ops.filter(isOpen).map((op) => op.visit));
}

/** Forgets what has had its day: visits a day after their window, their papers and sent pictures, old delivered acts. */
export async function sweep(db: FieldDb, now: number): Promise<void> {
  await db.transaction('rw', [db.visits, db.drafts, db.files, db.ops], async () => {
    const unsent = await visitsWithUnsent(db);
    const over = (await db.visits.toArray()).filter((kept) => millis(kept.visit.end) + keptAfterMs < now);
    await db.visits.bulkDelete(over.map((kept) => kept.id));
    const left = new Set(await db.visits.toCollection().primaryKeys());
    const gone = (visit: string) => !left.has(visit) && !unsent.has(visit);
    await db.drafts.filter((draft) => gone(visitOf(draft))).delete();
    await db.files.filter((file) => gone(file.visit)).delete();
    await db.ops.filter((op) => op.state === 'done' && millis(op.occurredAt) + deliveredMs < now).delete();
  });
}

/** Seals what an older version of the app, or the app without a key, left open. */
export async function sealRest(db: FieldDb, sealer: Sealer, user: string): Promise<void> {
  const ops = await db.ops.toArray();
  // What another person left here waits for that person's key.
  const others = new Set(ops.filter((op) => op.user !== user).flatMap((op) => [op.file, op.visit]));
  for (const op of ops) {
    if (op.user !== user || !isOpen(op) || isSealed(op.body) || op.seq === undefined) continue;
    await db.ops.update(op.seq, { body: await sealer.seal(op.id, op.body) });
  }
  for (const file of await db.files.toArray()) {
    if (!isSealed(file.blob) && !others.has(file.id)) await db.files.update(file.id, { blob: await sealer.seal(file.id, file.blob) });
  }
  for (const draft of await db.drafts.toArray()) {
    if ('kept' in draft) continue;
    if ('of' in draft) {
      if (draft.visit !== paperKey(user, draft.of)) continue;
      const kept = await sealer.seal(draft.visit, draft.open);
      if (isSealed(kept)) await db.drafts.put({ visit: draft.visit, of: draft.of, kept });
      continue;
    }
    if (others.has(draft.visit)) continue;
    const kept = await sealer.seal(draft.visit, draft);
    if (isSealed(kept)) await db.drafts.put({ visit: draft.visit, kept });
  }
}

/** Forgets what was read, at sign-out or when the session was revoked. Unsent acts and their pictures stay for their owner. */
export async function wipeRead(db: FieldDb): Promise<void> {
  await db.transaction('rw', [db.visits, db.drafts, db.files, db.ops, db.meta], async () => {
    const unsent = await visitsWithUnsent(db);
    await db.visits.clear();
    await db.drafts.filter((draft) => !unsent.has(visitOf(draft))).delete();
    await db.files.filter((file) => !unsent.has(file.visit)).delete();
    await db.ops.filter((op) => op.state === 'done').delete();
    await db.meta.delete('visits.readAt');
  });
}
