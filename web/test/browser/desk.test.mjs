// Every screen of the desk as an administrator opens it, and a record of every kind: nothing thrown, nothing that axe
// calls serious, light and dark; no raw key, no English word on a Chinese page; nothing wider than a phone.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { launch, openContext, watch } from './lib/chromium.mjs';
import { demoPassword, settle } from './lib/desk.mjs';
import { binary, missingBinary, run, startServer } from './lib/server.mjs';
import { shoot } from './lib/shots.mjs';
import { recordPages, screens, walk } from './lib/walk.mjs';
import { caller } from './lib/world.mjs';

const password = 'correct horse battery 7';

/** @type {import('playwright-core').Browser | undefined} */
let started;
/** @type {import('./lib/server.mjs').Running | undefined} */
let running;
/** A small demo, which has records of every kind. @type {import('./lib/server.mjs').Running | undefined} */
let demo;

before(async () => {
  assert.equal(missingBinary(), '', binary);
  started = await launch();
  const env = { ANXIN_LIMITS_SIGN_IN_RATE: '100', ANXIN_LIMITS_PUBLIC_RATE: '5000', ANXIN_LIMITS_USER_RATE: '100000' };
  demo = await startServer({ command: ['demo', '--scale', '0.04'], env });
  running = await startServer({
    prepare: async (env) => {
      const file = join(env['ANXIN_DATA_DIR'] ?? '', 'password');
      await writeFile(file, `${password}\n`, { mode: 0o600 });
      await run(['user', '--login', 'admin', '--name', '管理员', '--password-file', file, 'add-admin'], env);
    },
    env,
  });
});

after(async () => {
  await started?.close();
  await running?.stop();
  await demo?.stop();
});

/**
 * A signed-in page.
 * @param {import('node:test').TestContext} t
 * @param {{ screen?: 'desktop' | 'phone', lang?: 'zh-CN' | 'en', theme?: 'light' | 'dark' }} look
 */
async function desk(t, look) {
  assert.ok(started && running);
  const context = await openContext(started, { ...look, baseURL: running.url });
  t.after(() => context.close());
  await post(context, '/session', { login: 'admin', password });
  return context;
}

/**
 * @param {import('playwright-core').BrowserContext} context
 * @param {string} path
 * @param {unknown} data
 * @returns {Promise<{ id: string }>}
 */
async function post(context, path, data) {
  const answer = await context.request.post(`/api/v1${path}`, { headers: { 'X-Anxin-Client': 'web', 'Content-Type': 'application/json' }, data });
  assert.ok(answer.ok(), `${path}: ${answer.status()} ${await answer.text()}`);
  /** @type {unknown} */
  const made = await answer.json().catch(() => ({}));
  return /** @type {{ id: string }} */ (made);
}

// Two looks at a time: the machine has two cores, and a page waits for its server as well.
describe('every screen and every kind of record', { concurrency: 2 }, () => {
  for (const look of /** @type {const} */ ([
    { lang: 'zh-CN', theme: 'light', screen: 'desktop', axe: true },
    { lang: 'en', theme: 'dark', screen: 'desktop', axe: true },
    { lang: 'zh-CN', theme: 'dark', screen: 'phone', axe: true },
    { lang: 'en', theme: 'light', screen: 'phone', axe: false }, // long words on a narrow screen; its parts and colours are in the others
  ])) {
    test(`${look.lang}, ${look.theme}, ${look.screen}`, async (t) => {
      assert.ok(started && demo);
      const all = look.lang === 'zh-CN';
      const context = await openContext(started, { ...look, baseURL: demo.url });
      t.after(() => context.close());
      await post(context, '/session', { login: 'admin', password: demoPassword });
      const call = caller(demo.url);
      await call('POST', '/session', { login: 'admin', password: demoPassword });
      const page = await context.newPage();
      const faults = watch(page);
      const paths = [...screens, ...(await recordPages(call, { everyState: all && look.screen === 'desktop' }))];
      const { wrong, opened } = await walk(page, paths, { lang: look.lang, look: `${look.lang}-${look.theme}-${look.screen}`, reload: all && look.screen === 'desktop', axe: look.axe });
      console.log(`# ${look.lang}, ${look.theme}, ${look.screen}: ${paths.length} screens, ${opened} records opened beside their lists`);
      assert.equal(wrong.join('\n'), '');
      assert.ok(opened >= 18, `${opened} lists had something to open`);
      assert.deepEqual(faults, []);
    });
  }
});

test('from screen to screen within the page', async (t) => {
  assert.ok(started && demo);
  const context = await openContext(started, { baseURL: demo.url });
  t.after(() => context.close());
  await post(context, '/session', { login: 'admin', password: demoPassword });
  const page = await context.newPage();
  const faults = watch(page);
  await page.goto('/desk/home');
  await settle(page);
  let slowest = { path: '', ms: 0 };
  for (const path of ['cases', 'orders', 'customers', 'units', 'admin', 'home']) {
    const link = page.locator(`nav a[href="/desk/${path}"]`);
    await link.hover(); // brings the screen's file
    await settle(page);
    const ms = await link.evaluate(async (/** @type {HTMLElement} */ element) => {
      const began = performance.now();
      element.click();
      while (element.getAttribute('aria-current') !== 'page') await new Promise((done) => requestAnimationFrame(done));
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
      return performance.now() - began;
    });
    if (ms > slowest.ms) slowest = { path, ms };
    await settle(page);
  }
  console.log(`# slowest change of route: ${slowest.path} ${Math.round(slowest.ms)} ms`);
  assert.deepEqual(faults, []);
});

test('an administrator changes a text, makes a key and gives it up, and finds it all in the trail', async (t) => {
  const context = await desk(t, { lang: 'zh-CN' });
  const page = await context.newPage();
  const faults = watch(page);
  await page.goto('/desk/admin/templates');
  await page.getByRole('button', { name: 'T01 受理' }).first().click();
  const drawer = page.getByRole('dialog');
  await drawer.getByLabel('正文').fill('【{brand}】您的申请{no}已受理');
  await drawer.getByText('您的申请C2611-000123已受理').waitFor();
  await drawer.getByRole('button', { name: '保存' }).click();
  await page.getByText('自定义 第 1 版').first().waitFor();

  await page.goto('/desk/admin/keys');
  await page.getByRole('button', { name: '新建密钥' }).click();
  await page.getByLabel('名称').fill('ERP');
  await page.getByLabel('权限').click();
  await page.keyboard.type('查看服务请求');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: '新建', exact: true }).click();
  await page.getByText('ERP 的密钥（只显示一次）').waitFor();
  await page.getByRole('button', { name: '我已存好' }).click();
  await page.getByRole('button', { name: 'ERP' }).click();
  await page.getByRole('dialog').getByRole('button', { name: '作废' }).click();
  await page.getByText('已作废').first().waitFor();

  await page.goto('/desk/admin/audit?kind=message_template');
  await page.getByRole('row').filter({ hasText: '修改' }).first().click();
  await page.getByText('完整：1 条').waitFor();
  await shoot(page, 'desk-audit-entry-zh-CN-desktop');
  await page.getByRole('button', { name: '验证全部记录' }).click();
  await page.getByText(/完整：\d+ 条/).nth(1).waitFor();
  assert.deepEqual(faults, []);
});

test('a list keeps its views, exports its rows, and the palette finds records and places', async (t) => {
  const context = await desk(t, { lang: 'zh-CN' });
  const brand = await post(context, '/brands', { code: 'dk', name_zh: '安心电器', name_en: 'Anxin' });
  for (const text of ['空调不制冷', '洗衣机漏水']) await post(context, '/cases', { brand_id: brand.id, type: 'request', channel: 'phone', summary: text, contact_name: '王小明', contact_phone: '19900000011' });
  const page = await context.newPage();
  const faults = watch(page);
  await page.goto('/desk/cases?queue=all&priority=P3');
  await page.getByRole('button', { name: '视图' }).click();
  await page.getByLabel('给当前视图起个名字').fill('三级');
  await page.getByRole('button', { name: '保存视图' }).click();
  await page.getByRole('button', { name: '三级', exact: true }).waitFor();
  await page.goto('/desk/cases');
  await page.getByRole('button', { name: '视图' }).click();
  await page.getByRole('button', { name: '三级', exact: true }).click();
  await page.waitForURL(/priority=P3/);

  await page.goto('/desk/cases');
  await page.getByRole('row').nth(2).waitFor();
  await page.getByRole('button', { name: '导出' }).click();
  await page.getByText('CSV 文件').click();
  const file = page.getByRole('link', { name: '下载' });
  await file.waitFor();
  const [saved] = await Promise.all([page.waitForEvent('download'), file.click()]);
  await page.keyboard.press('Escape'); // the drawer with what the server does
  assert.match(saved.suggestedFilename(), /^服务请求 \d{4}-\d\d-\d\d \d{4}\.csv$/);
  await page.getByRole('checkbox', { name: '选择已加载的全部行' }).check();
  await page.getByRole('button', { name: '指派给我' }).click();
  await page.getByText(/2.*0/).first().waitFor();

  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('不制冷');
  await page.getByRole('option', { name: /空调不制冷/ }).click();
  await page.waitForURL(/\/desk\/cases\/[0-9a-f-]{36}/);
  await page.keyboard.press('g');
  await page.keyboard.press('u');
  await page.waitForURL(/\/desk\/units/);
  await page.keyboard.press('?');
  await page.getByText('去服务请求').waitFor();
  await shoot(page, 'desk-shortcuts-zh-CN-desktop');
  assert.deepEqual(faults, []);
});
