import { answer, api } from './client';
import type { components } from './schema';

/** Who is signed in and what that person may do. */
export type Me = components['schemas']['IdentityMeBody'];

export interface Credentials {
  login: string;
  password: string;
  /** Of the second factor; empty where none is set up. */
  code: string;
}

/** The signed-in person; fails with 401 when nobody is. */
export function readMe(): Promise<Me> {
  return answer(api.GET('/me'));
}

/** Signs in; the session lives in a cookie that scripts cannot read. */
export function signIn({ login, password, code }: Credentials): Promise<Me> {
  return answer(api.POST('/session', { params: { header: { 'X-Anxin-Client': 'web' } }, body: { login, password, ...(code ? { code } : {}) } }));
}

/** Changes the signed-in person's password; other devices are signed out. */
export async function changePassword(old: string, password: string): Promise<void> {
  await answer(api.POST('/me/password', { body: { old_password: old, password } }));
}

/** Ends the session on the server. */
export async function signOut(): Promise<void> {
  await answer(api.DELETE('/session'));
}

/** Whether a person may do something; `*` stands for everything. */
export function may(me: Me | undefined, permission: string): boolean {
  return me?.permissions?.some((one) => one === '*' || one === permission) ?? false;
}
