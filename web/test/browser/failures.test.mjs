// When something fails, what was typed is still there: no network, a colleague who was faster, a server that breaks, a
// session that ends, a link that is over; on the desk and on the customer's pages. The field app's outbox has tests of
// its own.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { seriousFindings } from './lib/axe.mjs';
import { launch, openContext, watch } from './lib/chromium.mjs';
import { settle } from './lib/desk.mjs';
import { red } from './lib/phone.mjs';
import { overflow, shoot } from './lib/shots.mjs';
import { strangeWords } from './lib/words.mjs';
import { addOutlet, openAct, password, person, startFirm } from './lib/world.mjs';

/** @type {import('playwright-core').Browser | undefined} */
let browser;
/** @type {Awaited<ReturnType<typeof startFirm>> | undefined} */
let firm;
let brand = '';
let outlet = '';

before(async () => {
  browser = await launch();
  firm = await startFirm();
  ({ brand, outlet } = await addOutlet(firm.admin));
});

after(async () => {
  await browser?.close();
  await firm?.server.stop();
});

/** @param {import('playwright-core').Page} page @param {string} name */
async function look(page, name) {
  await page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => undefined))));
  await shoot(page, `failure-${name}`);
  assert.deepEqual(await seriousFindings(page), [], name);
  assert.deepEqual(await strangeWords(page, 'zh-CN'), [], name);
  assert.ok((await overflow(page)) <= 0, `${name} scrolls sideways`);
}

test('on the desk', async (t) => {
  assert.ok(browser && firm);
  const { admin, server } = firm;
  const { page, context, faults } = await person(browser, t, server.url, 'admin', { expected: (_, status) => [401, 409, 412, 500].includes(status) });
  const opened = await admin('POST', '/cases', { brand_id: brand, type: 'request', channel: 'phone', summary: '空调不制冷', contact_name: '欧阳测试', contact_phone: '19912345678' });
  const screen = (/** @type {string} */ name) => page.locator(`[role=alert][data-screen=${name}]`);

  // No network: the act's form stays, and goes through when the network is back.
  await page.goto(`/desk/cases/${opened.id}`);
  await settle(page);
  const note = await openAct(page, '备注');
  await note.locator('textarea').first().fill('请上门前打电话');
  await context.setOffline(true);
  await note.locator('button[type=submit]').click();
  await screen('network').waitFor();
  assert.equal(await note.locator('textarea').first().inputValue(), '请上门前打电话');
  await look(page, 'desk-network');
  await context.setOffline(false);
  await note.getByRole('button', { name: '重试' }).click();
  await note.waitFor({ state: 'detached' });
  await page.locator('article').getByText('请上门前打电话').first().waitFor();

  // A server that breaks says so, with its request id.
  const broken = `${server.url}/api/v1/cases/${opened.id}/notes`;
  await page.route(broken, (route) => route.fulfill({ status: 500, contentType: 'application/problem+json', body: JSON.stringify({ status: 500, code: 'internal', title: '内部错误', request_id: 'r-500' }) }));
  const again = await openAct(page, '备注');
  await again.locator('textarea').first().fill('第二条');
  await again.locator('button[type=submit]').click();
  await screen('server').waitFor();
  await page.getByText('r-500').waitFor();
  assert.equal(await again.locator('textarea').first().inputValue(), '第二条');
  await look(page, 'desk-500');
  await page.unroute(broken);
  await again.locator('button[type=submit]').click();
  await again.waitFor({ state: 'detached' });

  // A colleague closed it meanwhile: the act is refused, the words stay.
  const late = await openAct(page, '催单');
  await late.locator('textarea').first().fill('客户很急');
  const { reasons } = /** @type {{ reasons: { code: string, kinds: string[] }[] }} */ (/** @type {unknown} */ (await admin('GET', '/catalog')));
  await admin('POST', `/cases/${opened.id}/cancel`, { reason: reasons.find((one) => one.kinds.includes('case.cancel'))?.code, note: '客户撤回' });
  await late.locator('button[type=submit]').click();
  await page.locator('[role=alert][data-screen]').first().waitFor();
  assert.equal(await late.locator('textarea').first().inputValue(), '客户很急');
  await look(page, 'desk-409');
  await late.getByRole('button', { name: '返回' }).click();

  // A record that two people change: both versions stand side by side.
  await page.goto(`/desk/admin/outlets?sel=${outlet}`);
  await settle(page);
  const form = page.locator('form', { has: page.getByLabel('名称') }).first();
  await form.getByLabel('名称').fill('西湖一号服务部');
  const { version } = await admin('GET', `/outlets/${outlet}`);
  await admin('PATCH', `/outlets/${outlet}`, { name: '西湖二号服务部' }, { 'If-Match': `"${version}"` });
  await form.locator('button[type=submit]').click();
  await screen('conflict').waitFor();
  await form.getByRole('region', { name: '别人刚保存的版本' }).waitFor();
  assert.deepEqual(await form.getByLabel('名称').evaluateAll((all) => all.map((one) => /** @type {HTMLInputElement} */ (one).value)), ['西湖一号服务部', '西湖二号服务部']);
  await look(page, 'desk-412');
  await form.locator('button[type=submit]').click();
  await form.getByRole('region', { name: '别人刚保存的版本' }).waitFor({ state: 'detached' });
  assert.equal((await admin('GET', `/outlets/${outlet}`))['name'], '西湖一号服务部');

  // The same beside a list, where the form is of the version that was opened.
  const draft = { name_zh: '延保一年', name_en: 'One year more', terms: { begins: 'after_maker', months: 12, covers: [{ name: '全部', lines: ['labour'], payer: 'brand', share: 100 }], price: { minor: 9900, currency: 'CNY' }, cooling_days: 15 } };
  const plan = await admin('POST', '/plans', { brand_id: brand, code: 'EXT1', kind: 'extended', ...draft });
  await page.goto(`/desk/admin/plans?sel=${plan.id}`);
  await settle(page);
  const terms = page.getByRole('dialog').locator('form');
  await terms.getByLabel('中文名称').first().fill('延保一年（我改的）');
  await admin('PUT', `/plans/${plan.id}`, { ...draft, name_zh: '延保一年（同事改的）', active: true }, { 'If-Match': `"${String(plan['version'])}"` });
  await terms.locator('button[type=submit]').click();
  await terms.getByRole('region', { name: '别人刚保存的版本' }).waitFor();
  assert.deepEqual(await terms.getByLabel('中文名称').evaluateAll((all) => all.map((one) => /** @type {HTMLInputElement} */ (one).value)), ['延保一年（我改的）', '延保一年（同事改的）']);
  await look(page, 'desk-412-plan');
  await terms.locator('button[type=submit]').click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  const [kept] = /** @type {{ name_zh: string }[]} */ (/** @type {unknown} */ (await admin('GET', '/plans')));
  assert.equal(kept?.name_zh, '延保一年（我改的）');

  // The session ends: the page is covered, and all that was typed is below it.
  await page.goto('/desk/cases/new');
  await settle(page);
  await page.getByLabel('客户描述').fill('洗衣机漏水，地板都湿了');
  await context.clearCookies();
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await page.getByRole('button', { name: '建单' }).click();
  const cover = page.getByRole('dialog', { name: '登录已失效' });
  await cover.waitFor();
  await look(page, 'desk-session');
  await cover.getByLabel('密码').fill(password);
  await cover.getByRole('button', { name: '登录', exact: true }).click();
  await cover.waitFor({ state: 'detached' });
  assert.equal(await page.getByLabel('客户描述').inputValue(), '洗衣机漏水，地板都湿了');
  assert.deepEqual(faults, []);
});

test('on the customer’s pages', async (t) => {
  assert.ok(browser && firm);
  const context = await openContext(browser, { screen: 'phone', baseURL: firm.server.url });
  t.after(() => context.close());
  const page = await context.newPage();
  const faults = watch(page, (_, status) => [404, 422, 500].includes(status));
  await page.goto('/report?brand=ax&category=AC&symptom=other');
  await page.locator('#text').fill('室内机滴水');
  await page.locator('#name').fill('欧阳测试');
  await page.locator('#phone').fill('19912345670');
  await page.locator('#address').fill('浙江省杭州市西湖区文三路100号7幢2单元1903室');
  await page.locator('#media').setInputFiles([{ name: 'unit.png', mimeType: 'image/png', buffer: red }]);
  await page.getByText('已选 1 个: unit.png').waitFor();
  const send = page.locator('form button[type=submit]');

  await context.setOffline(true);
  await send.click();
  await page.getByText('没有网络').waitFor();
  assert.equal(await page.locator('#text').inputValue(), '室内机滴水');
  await look(page, 'portal-network');
  await context.setOffline(false);

  await page.route('**/report', (route) => (route.request().method() === 'POST' ? route.fulfill({ status: 500, body: '' }) : route.continue()));
  await send.click();
  await page.getByText('服务器出错了').waitFor();
  assert.equal(await page.locator('#text').inputValue(), '室内机滴水');
  await look(page, 'portal-500');
  await page.unroute('**/report');

  // Refused, because the consent is lacking: words and photo are still there.
  await send.click();
  await page.locator('input[name=kept]').waitFor();
  assert.equal(await page.locator('#text').inputValue(), '室内机滴水');
  assert.equal(await page.locator('#phone').inputValue(), '19912345670');
  await look(page, 'portal-refused');
  await page.locator('input[name=consent]').check();
  await page.locator('form button[type=submit]').click();
  await page.waitForURL(/\/l\//);
  const [last] = (/** @type {{ items: { id: string }[] }} */ (/** @type {unknown} */ (await firm.admin('GET', '/cases?queue=recent&limit=1')))).items;
  assert.equal((/** @type {unknown[]} */ (/** @type {unknown} */ (await firm.admin('GET', `/files?record_kind=case&record_id=${last?.id ?? ''}`)))).length, 1);

  // A link that is over, or never was.
  await page.goto('/l/AbCdEfGhIjKlMnOpQrStUv');
  await page.getByRole('alert').first().waitFor();
  await look(page, 'portal-expired');
  assert.deepEqual(faults, []);
});
