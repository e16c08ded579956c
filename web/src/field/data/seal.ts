/** Something stored so that only its owner's key opens it; the initial vector stands before the cipher. */
export interface Sealed {
  sealed: ArrayBuffer;
  /** What kind of picture it is. */
  type?: string;
}

/** Whether stored content is sealed: what an older version of the app stored is not. */
export function isSealed(value: unknown): value is Sealed {
  return typeof value === 'object' && value !== null && 'sealed' in value && value.sealed instanceof ArrayBuffer;
}

const vectorBytes = 12;

/** A person's key out of the server's 32 bytes; it can be used and kept, but never read. */
export function sealKey(base64: string): Promise<CryptoKey> {
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  return crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']);
}

async function encrypt(key: CryptoKey, id: string, plain: BufferSource): Promise<ArrayBuffer> {
  const iv = crypto.getRandomValues(new Uint8Array(vectorBytes));
  const cipher = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(id) }, key, plain);
  const out = new Uint8Array(vectorBytes + cipher.byteLength);
  out.set(iv);
  out.set(new Uint8Array(cipher), vectorBytes);
  return out.buffer;
}

function decrypt(key: CryptoKey, id: string, { sealed }: Sealed): Promise<ArrayBuffer> {
  const iv = new Uint8Array(sealed, 0, vectorBytes);
  return crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(id) }, key, new Uint8Array(sealed, vectorBytes));
}

/**
 * Seals and opens what the phone keeps of one person. The id of the record is sealed in with it, so that
 * nobody can put one record's content under another. Without a key (an old browser, or nobody was online
 * since the app learnt to seal) content stays as it is and is sealed once there is one.
 */
export class Sealer {
  constructor(private readonly key: () => CryptoKey | undefined) {}

  async seal<T>(id: string, value: T): Promise<T | Sealed> {
    const key = this.key();
    if (!key || isSealed(value)) return value;
    if (value instanceof Blob) return { sealed: await encrypt(key, id, await value.arrayBuffer()), type: value.type };
    return { sealed: await encrypt(key, id, new TextEncoder().encode(JSON.stringify(value))) };
  }

  /** Fails when the content is another person's, or was tampered with. */
  async open<T>(id: string, value: T | Sealed): Promise<T> {
    if (!isSealed(value)) return value;
    const key = this.key();
    if (!key) throw new Error('sealed, and nobody has signed in to open it');
    const plain = await decrypt(key, id, value);
    if (value.type !== undefined) return new Blob([plain], { type: value.type }) as T;
    return JSON.parse(new TextDecoder().decode(plain)) as T;
  }
}
