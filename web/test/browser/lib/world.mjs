import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { openContext, patience, watch } from './chromium.mjs';
import { binary, missingBinary, run, startServer } from './server.mjs';
import { shoot } from './shots.mjs';

/** The password that everybody of a test chooses. */
export const password = 'green bicycle under rain 5';

/**
 * What the API answers, as far as the tests look.
 * @typedef {{ id: string, number: string, state: string, version: number, [key: string]: unknown }} Answer
 * @typedef {(method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>} Call
 */

/**
 * The API as somebody with a session of their own calls it; what is refused fails the test.
 * @param {string} url
 * @returns {Call}
 */
export function caller(url) {
  let cookie = '';
  return async (method, path, body, headers = {}) => {
    const answer = await fetch(`${url}/api/v1${path}`, { method, headers: { 'Content-Type': 'application/json', 'X-Anxin-Client': 'web', cookie, ...headers }, ...(body ? { body: JSON.stringify(body) } : {}) });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? cookie;
    /** @type {unknown} */
    const found = JSON.parse(text === '' ? '{}' : text);
    return /** @type {Answer} */ (found);
  };
}

/** The rows of a list, read to its end. @param {Call} call @param {string} path @returns {Promise<Answer[]>} */
export async function every(call, path) {
  const rows = [];
  for (let cursor = '', first = true; first || cursor !== ''; first = false) {
    const page = /** @type {{ items: Answer[] | null, next_cursor?: string }} */ (/** @type {unknown} */ (await call('GET', `${path}${path.includes('?') ? '&' : '?'}limit=200${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`)));
    rows.push(...(page.items ?? []));
    cursor = page.next_cursor ?? '';
  }
  return rows;
}

/** The change feed from its beginning to where it stands now. @param {Call} call @returns {Promise<Answer[]>} */
export async function feed(call) {
  const rows = [];
  for (let cursor = ''; ; ) {
    const page = /** @type {{ items: Answer[] | null, next_cursor?: string }} */ (/** @type {unknown} */ (await call('GET', `/events?limit=500${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`)));
    if (!page.items || page.items.length === 0) return rows;
    rows.push(...page.items);
    if (!page.next_cursor || page.next_cursor === cursor) return rows;
    cursor = page.next_cursor;
  }
}

/** Work on a few things at once; the order of the answers is the order of the things. @template T, R @param {readonly T[]} list @param {(one: T, index: number) => Promise<R>} fn @returns {Promise<R[]>} */
export async function atOnce(list, fn) {
  /** @type {R[]} */
  const out = [];
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < list.length; index = next++) out[index] = await fn(/** @type {T} */ (list[index]), index);
  };
  await Promise.all(Array.from({ length: 4 }, worker));
  return out;
}

/** The real binary with an administrator; `admin` is the API as that administrator. @param {Record<string, string>} [env] */
export async function startFirm(env = {}) {
  assert.equal(missingBinary(), '', binary);
  const server = await startServer({
    prepare: async (settings) => {
      const file = join(settings['ANXIN_DATA_DIR'] ?? '', 'password');
      await writeFile(file, `${password}\n`, { mode: 0o600 });
      await run(['user', '--login', 'admin', '--name', '管理员', '--password-file', file, 'add-admin'], settings);
    },
    env: { ANXIN_LIMITS_SIGN_IN_RATE: '200', ANXIN_LIMITS_PUBLIC_RATE: '5000', ANXIN_LIMITS_USER_RATE: '100000', ...env },
  });
  const admin = caller(server.url);
  await admin('POST', '/session', { login: 'admin', password });
  return { server, admin };
}

/**
 * A user who has chosen the password already.
 * @param {{ server: import('./server.mjs').Running, admin: Call }} firm
 * @param {{ login: string, name: string, roles: string[], outlet_path?: string, engineer_id?: string }} user
 */
export async function addUser({ server, admin }, user) {
  const made = await admin('POST', '/users', { outlet_path: '/', ...user });
  const own = caller(server.url);
  const given = String(made['temporary_password']);
  await own('POST', '/session', { login: user.login, password: given });
  await own('POST', '/me/password', { old_password: given, password });
  await own('POST', '/session', { login: user.login, password });
  return { id: made.id, call: own };
}

/** Skills that let somebody do all that the tests order. */
export const allSkills = ['LVE', 'REFR', 'HEIGHT', 'PLUMB', 'BASIC', 'DRILL', 'ELEC'];

/**
 * An engineer with the skills and valid certificates for those that need one.
 * @param {Call} admin
 * @param {{ name: string, outlet: string, phone: string, skills?: string[] }} one
 */
export async function addEngineer(admin, { name, outlet, phone, skills = allSkills }) {
  const made = await admin('POST', '/staff', { name, job: 'engineer', outlet_id: outlet, phone, skills: skills.map((code) => ({ code, level: 3 })) });
  for (const code of ['LVE', 'REFR', 'HEIGHT'].filter((code) => skills.includes(code))) {
    const { version } = await admin('GET', `/staff/${made.id}`);
    await admin('POST', `/staff/${made.id}/certificates`, { code, number: `T330100${code}`, issued_on: '2025-01-01', valid_to: '2035-12-31', recheck_by: '2034-01-01' }, { 'If-Match': `${version}` });
  }
  return made;
}

/** A calendar day in China so many days from today. @param {number} ahead */
export const dayAhead = (ahead) => new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' }).format(Date.now() + ahead * 86_400_000);

/**
 * Somebody with a browser of their own, signed in by a session that the API made; faults are what a page should
 * never do.
 * @param {import('playwright-core').Browser} browser
 * @param {import('node:test').TestContext} t
 * @param {string} url
 * @param {string} login
 * @param {{ screen?: 'desktop' | 'phone', lang?: 'zh-CN' | 'en', theme?: 'light' | 'dark', expected?: (url: string, status: number) => boolean }} [look]
 */
export async function person(browser, t, url, login, { screen = 'desktop', lang = 'zh-CN', theme = 'light', expected = () => false } = {}) {
  const context = await openContext(browser, { screen, lang, theme, baseURL: url });
  const answer = await context.request.post('/api/v1/session', { headers: { 'X-Anxin-Client': 'web', 'Content-Type': 'application/json' }, data: { login, password } });
  assert.ok(answer.ok(), await answer.text());
  const page = await context.newPage();
  t.after(async () => {
    await shoot(page, `day-last-${login}-${lang}-${screen}`).catch(() => undefined); // where it stood, should it fail
    await context.close();
  });
  return { page, context, faults: watch(page, expected) };
}

/**
 * Opens an act of the act bar, in the row or in the menu, and gives back its form.
 * @param {import('playwright-core').Page} page
 * @param {string} label
 * @param {string} [more] what the menu of the other acts is called
 */
export async function openAct(page, label, more = '更多操作') {
  const header = page.locator('article header').first();
  const button = header.getByRole('button', { name: label, exact: true });
  const rest = header.getByRole('button', { name: more });
  await button.or(rest).first().waitFor(); // other buttons may stand there before the acts do
  if (await button.isVisible()) await button.click();
  else {
    await rest.click();
    await page.getByRole('menuitem', { name: label, exact: true }).click();
  }
  const form = page.locator('.ant-popover:not(.ant-popover-hidden) form');
  await form.waitFor();
  return form;
}

/** Sends the form of an act and waits until the server has taken it. @param {import('playwright-core').Locator} form */
export async function sendAct(form) {
  await form.locator('button[type=submit]').click();
  await form.waitFor({ state: 'detached' });
}

/**
 * Chooses an option of a field by its label and the option's words; the first one without words.
 * @param {import('playwright-core').Locator} form
 * @param {string} label
 * @param {string} [option]
 */
export async function choose(form, label, option = '') {
  // The words of a placeholder belong to the label as well.
  await form.getByLabel(new RegExp(`^${label}`)).first().click();
  await form.page().locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option', { hasText: option }).first().click();
}

/**
 * A brand and an outlet of the firm's own that serves Hangzhou.
 * @param {Call} admin
 * @returns {Promise<{ brand: string, outlet: string }>}
 */
export async function addOutlet(admin) {
  const brand = await admin('POST', '/brands', { code: 'ax', name_zh: '安心电器', name_en: 'Anxin', hotline: '400-000-0000' });
  const outlet = await admin('POST', '/outlets', { code: 'xihu', name: '西湖直营服务部', kind: 'own', brands: [brand.id], division: '330106', phone: '0571-00000000', point: { lat: 30.27, lon: 120.12 } });
  await admin('PUT', `/outlets/${outlet.id}/areas`, { items: [{ division: '3301', rank: 1 }] }, { 'If-Match': `${outlet.version}` });
  return { brand: brand.id, outlet: outlet.id };
}

const streets = ['文三路', '文二路', '教工路', '学院路', '古墩路', '天目山路', '莫干山路', '万塘路', '丰潭路', '保俶路'];

/**
 * An order for an air conditioner that does not cool, made from a case and released; number n decides customer and door.
 * @param {Call} call
 * @param {string} brand
 * @param {number} n
 * @param {{ summary?: string, service_type?: string }} [more]
 */
export async function addOrder(call, brand, n, { summary = '空调不制冷', service_type = 'REP' } = {}) {
  const opened = await call('POST', '/cases', {
    type: 'request', brand_id: brand, category: 'AC', symptom: 'AC-S01', service_type, channel: 'phone', summary, impact: 2, urgency: 2,
    contact_name: '欧阳测试', contact_phone: `199${String(10_000_000 + n)}`, address: { text: `浙江省杭州市西湖区${streets[n % streets.length]}${n + 1}号${(n % 9) + 1}幢2单元1903室` },
  });
  return call('POST', '/orders', { case_id: opened.id, release: true });
}

/** Asks again and again until the answer is what is wanted. @template T @param {() => Promise<T>} ask @param {(answer: T) => boolean} wanted @param {string} what @returns {Promise<T>} */
export async function until(ask, wanted, what) {
  const deadline = Date.now() + patience;
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    assert.ok(Date.now() < deadline, `${what}: ${JSON.stringify(answer).slice(0, 400)}`);
    await new Promise((done) => setTimeout(done, 300));
  }
}
