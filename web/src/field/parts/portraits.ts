import type { FieldKey } from '@/i18n/field';
import { uuid } from '@/lib/ids';

import { portraitOp } from '../acts';
import type { KeptFile } from '../data/db';
import { db, outbox, sealer, send, userStore } from '../engine';
import type { StoredOp } from '../outbox/op';

/**
 * Stores a photo of who uses the phone and its upload in one step. One that still waits, or was turned away, makes room;
 * one that is on its way arrives before the new one.
 */
export async function givePortrait(blob: Blob): Promise<void> {
  const file: KeptFile = { id: uuid(), visit: '', order: '', slot: 'portrait', blob, takenAt: new Date().toISOString() };
  const stored = { ...file, user: userStore.get(), blob: await sealer.seal(file.id, file.blob) };
  await outbox.add(portraitOp(file), (op) =>
    db.transaction('rw', db.files, db.ops, async () => {
      const older = await db.ops.filter((one) => one.kind === 'portrait' && one.user === op.user && one.state !== 'sending').toArray();
      await db.ops.bulkDelete(older.flatMap((one) => one.seq ?? []));
      await db.files.bulkDelete(older.map((one) => one.file));
      await db.files.add(stored);
      await db.ops.add(op);
    }),
  );
  void send();
}

/** Why a photo of oneself did not go through, in words. */
export function portraitWords(op: StoredOp, t: (key: FieldKey) => string): string {
  const words = op.failure?.words ?? '';
  return words === '' ? t('portrait.refused') : words;
}
