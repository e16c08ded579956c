import { clockOffset, signedOut } from '@/api/transport';
import { asApiError, type ApiError } from '@/api/problem';
import { again } from '@/lib/again';
import { createStore } from '@/lib/store';

import { FieldDb } from './data/db';
import { keepVisits, sweep } from './data/keep';
import { Sealer } from './data/seal';
import { fetchVisits } from './data/source';
import { Outbox, type NewOp, type Round } from './outbox/outbox';
import { createSender } from './outbox/send';

/** The phone's storage, one for the app. */
export const db = new FieldDb();

let key: CryptoKey | undefined;

/** Seals what the phone keeps for the person who uses it. */
export const sealer = new Sealer(() => key);

/** Takes over a person's key, or with none closes what is sealed. */
export function setKey(next: CryptoKey | undefined): void {
  key = next;
}

/** Whose phone this is at the moment: the signed-in person's id, kept for times without a network. */
export const userStore = createStore('');

export const outbox = new Outbox({
  ops: db.ops,
  seal: sealer,
  send: createSender(async (id) => {
    const file = await db.files.get(id);
    return file && { ...file, blob: await sealer.open(id, file.blob) };
  }),
  now: () => Date.now(),
  random: () => Math.random(),
  user: () => userStore.get(),
  offsetMs: () => Math.round(clockOffset.get()),
});

/** How the last round of sending ended. */
export const roundStore = createStore<Round>({ sent: 0, signIn: false });

/** Whether the list of visits is being read, and why it could not be. */
export const readingStore = createStore<{ busy: boolean; error: ApiError | undefined }>({ busy: false, error: undefined });

/** Whether the phone has promised not to clear our data when it runs out of room. */
export const persistStore = createStore(false);

let timer: ReturnType<typeof setTimeout> | undefined;

function plan(round: Round): void {
  clearTimeout(timer);
  if (round.nextTry === undefined) return;
  // A day’s pause at most: a longer timer overflows in some browsers.
  timer = setTimeout(() => void send(), Math.min(86_400_000, Math.max(500, round.nextTry - Date.now())));
}

/** One round of sending, in one tab at a time: the others wait, since what was stored there meanwhile is theirs to send too. */
async function round(): Promise<Round> {
  if (!('locks' in navigator)) return outbox.run();
  return navigator.locks.request('anxin-field-outbox', () => outbox.run());
}

/** Sends what waits. A call while sending runs is followed by one more round, so that no act is left behind. */
export const send = again(async () => {
  if (userStore.get() === '') return;
  const ended = await round();
  roundStore.set(ended);
  plan(ended);
  if (ended.sent > 0) void readVisits();
});

/** Sends at once what waited for its next try. */
export async function sendNow(): Promise<void> {
  await outbox.hurry();
  await send();
}

/** Stores an act and starts sending; resolves when it is safe on the phone. */
export async function act(op: NewOp): Promise<void> {
  await outbox.add(op);
  void send();
}

/** Reads today and tomorrow from the server. */
export async function readVisits(): Promise<void> {
  if (readingStore.get().busy || userStore.get() === '') return;
  readingStore.set({ busy: true, error: undefined });
  const askedAt = Date.now();
  try {
    await keepVisits(db, await fetchVisits(), askedAt);
    readingStore.set({ busy: false, error: undefined });
  } catch (thrown) {
    readingStore.set({ busy: false, error: asApiError(thrown) });
  }
}

async function keepOffset(): Promise<void> {
  const kept = await db.meta.get('clock.offsetMs');
  if (kept) clockOffset.set(Number(kept.value));
  clockOffset.subscribe(() => void db.meta.put({ key: 'clock.offsetMs', value: String(clockOffset.get()) }));
}

/** Starts the app's work in the background: sending, reading, sweeping. */
export async function start(): Promise<void> {
  await keepOffset();
  await sweep(db, Date.now());
  const wake = () => {
    void sweep(db, Date.now());
    void sendNow();
    void readVisits();
  };
  window.addEventListener('online', wake);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') wake();
  });
  // The app may stay open for days.
  setInterval(() => void sweep(db, Date.now()), 1_800_000);
  signedOut.subscribe(() => roundStore.set({ ...roundStore.get(), signIn: true }));
  // Older browsers have no storage manager.
  const storage = navigator.storage as StorageManager | undefined;
  persistStore.set((await storage?.persist().catch(() => false)) ?? false);
}
