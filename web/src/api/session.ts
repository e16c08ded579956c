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

/** Ends the session on the server. */
export async function signOut(): Promise<void> {
  await answer(api.DELETE('/session'));
}

/** Whether a person may do something; `*` stands for everything. */
export function may(me: Me, permission: string): boolean {
  return me.permissions?.some((one) => one === '*' || one === permission) ?? false;
}
