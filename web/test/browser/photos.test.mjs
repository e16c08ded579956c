// Photos where people look for them: what a customer sent stands with the case and opens large, an engineer's photo is
// given on the desk or by himself in the field app and shows to the customer who waits; what lies about its type is refused
// in words.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';

import { seriousFindings } from './lib/axe.mjs';
import { launch, openContext, watch } from './lib/chromium.mjs';
import { settle } from './lib/desk.mjs';
import { red } from './lib/phone.mjs';
import { shoot } from './lib/shots.mjs';
import { strangeWords } from './lib/words.mjs';
import { addEngineer, addOutlet, addUser, every, person, startFirm, until } from './lib/world.mjs';

/** @type {import('playwright-core').Browser | undefined} */
let browser;
/** @type {Awaited<ReturnType<typeof startFirm>> | undefined} */
let firm;

before(async () => {
  browser = await launch();
  firm = await startFirm();
});

after(async () => {
  await browser?.close();
  await firm?.server.stop();
});

test('of a case and of an engineer', async (t) => {
  assert.ok(browser && firm);
  const { admin, server } = firm;
  const { outlet } = await addOutlet(admin);
  const staff = await addEngineer(admin, { name: '李师傅', outlet, phone: '19900000301' });
  const context = await openContext(browser, { screen: 'phone', baseURL: server.url });
  t.after(() => context.close());
  const customer = await context.newPage();
  const wrong = watch(customer);
  await customer.goto('/report?brand=ax&category=AC&symptom=AC-S01');
  await customer.locator('#text').fill('室内机滴水');
  await customer.locator('#name').fill('欧阳测试');
  await customer.locator('#phone').fill('19912345670');
  await customer.locator('#address').fill('浙江省杭州市西湖区文三路100号7幢2单元1903室');
  await customer.locator('#media').setInputFiles(['one.png', 'two.png'].map((name) => ({ name, mimeType: 'image/png', buffer: red })));
  await customer.locator('input[name=consent]').check();
  await customer.locator('form button[type=submit]').click();
  await customer.waitForURL(/\/l\//);
  const link = customer.url().split('?')[0] ?? '';

  const { page, faults } = await person(browser, t, server.url, 'admin', { expected: (_, status) => status === 415 || status === 422 });
  const [opened] = await every(admin, '/cases?queue=recent');
  assert.ok(opened);
  await page.goto(`/desk/cases/${opened.id}`);
  const shots = page.getByRole('button', { name: /^看大图: / });
  await shots.nth(1).waitFor();
  await shots.first().scrollIntoViewIfNeeded();
  await settle(page);
  assert.ok(await shots.first().locator('img').evaluate((img) => /** @type {HTMLImageElement} */ (img).naturalWidth > 0));
  await shoot(page, 'photos-case-zh-CN-desktop');
  await shots.first().click();
  const viewer = page.getByRole('dialog', { name: '照片' });
  await viewer.getByText('1 / 2').waitFor();
  await page.keyboard.press('ArrowRight');
  await viewer.getByText('2 / 2').waitFor();
  await settle(page);
  assert.ok(await viewer.locator('img').evaluate((img) => /** @type {HTMLImageElement} */ (img).naturalWidth > 0));
  assert.deepEqual(await seriousFindings(page), []);
  await shoot(page, 'photos-large-zh-CN-desktop');
  await page.keyboard.press('Escape');
  await viewer.waitFor({ state: 'detached' });

  await page.goto(`/desk/admin/staff?sel=${staff.id}`);
  await page.getByRole('img', { name: '还没有照片' }).waitFor();
  const chooser = page.locator('article input[type=file]');
  await chooser.setInputFiles([{ name: 'me.png', mimeType: 'image/png', buffer: Buffer.from('<html><script>alert(1)</script>') }]);
  await page.locator('article [role=alert]').waitFor();
  await shoot(page, 'photos-staff-refused-zh-CN-desktop');
  await chooser.setInputFiles([{ name: 'me.png', mimeType: 'image/png', buffer: red }]);
  await page.locator('article').getByRole('img', { name: '李师傅' }).waitFor();
  assert.deepEqual(await seriousFindings(page), []);
  await shoot(page, 'photos-staff-zh-CN-desktop');

  // The customer who waits sees who comes.
  const order = await admin('POST', '/orders', { case_id: opened.id, release: true });
  await admin('POST', '/visits', { orders: [order.id], engineers: [staff.id], outlet_id: outlet, start: new Date(Date.now() + 600_000).toISOString(), end: new Date(Date.now() + 6_000_000).toISOString(), dispatch: true });
  await customer.goto(link);
  const face = customer.locator('.who img');
  await face.waitFor();
  await settle(customer);
  assert.ok(await face.evaluate((img) => /** @type {HTMLImageElement} */ (img).naturalWidth > 0));
  await shoot(customer, 'photos-track-zh-CN-phone');

  // He takes another one himself: without a network, then it is sent, once; the customer sees it.
  await addUser(firm, { login: 'li', name: '李师傅', roles: ['engineer'], outlet_path: '/xihu/', engineer_id: staff.id });
  const his = async () => /** @type {{ id: string, purpose: string, content_type: string }[]} */ (/** @type {unknown} */ (await admin('GET', `/files?record_kind=staff&record_id=${staff.id}`)));
  const [given] = await his();
  for (const lang of /** @type {const} */ (['zh-CN', 'en'])) {
    const w = lang === 'en' ? { mine: 'My photo', none: 'No photo yet', waiting: /safe on this phone/, broken: 'This file is no picture that can be opened' } : { mine: '我的照片', none: '还没有照片', waiting: /已存在本机/, broken: '这个文件不是能打开的照片' };
    const phone = await person(browser, t, server.url, 'li', { screen: 'phone', lang, expected: (_, status) => status === 415 });
    await phone.page.goto('/field/me');
    const card = phone.page.locator('section', { has: phone.page.getByRole('heading', { name: w.mine }) });
    await card.getByRole('img', { name: w.mine }).waitFor();
    const [camera, album] = [card.locator('input[type=file]').first(), card.locator('input[type=file]').last()];
    assert.equal(await camera.getAttribute('capture'), 'user');
    assert.equal(await album.getAttribute('capture'), null);
    await album.setInputFiles([{ name: 'me.png', mimeType: 'image/png', buffer: Buffer.from('<html><script>alert(1)</script>') }]);
    await card.getByRole('alert').getByText(w.broken).waitFor();
    // A phone that sends such a thing all the same is told why not.
    const lie = await phone.context.request.post('/api/v1/field/photo', { headers: { 'X-Anxin-Client': 'web' }, multipart: { id: randomUUID(), file: { name: 'me.png', mimeType: 'image/png', buffer: Buffer.from('<html><script>alert(1)</script>') } } });
    assert.equal(lie.status(), 415, await lie.text());
    const tall = Buffer.from(await phone.page.evaluate((shade) => {
      const canvas = Object.assign(document.createElement('canvas'), { width: 60, height: 90 });
      const context = canvas.getContext('2d');
      if (context) context.fillStyle = shade;
      context?.fillRect(0, 0, 60, 90);
      return canvas.toDataURL('image/png').split(',')[1] ?? '';
    }, lang === 'en' ? '#264' : '#642'), 'base64');
    await phone.context.setOffline(true);
    await camera.setInputFiles([{ name: 'me.png', mimeType: 'image/png', buffer: tall }]);
    await card.getByText(w.waiting).waitFor();
    const image = card.getByRole('img', { name: w.mine });
    assert.deepEqual(await image.evaluate(async (img) => {
      const one = /** @type {HTMLImageElement} */ (img);
      await one.decode();
      return [one.naturalWidth, one.naturalHeight];
    }), [60, 60], 'a square');
    assert.deepEqual(await seriousFindings(phone.page), []);
    assert.deepEqual(await strangeWords(phone.page, lang), []);
    await shoot(phone.page, `photos-own-${lang}-phone`);
    await phone.context.setOffline(false);
    await card.getByText(w.waiting).waitFor({ state: 'detached' });
    const now = await until(his, (list) => list.length === 1 && list[0]?.id !== given?.id, 'the new photo is at the server');
    assert.equal(now[0]?.content_type, 'image/jpeg');
    await phone.page.reload();
    await image.waitFor();
    assert.deepEqual(phone.faults, []);
  }
  await customer.goto(link);
  await face.waitFor();
  assert.ok(await face.evaluate((img) => /** @type {HTMLImageElement} */ (img).naturalWidth > 0));
  assert.deepEqual([...faults, ...wrong], []);
});
