// The field app keeps what it must and nothing else: sealed while it waits, at the server exactly once, gone with its person.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { seriousFindings } from './lib/axe.mjs';
import { launch } from './lib/chromium.mjs';
import { phoneIn, red, storedText } from './lib/phone.mjs';
import { shoot } from './lib/shots.mjs';

/** @type {import('playwright-core').Browser} */
let browser;

before(async () => {
  browser = await launch();
});

after(async () => {
  await browser.close();
});

/** @param {import('node:test').TestContext} t @param {import('./lib/phone.mjs').PhoneOptions} [options] */
const phone = (t, options) => phoneIn(browser, t, options);

const secret = '更换电容，门锁密码 4711';

/** Does the whole visit of 14:00 up to its end, with a photo, a note and a signature. @param {import('playwright-core').Page} page */
async function wholeVisit(page) {
  await page.locator('.visit-card', { hasText: '14:00' }).click();
  await page.getByRole('button', { name: '接受上门' }).click();
  await page.getByRole('button', { name: '出发', exact: true }).click();
  await page.getByRole('button', { name: '我到了' }).click();
  await page.getByLabel('作业说明').fill(secret);
  await page.locator('input[type=file]').first().setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: red });
  await page.locator('.thumb').first().waitFor();
  await page.getByLabel('已修好').first().check();
  await page.getByRole('button', { name: '请客户签收' }).click();
  const box = await page.locator('canvas.pad').boundingBox();
  assert.ok(box);
  await page.mouse.move(box.x + 40, box.y + 100);
  await page.mouse.down();
  for (let i = 1; i < 20; i++) await page.mouse.move(box.x + 40 + i * 12, box.y + 100 + Math.sin(i) * 40);
  await page.mouse.up();
  await page.locator('.pad ~ .row .primary').click();
  await page.locator('img.pad').waitFor();
  await page.getByRole('button', { name: '结束上门' }).click();
  await page.getByText('6 条待发送').waitFor();
}

/** Waits until the app's own files are on the phone. @param {import('playwright-core').Page} page */
async function installed(page) {
  await page.locator('.visit-card').first().waitFor();
  await page.evaluate(async () => {
    const { active } = await navigator.serviceWorker.ready;
    if (active?.state !== 'activated') await new Promise((done) => active?.addEventListener('statechange', done));
  });
}


for (const lossy of [false, true]) {
  test(`a whole visit${lossy ? ', before a server whose answers get lost,' : ''} is at the server exactly once`, async (t) => {
    /** @type {Map<string, string>} what the server has carried out, by operation */
    const done = new Map();
    let arrivals = 0;
    const special = (/** @type {string} */ path, /** @type {string} */ method, /** @type {string} */ key) => {
      if (method !== 'POST' || path === '/session') return undefined;
      arrivals += 1;
      const known = done.has(key);
      done.set(key, path);
      // The first answer of each operation never arrives: the server has it, the phone does not know.
      return lossy && !known ? { status: 0, body: {} } : { status: 200, body: {} };
    };
    const { context } = await phone(t, { special });
    let page = await context.newPage();
    await page.goto('/field');
    await installed(page);
    await context.setOffline(true);
    await wholeVisit(page);
    const stored = await storedText(page);
    // Words and the beginning of a picture: bare digits stand in many a random id.
    assert.doesNotMatch(Object.values(stored).join('\n'), /更换电容|门锁密码|PNG\r/, 'acts and proof lie open on the phone');
    assert.match(stored['keys'] ?? '', /key closed/);
    await page.close(); // the app is killed before anything was sent

    await context.setOffline(false);
    page = await context.newPage();
    await page.goto('/field/outbox');
    await page.getByText('全部已送达').waitFor({ timeout: 60_000 });
    const paths = [...done.values()];
    assert.deepEqual(
      paths.filter((path) => !path.endsWith('/files')),
      ['/visits/v1/accept', '/visits/v1/depart', '/visits/v1/arrive', '/visits/v1/finish'],
    );
    assert.equal(paths.filter((path) => path.endsWith('/files')).length, 2);
    assert.equal(arrivals, lossy ? 12 : 6);
  });
}

test('signing out says what waits and takes away what was read; what waits stays sealed until its owner is back', async (t) => {
  let broken = true;
  const special = (/** @type {string} */ path, /** @type {string} */ method) => {
    if (path === '/session' && method === 'DELETE') return { status: 204, body: {} };
    if (path === '/session') return { status: 200, body: { kind: 'user', id: 'u1', name: 'Zhou', lang: 'zh-CN', permissions: [], now: '' } };
    return broken && method === 'POST' ? { status: 503, body: { status: 503, code: 'unavailable', title: '忙' } } : undefined;
  };
  const { context, got } = await phone(t, { special });
  const page = await context.newPage();
  await page.goto('/field');
  await installed(page);
  await page.locator('.visit-card', { hasText: '14:00' }).click();
  await page.getByRole('button', { name: '接受上门' }).click();
  await page.getByText('1 条待发送').waitFor();
  await page.goto('/field/me');
  await page.getByRole('button', { name: '退出登录' }).click();
  await page.getByRole('alert').waitFor();
  await shoot(page, 'field-sign-out-waiting-zh-CN-phone');
  assert.deepEqual(await seriousFindings(page), []);
  await page.getByRole('button', { name: '仍然退出' }).click();
  await page.getByLabel('账号').waitFor();
  const stored = await storedText(page);
  assert.equal(stored['visits'], '');
  assert.equal(stored['keys'], '');
  assert.match(stored['ops'] ?? '', /kind=accept/);
  assert.doesNotMatch(JSON.stringify(stored), /王先生|文三路/);
  broken = false;
  got.length = 0;
  await page.getByLabel('账号').fill('zhou');
  await page.getByLabel('密码').fill('correct horse');
  await page.getByRole('button', { name: '登录', exact: true }).click();
  await page.locator('.visit-card').first().waitFor();
  for (let i = 0; i < 500 && !got.includes('/visits/v1/accept'); i++) await page.waitForTimeout(20);
  assert.ok(got.includes('/visits/v1/accept'));
});

test('a session that was revoked takes away what was read', async (t) => {
  let revoked = false;
  const special = () => (revoked ? { status: 401, body: { status: 401, code: 'unauthorized', title: '请先登录' } } : undefined);
  const { context } = await phone(t, { special });
  const page = await context.newPage();
  await page.goto('/field');
  await installed(page);
  revoked = true;
  await page.locator('.visit-card', { hasText: '14:00' }).click();
  await page.getByRole('button', { name: '接受上门' }).click();
  await page.getByLabel('账号').waitFor();
  const stored = await storedText(page);
  assert.equal(stored['visits'], '');
  assert.equal(stored['keys'], '');
  assert.match(stored['ops'] ?? '', /kind=accept/);
});
