import { openContext } from './chromium.mjs';
import { serveDist } from './static.mjs';
import { sampleVisits } from './visits.mjs';

/** @type {Record<string, import('../../../src/field/model').VisitState>} */
const stateAfter = { accept: 'accepted', depart: 'travelling', arrive: 'on_site', finish: 'finished' };

/**
 * @typedef {object} PhoneOptions
 * @property {'zh-CN' | 'en'} [lang]
 * @property {'light' | 'dark'} [theme]
 * @property {number} [sessionMs] how long the server says that the session lives unused
 * @property {import('./visits.mjs').Visit[]} [visits] instead of the made-up ones
 * @property {(path: string, method: string, key: string) => { status: number, body: unknown } | undefined} [special] other answers
 */

/**
 * A phone before a server that keeps what it is sent; both end with the test.
 * @param {import('playwright-core').Browser} browser
 * @param {import('node:test').TestContext} t
 * @param {PhoneOptions} [options]
 */
export async function phoneIn(browser, t, { lang = 'zh-CN', theme = 'light', sessionMs = 72 * 3_600_000, visits = sampleVisits(lang), special = () => undefined } = {}) {
  /** @type {string[]} */
  const got = [];
  /** @type {Map<string, import('../../../src/field/model').VisitState>} */
  const moved = new Map();
  const server = await serveDist((path, method, key) => {
    if (path === '/me/seal') return special(path, method, key) ?? { status: 200, body: { key: Buffer.alloc(32, 9).toString('base64'), valid_until: new Date(Date.now() + sessionMs).toISOString() } };
    const early = path === '/me' ? special(path, method, key) : undefined;
    if (early) return early;
    if (path === '/me') return { status: 200, body: { kind: 'user', id: 'u1', name: 'Zhou', lang, permissions: [], now: '' } };
    if (path === '/field/visits') {
      const items = visits.map((visit) => ({ ...visit, state: moved.get(visit.id) ?? visit.state }));
      return { status: 200, body: { items } };
    }
    const answer = special(path, method, key);
    if (method === 'POST') got.push(path);
    const [, , visit = '', act = ''] = path.split('/');
    const state = stateAfter[act];
    if (!answer && state) moved.set(visit, state);
    return answer ?? { status: 200, body: {} };
  });
  const context = await openContext(browser, { screen: 'phone', lang, theme, baseURL: server.url });
  t.after(async () => {
    await context.close();
    await server.stop();
  });
  return { got, context };
}

/** A picture of ten red points a side. */
export const red = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9AAAAFUlEQVR42mP8z8BQz0AEYBxVSF+FABJADveWkH6oAAAAAElFTkSuQmCC', 'base64');

/** Everything that the phone stores, as text: bytes of pictures and sealed content as they lie there. @param {import('playwright-core').Page} page */
export function storedText(page) {
  return page.evaluate(async () => {
    const db = await new Promise((/** @type {(db: IDBDatabase) => void} */ done, fail) => {
      const asked = indexedDB.open('anxin-field');
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => fail(new Error('the storage does not open'));
    });
    /** @type {(value: unknown) => Promise<string>} */
    const say = async (value) => {
      if (value instanceof Blob) return value.text();
      if (value instanceof ArrayBuffer) return new TextDecoder('utf-8', { fatal: false }).decode(value);
      if (value instanceof CryptoKey) return `key ${value.extractable ? 'readable' : 'closed'}`;
      if (typeof value !== 'object' || value === null) return String(value);
      /** @type {string} */
      let text = '';
      for (const [name, one] of Object.entries(value)) text += `${name}=${await say(one)};`;
      return text;
    };
    /** @type {Record<string, string>} */
    const out = {};
    for (const name of db.objectStoreNames) {
      const rows = await new Promise((/** @type {(rows: unknown[]) => void} */ done) => {
        const asked = db.transaction(name).objectStore(name).getAll();
        asked.onsuccess = () => done(asked.result);
      });
      out[name] = (await Promise.all(rows.map((row) => say(row)))).join('\n');
    }
    db.close();
    return out;
  });
}
