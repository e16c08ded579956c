import { answer, api } from './client';
import type { Me } from './session';

/** Whether this browser knows passkeys, at an address that they can be made for. */
export function knowsPasskeys(): boolean {
  return typeof PublicKeyCredential === 'function' && isSecureContext;
}

const toBytes = (text: string) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));

function toText(bytes: ArrayBuffer): string {
  let text = '';
  for (const byte of new Uint8Array(bytes)) text += String.fromCharCode(byte);
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

interface Named {
  id: string;
  type: 'public-key';
  transports?: AuthenticatorTransport[];
}

const unpack = (list: Named[] | undefined): PublicKeyCredentialDescriptor[] => (list ?? []).map((one) => ({ ...one, id: toBytes(one.id) }));

/** The person closed the browser's window, or no passkey was there. */
export class PasskeyStopped extends Error {}

async function ask<T>(of: Promise<T | null>): Promise<T> {
  let got: T | null;
  try {
    got = await of;
  } catch (thrown) {
    throw new PasskeyStopped(thrown instanceof Error ? thrown.name : 'unknown');
  }
  if (!got) throw new PasskeyStopped('none');
  return got;
}

/** Signs in whoever the authenticator at hand knows. */
export async function signInByPasskey(): Promise<Me> {
  const headers = { 'X-Anxin-Client': 'web' };
  const begun = await answer(api.POST('/session/passkey/begin', { headers }));
  const { challenge, allowCredentials, ...rest } = begun.options as { challenge: string; allowCredentials?: Named[] };
  const got = (await ask(navigator.credentials.get({ publicKey: { ...rest, challenge: toBytes(challenge), allowCredentials: unpack(allowCredentials) } }))) as PublicKeyCredential;
  const response = got.response as AuthenticatorAssertionResponse;
  return answer(
    api.POST('/session/passkey', {
      headers,
      body: {
        ceremony: begun.ceremony,
        answer: {
          id: got.id,
          rawId: toText(got.rawId),
          type: got.type,
          clientExtensionResults: {},
          response: {
            clientDataJSON: toText(response.clientDataJSON),
            authenticatorData: toText(response.authenticatorData),
            signature: toText(response.signature),
            ...(response.userHandle ? { userHandle: toText(response.userHandle) } : {}),
          },
        },
      },
    }),
  );
}

/** Has the authenticator at hand make a passkey for the signed-in person; recovery codes come with the first second factor. */
export async function addPasskey(password: string, name: string): Promise<{ recovery_codes?: string[] | null }> {
  const begun = await answer(api.POST('/me/passkeys/begin', { body: { password } }));
  const { challenge, user, excludeCredentials, ...rest } = begun.options as Omit<PublicKeyCredentialCreationOptions, 'challenge' | 'user' | 'excludeCredentials'> & {
    challenge: string;
    user: { id: string; name: string; displayName: string };
    excludeCredentials?: Named[];
  };
  const publicKey = { ...rest, challenge: toBytes(challenge), user: { ...user, id: toBytes(user.id) }, excludeCredentials: unpack(excludeCredentials) };
  const made = (await ask(navigator.credentials.create({ publicKey }))) as PublicKeyCredential;
  const response = made.response as AuthenticatorAttestationResponse;
  return answer(
    api.POST('/me/passkeys', {
      body: {
        ceremony: begun.ceremony,
        name,
        answer: {
          id: made.id,
          rawId: toText(made.rawId),
          type: made.type,
          clientExtensionResults: {},
          response: { clientDataJSON: toText(response.clientDataJSON), attestationObject: toText(response.attestationObject), transports: response.getTransports() },
        },
      },
    }),
  );
}
