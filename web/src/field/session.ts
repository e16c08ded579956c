import { answer, api } from '@/api/client';
import { asApiError } from '@/api/problem';
import { readMe, signOut as endSession, type Me } from '@/api/session';
import { createStore } from '@/lib/store';

import { sealRest, wipeRead } from './data/keep';
import { sealKey } from './data/seal';
import { db, readVisits, roundStore, sealer, sendNow, setKey, userStore } from './engine';

/** Where the app stands with its user. `kept`: known from before, the server has not said otherwise. */
export type SessionState = 'starting' | 'in' | 'kept' | 'out';

/** `out` with a kept user still shows the day: an ended session must not take the work away. */
export const sessionStore = createStore<SessionState>('starting');

/** Takes over a person who has just signed in, or whom the server knows; what another one read is wiped. */
export async function enter(me: Me): Promise<void> {
  const id = me.id ?? '';
  const kept = await db.meta.get('user');
  if (kept && kept.value !== id) {
    await wipeRead(db);
    await forgetKey();
  }
  await takeKey(id);
  await db.meta.bulkPut([
    { key: 'user', value: id },
    { key: 'engineer', value: me.engineer_id ?? '' },
  ]);
  userStore.set(id);
  sessionStore.set('in');
  roundStore.set({ ...roundStore.get(), signIn: false });
  void sendNow();
  void readVisits();
}

/** The key of who has signed in: from the server, or without a network the one that the phone keeps. */
async function takeKey(user: string): Promise<void> {
  const kept = await db.keys.get(user);
  setKey(kept?.key);
  // Plain HTTP away from localhost has no cryptography.
  if (!('subtle' in crypto)) return;
  try {
    const { key, valid_until } = await answer(api.GET('/me/seal'));
    const stored = { user, key: await sealKey(key), validUntil: Date.parse(valid_until) };
    await db.keys.put(stored);
    setKey(stored.key);
    await sealRest(db, sealer, user);
  } catch {
    // An older server, or no network: what is sealed stays so, the rest is sealed the next time.
  }
}

/** Without its key nobody opens what is sealed on this phone; signing in brings it back. */
async function forgetKey(): Promise<void> {
  setKey(undefined);
  await db.keys.clear();
}

/** Forgets everything but what is unsent, which stays sealed for its owner. */
async function forget(): Promise<void> {
  await wipeRead(db);
  await forgetKey();
  await db.meta.bulkDelete(['user', 'engineer']);
  userStore.set('');
  sessionStore.set('out');
}

/** The server does not know the session any more. One that ended before its time was revoked: what was read goes. */
export async function sessionEnded(): Promise<void> {
  const user = userStore.get();
  const kept = user === '' ? undefined : await db.keys.get(user);
  if (kept && Date.now() < kept.validUntil) await forget();
  else sessionStore.set('out');
}

/** Finds out who uses the phone; without a network, the one who did before. */
export async function startSession(): Promise<void> {
  const kept = await db.meta.get('user');
  if (kept) {
    setKey((await db.keys.get(kept.value))?.key);
    userStore.set(kept.value);
    sessionStore.set('kept');
  }
  try {
    await enter(await readMe());
  } catch (thrown) {
    if (asApiError(thrown).status === 401) await sessionEnded();
    else if (!kept) sessionStore.set('out');
  }
}

/** Ends the session and forgets what was read; what is unsent stays for its owner. */
export async function leave(): Promise<void> {
  try {
    await endSession();
  } catch (thrown) {
    // A session that has ended already is as good as signed out; without a network it must wait.
    if (asApiError(thrown).status !== 401) throw thrown;
  }
  await forget();
}
