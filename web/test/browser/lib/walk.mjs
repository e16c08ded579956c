import assert from 'node:assert/strict';

import { seriousFindings } from './axe.mjs';
import { settle } from './quiet.mjs';
import { overflow, shoot } from './shots.mjs';
import { lostAtEdge, lowControls } from './touch.mjs';
import { every } from './world.mjs';
import { strangeWords } from './words.mjs';

/** Every place of the desk that a link or the address bar opens. */
export const screens = [
  'home', 'dashboard', 'cases?queue=recent', 'cases/new', 'orders', 'day', 'what-if', 'callbacks', 'returns', 'refunds', 'returns-report', 'returns-report?view=often', 'campaigns', 'campaigns/new', 'customers', 'units', 'contracts',
  'admin', 'admin/plans', 'admin/rules', 'admin/policy', 'admin/outlets', 'admin/staff', 'admin/users', 'admin/roles', 'admin/schedules', 'admin/products', 'admin/services', 'admin/labels', 'admin/reasons', 'admin/carriers',
  'admin/clocks', 'admin/calendars', 'admin/templates', 'admin/messages', 'admin/imports', 'admin/imports/new', 'admin/keys', 'admin/webhooks', 'admin/jobs', 'admin/jobs?view=jobs', 'admin/jobs?view=dead', 'admin/audit',
];

/** Records with a page of their own: where it is, and the list that the API gives. */
const records = [
  ['cases', '/cases?queue=recent'],
  ['orders', '/orders'],
  ['units', '/units'],
  ['customers', '/customers'],
  ['returns', '/returns'],
  ['contracts', '/contracts'],
  ['campaigns', '/campaigns'],
];

/**
 * Pages of records, each kind in every state that it is found in (or in the first one only).
 * @param {import('./world.mjs').Call} call
 * @param {{ everyState: boolean }} options
 */
export async function recordPages(call, { everyState }) {
  const pages = [];
  for (const [place = '', list = ''] of records) {
    const rows = await every(call, list);
    assert.ok(rows.length > 0, `the demo has no ${place}`);
    /** @type {Map<string, string>} */
    const byState = new Map();
    for (const row of rows) if (!byState.has(row.state)) byState.set(row.state, row.id);
    pages.push(...[...byState.values()].slice(0, everyState ? byState.size : 1).map((id) => `${place}/${id}`));
  }
  return pages;
}

/**
 * Goes to a place within the page, as its links do.
 * @param {import('playwright-core').Page} page
 * @param {string} path
 */
export async function travel(page, path) {
  await page.evaluate((to) => window.history.pushState({}, '', to), `/desk/${path}`);
}

/** What opens the first record of a list: a row, a card, the name in a table, the button of a form. @param {import('playwright-core').Page} page @param {string} path */
function opener(page, path) {
  if (path === 'admin/policy') return page.locator('main tbody button').first();
  return page.locator('main :is([role=rowgroup] [role=row], [role=listbox] [role=option], tbody td:first-child > button)').first();
}

/**
 * Looks at what is on the screen, and gives what is wrong with it.
 * @param {import('playwright-core').Page} page
 * @param {string} name
 * @param {'zh-CN' | 'en'} lang
 * @param {boolean} axe
 */
async function faultsOf(page, name, lang, axe) {
  // A colour on its way to another is neither.
  await page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => undefined))));
  const wrong = [...(await strangeWords(page, lang)), ...(axe ? await seriousFindings(page) : [])];
  const words = (await page.locator('main').innerText()).trim();
  if (words === '') wrong.push('is empty');
  if (await page.locator('main [role=alert][data-screen]').count()) wrong.push(`shows a failure: ${(await page.locator('main [role=alert]').first().innerText()).slice(0, 200)}`);
  if ((await overflow(page)) > 0) wrong.push('scrolls sideways');
  // Tabs are told from each other: the page before the product.
  const title = await page.title();
  if (!/^\S.* · (安心|Anxin)$/.test(title)) wrong.push(`is called “${title}” in its tab`);
  if ((page.viewportSize()?.width ?? 0) < 720) wrong.push(...(await lowControls(page)), ...(await lostAtEdge(page)));
  return wrong.map((one) => `${name}: ${one}`);
}

/**
 * Goes over places, each with its first record opened where it is a list, and gives what is wrong with them.
 * @param {import('playwright-core').Page} page
 * @param {readonly string[]} paths
 * @param {{ lang: 'zh-CN' | 'en', look: string, reload: boolean, axe: boolean }} options `reload` loads each place anew; otherwise it is gone to within the page
 */
export async function walk(page, paths, { lang, look, reload, axe }) {
  /** @type {string[]} */
  const wrong = [];
  let opened = 0;
  if (!reload) await page.goto('/desk/home');
  for (const path of paths) {
    if (reload) await page.goto(`/desk/${path}`);
    else await travel(page, path);
    await settle(page);
    await page.locator('main :is(h1, h2)').first().waitFor();
    const name = path.replace(/\/[0-9a-f-]{36}$/, '-page').replace(/[/?=]/g, '-');
    wrong.push(...(await faultsOf(page, path, lang, axe)));
    if (process.env['ANXIN_TEST_PICTURES']) await shoot(page, `desk-${name}-${look}`);
    const first = opener(page, path);
    if (name.endsWith('-page') || !(await first.isVisible())) continue;
    await first.click();
    await settle(page);
    wrong.push(...(await faultsOf(page, `${path}, opened`, lang, axe)));
    if (process.env['ANXIN_TEST_PICTURES']) await shoot(page, `desk-${name}-open-${look}`);
    opened++;
    // What was opened on a phone covers the rest, and a drawer stays for a moment: the next place begins anew.
    if (!reload && (await page.getByRole('dialog').count())) await page.goto('/desk/home');
  }
  return { wrong, opened };
}
