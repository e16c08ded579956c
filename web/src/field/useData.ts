import { useLiveQuery } from 'dexie-react-hooks';
import { useCallback, useRef, useState, useSyncExternalStore } from 'react';

import { dayAt } from '@/lib/instant';
import { createStore, useStore } from '@/lib/store';

import { paperKey, type KeptFile, type SharedDraft, type StoredDraft, type StoredFile } from './data/db';
import { isSealed } from './data/seal';
import { db, sealer, userStore } from './engine';
import { emptyDraft, type Draft, type FieldVisit, type VisitState } from './model';
import { isUnsent, type StoredOp } from './outbox/op';
import { project } from './project';

/** A visit as it stands on this phone. */
export interface LocalVisit {
  visit: FieldVisit;
  state: VisitState;
  pending: boolean;
}

/** Visits of one day of their place, by time; undefined while the storage is being read. */
export function useVisits(day: string): LocalVisit[] | undefined {
  return useLiveQuery(async () => {
    const [kept, ops] = await Promise.all([db.visits.toArray(), db.ops.orderBy('seq').toArray()]);
    return kept
      .filter(({ visit }) => dayAt(visit.start, visit.zone) === day)
      .map(({ visit, readAt }) => ({ visit, ...project(visit, readAt, ops) }))
      .sort((a, b) => a.visit.start.localeCompare(b.visit.start));
  }, [day]);
}

/** One visit with its paper and pictures; null when the phone does not have it. */
export function useVisit(id: string) {
  const user = useStore(userStore);
  return useLiveQuery(async () => {
    const kept = await db.visits.get(id);
    if (!kept) return null;
    const [own, shared, stored, ops] = await Promise.all([db.drafts.get(paperKey(user, id)), db.drafts.get(id), db.files.where('visit').equals(id).toArray(), db.ops.where('visit').equals(id).sortBy('seq')]);
    const local: LocalVisit = { visit: kept.visit, ...project(kept.visit, kept.readAt, ops) };
    // Whatever is read from the storage is read by now: opening what is sealed may take its time.
    const files = (await Promise.all(stored.filter((file) => !file.user || file.user === user).map(openFile))).flat();
    const draft = own ?? shared;
    return { ...local, draft: draft ? await openDraft(draft, kept.visit) : emptyDraft(kept.visit), files };
  }, [id, user]);
}

/** A picture as it can be shown; one that a colleague left sealed on this phone stays theirs. */
async function openFile(file: StoredFile): Promise<KeptFile[]> {
  const blob = await sealer.open(file.id, file.blob).catch(() => undefined);
  return blob ? [{ ...file, blob }] : [];
}

/** A paper as it can be read; one that cannot be opened is somebody else's. */
async function openDraft(stored: StoredDraft | SharedDraft, visit: FieldVisit): Promise<Draft> {
  if ('kept' in stored) return sealer.open<Draft>(stored.visit, stored.kept).catch(() => emptyDraft(visit));
  return 'open' in stored ? stored.open : stored;
}

/** Papers are stored one after the other: the last one wins, however long each takes to seal. */
let storing: Promise<unknown> = Promise.resolve();

/** Whether the paper as it is on the screen could not be stored: the phone is full, or was asked to forget. */
export const unstoredStore = createStore(false);

function storeDraft(draft: Draft): void {
  storing = storing.then(async () => {
    try {
      const visit = paperKey(userStore.get(), draft.visit);
      const kept = await sealer.seal(visit, draft);
      await db.drafts.put({ visit, of: draft.visit, ...(isSealed(kept) ? { kept } : { open: kept }) });
      unstoredStore.set(false);
    } catch {
      unstoredStore.set(true);
    }
  });
}

/** A change to a visit's paper. */
export type EditDraft = (change: (draft: Draft) => Draft) => void;

/**
 * The paper of an open visit: shown at once, stored with every change, so that it survives the app
 * being killed. Stores queue up in IndexedDB, the last one wins.
 */
export function useDraft(kept: Draft): [Draft, EditDraft] {
  const [draft, setDraft] = useState(kept);
  const latest = useRef(kept);
  const edit = useCallback<EditDraft>((change) => {
    latest.current = change(latest.current);
    setDraft(latest.current);
    storeDraft(latest.current);
  }, []);
  return [draft, edit];
}

/** This person's operations, newest first. */
export function useOps(): StoredOp[] | undefined {
  const user = useStore(userStore);
  return useLiveQuery(async () => (await db.ops.orderBy('seq').reverse().toArray()).filter((op) => op.user === user), [user]);
}

/** How many operations wait, and how many came back with something to read. */
export function useWaiting(): { waiting: number; unseen: number } {
  const ops = useOps() ?? [];
  return {
    waiting: ops.filter(isUnsent).length,
    unseen: ops.filter((op) => (op.state === 'refused' || op.state === 'conflict') && !op.seen).length,
  };
}

/** When the list was last read, in ms. */
export function useReadAt(): number | undefined {
  const kept = useLiveQuery(() => db.meta.get('visits.readAt'), []);
  return kept ? Number(kept.value) : undefined;
}

function followOnline(listener: () => void): () => void {
  window.addEventListener('online', listener);
  window.addEventListener('offline', listener);
  return () => {
    window.removeEventListener('online', listener);
    window.removeEventListener('offline', listener);
  };
}

/** Whether the phone believes that it has a network. */
export function useOnline(): boolean {
  return useSyncExternalStore(followOnline, () => navigator.onLine);
}
