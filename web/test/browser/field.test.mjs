// The field app on a phone: a whole visit without a network, killed on the way, and delivered once.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { seriousFindings } from './lib/axe.mjs';
import { launch, watch } from './lib/chromium.mjs';
import { phoneIn, red } from './lib/phone.mjs';
import { overflow, shoot } from './lib/shots.mjs';

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

for (const look of /** @type {const} */ ([
  { lang: 'zh-CN', theme: 'light' },
  { lang: 'en', theme: 'dark' },
])) {
  const words = look.lang === 'en' ? { accept: 'Accept the visit', depart: 'Set off', arrive: 'I have arrived', sign: 'Customer sign-off', finish: 'Finish the visit', decline: 'I cannot go', ok: 'Pass', fixed: 'Fixed', code: 'Finish code', back: 'Back' }
    : { accept: '接受上门', depart: '出发', arrive: '我到了', sign: '请客户签收', finish: '结束上门', decline: '不能去', ok: '合格', fixed: '已修好', code: '完工码', back: '返回' };

  test(`a visit from accept to finish, ${look.lang}, ${look.theme}`, async (t) => {
    const { got, context } = await phone(t, look);
    const page = await context.newPage();
    const faults = watch(page);
    const lookAt = async (/** @type {string} */ name) => {
      await shoot(page, `field-${name}-${look.lang}-phone`, { fullPage: name.startsWith('work') });
      assert.deepEqual(await seriousFindings(page), [], name);
      assert.ok((await overflow(page)) <= 0, `${name} scrolls sideways`);
    };
    await page.goto('/field');
    await page.locator('.visit-card').first().waitFor();
    await lookAt('visits');
    await page.locator('.visit-card', { hasText: '14:00' }).click();
    await page.getByRole('button', { name: words.accept }).waitFor();
    await lookAt('visit');
    await page.getByRole('button', { name: words.decline }).click();
    await page.locator('form').waitFor();
    await lookAt('decline');
    await page.locator('form button[type=button]').click();
    await page.getByRole('button', { name: words.accept }).click();
    await page.getByRole('button', { name: words.depart, exact: true }).click();
    await page.getByRole('button', { name: words.arrive }).click();
    await page.getByRole('button', { name: words.ok, exact: true }).first().click();
    await page.locator('input[type=file]').first().setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: red });
    await page.locator('.thumb').first().waitFor();
    await lookAt('work');
    await page.getByRole('button', { name: words.sign }).click();
    await page.locator('canvas.pad').waitFor();
    await lookAt('sign-missing');
    assert.ok(await page.getByRole('button', { name: words.finish }).isDisabled());
    await page.getByRole('button', { name: words.back }).last().click();
    await page.getByLabel(words.fixed).first().check();
    await page.getByRole('button', { name: words.sign }).click();
    const box = await page.locator('canvas.pad').boundingBox();
    assert.ok(box);
    await page.mouse.move(box.x + 40, box.y + 100);
    await page.mouse.down();
    for (let i = 1; i < 20; i++) await page.mouse.move(box.x + 40 + i * 12, box.y + 100 + Math.sin(i) * 40);
    await page.mouse.up();
    await lookAt('sign');
    await page.locator('.pad ~ .row .primary').click();
    await page.locator('img.pad').waitFor();
    await page.getByRole('button', { name: words.finish }).click();
    await page.locator('.empty [data-tone=good]').waitFor();
    await page.waitForFunction(() => !document.querySelector('.waiting'));
    await lookAt('finished');
    assert.deepEqual(
      got.filter((path) => !path.endsWith('/files')),
      ['/visits/v1/accept', '/visits/v1/depart', '/visits/v1/arrive', '/visits/v1/finish'],
    );
    assert.equal(got.filter((path) => path.endsWith('/files')).length, 2); // a photo and the signature
    assert.deepEqual(faults, []);
  });
}

describe('without a network', () => {
  test('acts are kept over a killed page and delivered in order, once', async (t) => {
    const { got, context } = await phone(t);
    let page = await context.newPage();
    await page.goto('/field');
    await page.locator('.visit-card').first().waitFor();
    await page.evaluate(async () => {
      const { active } = await navigator.serviceWorker.ready;
      if (active?.state !== 'activated') await new Promise((done) => active?.addEventListener('statechange', done));
    });
    await context.setOffline(true);
    await page.locator('.visit-card', { hasText: '14:00' }).click();
    await page.getByRole('button', { name: '接受上门' }).click();
    await page.getByRole('button', { name: '出发', exact: true }).click();
    await page.getByRole('button', { name: '我到了' }).click();
    await page.getByLabel('作业说明').fill('更换电容');
    await page.getByText('3 条待发送').waitFor();
    await shoot(page, 'field-offline-visit-zh-CN-phone');
    await page.close(); // the app is killed in the middle of writing

    page = await context.newPage();
    const started = Date.now();
    await page.goto('/field/visits/v1');
    await page.getByRole('button', { name: '请客户签收' }).waitFor();
    const reopened = Date.now() - started;
    assert.equal(await page.getByLabel('作业说明').inputValue(), '更换电容');
    console.log(`# opened without a network in ${reopened} ms`);
    await page.goto('/field/visits');
    await page.getByText('没有网络').waitFor();
    await shoot(page, 'field-offline-visits-zh-CN-phone');
    assert.deepEqual(await seriousFindings(page), []);
    await page.getByRole('link', { name: '待发送' }).first().click();
    await page.getByText('3 条待发送').waitFor();
    await shoot(page, 'field-outbox-waiting-zh-CN-phone');
    assert.deepEqual(await seriousFindings(page), []);
    assert.deepEqual(got, []);

    await context.setOffline(false);
    await page.getByText('全部已送达').waitFor();
    assert.deepEqual(got, ['/visits/v1/accept', '/visits/v1/depart', '/visits/v1/arrive']);
  });

  test('an act done while the list is being read again is not left behind', async (t) => {
    const { got, context } = await phone(t);
    await context.route('**/api/v1/field/visits', async (route) => {
      if (got.length > 0) await new Promise((done) => setTimeout(done, 1_500)); // a slow network after the first act
      await route.continue().catch(() => undefined); // the page may be gone
    });
    const page = await context.newPage();
    await page.goto('/field/visits/v1');
    await page.getByRole('button', { name: '接受上门' }).click();
    while (got.length === 0) await new Promise((done) => setTimeout(done, 20));
    await page.waitForTimeout(200); // the act has gone, the list is on its way
    await page.getByRole('button', { name: '出发', exact: true }).click();
    await page.getByRole('button', { name: '我到了' }).waitFor();
    for (let i = 0; i < 250 && got.length < 2; i++) await page.waitForTimeout(20);
    assert.deepEqual(got, ['/visits/v1/accept', '/visits/v1/depart']);
  });

  test('what dispatch changed meanwhile is shown with both sides', async (t) => {
    const special = (/** @type {string} */ path) => {
      if (path === '/visits/v1/accept') return { status: 200, body: { conflict: { words: '林晓 10:20 已把这次上门改派给周工', state: 'cancelled' } } };
      if (path === '/visits/v2/accept') return { status: 422, body: { status: 422, code: 'invalid', title: '这次上门已取消', request_id: '0199f3c2' } };
      return undefined;
    };
    const { context } = await phone(t, { special });
    const page = await context.newPage();
    for (const id of ['v1', 'v2']) {
      await page.goto(`/field/visits/${id}`);
      const answered = page.waitForResponse((one) => one.url().endsWith(`/visits/${id}/accept`));
      await page.getByRole('button', { name: '接受上门' }).click();
      await answered; // what was pressed is on the phone before it goes
    }
    await page.goto('/field/outbox');
    await page.getByText('已把这次上门改派给周工').waitFor();
    await page.getByText('这次上门已取消').waitFor();
    await shoot(page, 'field-outbox-conflict-zh-CN-phone');
    assert.deepEqual(await seriousFindings(page), []);
    await page.getByRole('button', { name: '知道了' }).first().click();
    await page.getByRole('button', { name: '知道了' }).first().click();
    await page.getByRole('button', { name: '知道了' }).waitFor({ state: 'detached' });
  });

  test('an ended session keeps the day and the acts, and signing in sends them', async (t) => {
    let signedIn = true;
    const special = (/** @type {string} */ path) => {
      if (path === '/session') {
        signedIn = true;
        return { status: 200, body: { kind: 'user', id: 'u1', name: 'Zhou', lang: 'zh-CN', permissions: [], now: '' } };
      }
      return signedIn ? undefined : { status: 401, body: { status: 401, code: 'unauthorized', title: '请先登录' } };
    };
    const { context, got } = await phone(t, { special, sessionMs: -1 });
    const page = await context.newPage();
    await page.goto('/field/visits/v1');
    await page.getByRole('button', { name: '接受上门' }).waitFor();
    signedIn = false;
    await page.getByRole('button', { name: '接受上门' }).click();
    await page.getByRole('button', { name: '返回' }).click();
    await page.getByText('登录已失效').waitFor();
    await shoot(page, 'field-session-ended-zh-CN-phone');
    assert.deepEqual(await seriousFindings(page), []);
    await page.getByRole('button', { name: '去登录' }).click();
    await page.getByLabel('账号').fill('zhou');
    await page.getByLabel('密码').fill('correct horse');
    await shoot(page, 'field-sign-in-zh-CN-phone');
    assert.deepEqual(await seriousFindings(page), []);
    got.length = 0;
    await page.getByRole('button', { name: '登录', exact: true }).click();
    await page.getByText('登录已失效').waitFor({ state: 'detached' });
    await page.getByText('待发送').first().waitFor();
    await page.waitForFunction(() => !document.querySelector('.waiting'));
    assert.deepEqual(got, ['/session', '/visits/v1/accept']);
  });

  test('language and look are chosen on the phone', async (t) => {
    const { context } = await phone(t);
    const page = await context.newPage();
    await page.goto('/field/me');
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('button', { name: 'Dark' }).click();
    await page.reload();
    await page.getByRole('heading', { name: 'Appearance' }).waitFor();
    await shoot(page, 'field-me-en-phone');
    assert.deepEqual(await seriousFindings(page), []);
  });
});
