import { Camera, X } from 'lucide-react';
import { useState } from 'react';

import { useFieldT } from '@/i18n/field';
import { uuid } from '@/lib/ids';

import { fileOp } from '../acts';
import type { KeptFile } from '../data/db';
import { db, outbox, sealer, send, userStore } from '../engine';
import type { FieldOrder, FieldVisit } from '../model';
import { compress } from '../photo';

import { Picture } from './Picture';

/** Stores a picture and its upload in one step: either both are on the phone or neither. */
export async function addFile(visit: FieldVisit, file: KeptFile): Promise<void> {
  const stored = { ...file, user: userStore.get(), blob: await sealer.seal(file.id, file.blob) };
  await outbox.add(fileOp(visit, file), (op) =>
    db.transaction('rw', db.files, db.ops, async () => {
      await db.files.add(stored);
      await db.ops.add(op);
    }),
  );
  void send();
}

/** Takes a picture back as long as it has not left the phone. */
async function removeFile(file: KeptFile): Promise<void> {
  await db.transaction('rw', db.files, db.ops, async () => {
    const waiting = await db.ops.filter((op) => op.file === file.id && op.state === 'waiting').toArray();
    if (waiting.length === 0) return;
    await db.ops.bulkDelete(waiting.flatMap((op) => op.seq ?? []));
    await db.files.delete(file.id);
  });
}

interface Props {
  visit: FieldVisit;
  order: FieldOrder;
  files: readonly KeptFile[];
}

/** The pictures an order asks for, each with a big button that opens the camera. */
export function PhotoSlots({ visit, order, files }: Props) {
  const t = useFieldT();
  const [failed, setFailed] = useState(false);

  async function take(slot: string, picked: FileList | null) {
    setFailed(false);
    for (const one of Array.from(picked ?? [])) {
      try {
        const blob = await compress(one);
        await addFile(visit, { id: uuid(), visit: visit.id, order: order.id, slot, blob, takenAt: new Date(one.lastModified).toISOString() });
      } catch {
        setFailed(true);
      }
    }
  }

  return (
    <>
      {order.photos.map(({ slot, label, min }) => {
        const taken = files.filter((file) => file.order === order.id && file.slot === slot);
        return (
          <div key={slot} className="photos">
            <label className="button photo-button">
              <Camera size={20} aria-hidden />
              {t('work.photo.add', { name: label })}
              {(min > 0 || taken.length > 0) && <small data-short={taken.length < min || undefined}>{min > 0 ? t('work.photo.count', { done: taken.length, need: min }) : taken.length}</small>}
              <input
                type="file"
                accept="image/*"
                capture="environment"
                multiple
                className="visually-hidden"
                onChange={(event) => {
                  void take(slot, event.target.files);
                  event.target.value = '';
                }}
              />
            </label>
            {taken.map((file) => (
              <Thumb key={file.id} file={file} label={label} />
            ))}
          </div>
        );
      })}
      {failed && (
        <p className="problem" role="alert">
          {t('work.photo.failed')}
        </p>
      )}
    </>
  );
}

function Thumb({ file, label }: { file: KeptFile; label: string }) {
  const t = useFieldT();
  return (
    <span className="thumb">
      <Picture blob={file.blob} alt={label} />
      <button type="button" aria-label={t('work.photo.remove')} onClick={() => void removeFile(file)}>
        <X size={16} aria-hidden />
      </button>
    </span>
  );
}
