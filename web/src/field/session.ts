import { asApiError } from '@/api/problem';
import { readMe, signOut as endSession, type Me } from '@/api/session';
import { createStore } from '@/lib/store';

import { wipeRead } from './data/keep';
import { db, readVisits, roundStore, sendNow, userStore } from './engine';

/** Where the app stands with its user. `kept`: known from before, the server has not said otherwise. */
export type SessionState = 'starting' | 'in' | 'kept' | 'out';

/** `out` with a kept user still shows the day: an ended session must not take the work away. */
export const sessionStore = createStore<SessionState>('starting');

/** Takes over a person who has just signed in, or whom the server knows; what another one read is wiped. */
export async function enter(me: Me): Promise<void> {
  const id = me.id ?? '';
  const kept = await db.meta.get('user');
  if (kept && kept.value !== id) await wipeRead(db);
  await db.meta.put({ key: 'user', value: id });
  userStore.set(id);
  sessionStore.set('in');
  roundStore.set({ ...roundStore.get(), signIn: false });
  void sendNow();
  void readVisits();
}

/** Finds out who uses the phone; without a network, the one who did before. */
export async function startSession(): Promise<void> {
  const kept = await db.meta.get('user');
  if (kept) {
    userStore.set(kept.value);
    sessionStore.set('kept');
  }
  try {
    await enter(await readMe());
  } catch (thrown) {
    if (asApiError(thrown).status === 401 || !kept) sessionStore.set('out');
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
  await wipeRead(db);
  await db.meta.delete('user');
  userStore.set('');
  sessionStore.set('out');
}
