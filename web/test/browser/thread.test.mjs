// One request through the whole product, on the real binary: from the customer's form to the posted order
// and the callback, by clicks of everybody who has a part in it.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { seriousFindings } from './lib/axe.mjs';
import { comesUp, launch, openContext, watch } from './lib/chromium.mjs';
import { settle } from './lib/desk.mjs';
import { binary, missingBinary, run, startServer } from './lib/server.mjs';
import { overflow, shoot } from './lib/shots.mjs';
import { openAct } from './lib/world.mjs';

const adminPassword = 'correct horse battery 7';
const ownPassword = 'green bicycle under rain 5';

/** @type {import('playwright-core').Browser | undefined} */
let started;
/** @type {import('./lib/server.mjs').Running | undefined} */
let running;

function server() {
  assert.ok(running);
  return running;
}

before(async () => {
  assert.equal(missingBinary(), '', binary);
  started = await launch();
  running = await startServer({
    prepare: async (env) => {
      const file = join(env['ANXIN_DATA_DIR'] ?? '', 'password');
      await writeFile(file, `${adminPassword}\n`, { mode: 0o600 });
      await run(['user', '--login', 'admin', '--name', '管理员', '--password-file', file, 'add-admin'], env);
    },
    env: { ANXIN_LIMITS_SIGN_IN_RATE: '100', ANXIN_LIMITS_PUBLIC_RATE: '5000' },
  });
});

after(async () => {
  await started?.close();
  await running?.stop();
});

/** Sets up a brand, an outlet, an engineer and the people; gives their passwords by login. */
async function populate() {
  let cookie = '';
  /**
   * @param {string} method
   * @param {string} path
   * @param {unknown} [body]
   * @param {Record<string, string>} [headers]
   * @returns {Promise<{ id: string, version: number, temporary_password: string }>}
   */
  const call = async (method, path, body, headers = {}) => {
    const answer = await fetch(`${server().url}/api/v1${path}`, { method, headers: { 'Content-Type': 'application/json', 'X-Anxin-Client': 'web', cookie, ...headers }, ...(body ? { body: JSON.stringify(body) } : {}) });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? cookie;
    /** @type {unknown} */
    const found = JSON.parse(text === '' ? '{}' : text);
    return /** @type {{ id: string, version: number, temporary_password: string }} */ (found);
  };
  await call('POST', '/session', { login: 'admin', password: adminPassword });
  const brand = await call('POST', '/brands', { code: 'ax', name_zh: '安心电器', name_en: 'Anxin', hotline: '400-000-0000' });
  const outlet = await call('POST', '/outlets', { code: 'xihu', name: '西湖服务部', kind: 'authorised', brands: [brand.id], division: '330106', phone: '0571-00000000' });
  await call('PUT', `/outlets/${outlet.id}/areas`, { items: [{ division: '3301', rank: 1 }] }, { 'If-Match': `${outlet.version}` });
  const skills = ['LVE', 'REFR', 'HEIGHT', 'PLUMB'].map((code) => ({ code, level: 3 }));
  const engineer = await call('POST', '/staff', { name: '李师傅', job: 'engineer', outlet_id: outlet.id, phone: '19900000001', skills });
  for (const code of ['LVE', 'REFR', 'HEIGHT']) {
    const { version } = await call('GET', `/staff/${engineer.id}`);
    await call('POST', `/staff/${engineer.id}/certificates`, { code, number: `T330100${code}`, issued_on: '2025-01-01', valid_to: '2035-12-31', recheck_by: '2034-01-01' }, { 'If-Match': `${version}` });
  }
  /** @type {Record<string, string>} */
  const passwords = {};
  for (const one of [
    { login: 'wang', name: '王芳', roles: ['agent', 'dispatcher', 'quality'], outlet_path: '/' },
    { login: 'zhao', name: '赵经理', roles: ['outlet_manager'], outlet_path: '/xihu/' },
    { login: 'li', name: '李师傅', roles: ['engineer'], outlet_path: '/xihu/', engineer_id: engineer.id },
  ]) {
    passwords[one.login] = (await call('POST', '/users', one)).temporary_password;
  }
  return passwords;
}

/**
 * Somebody with a browser of their own; faults are what the page should never do.
 * @param {import('node:test').TestContext} t
 * @param {string} who
 * @param {{ screen?: 'desktop' | 'phone' }} [options]
 */
async function person(t, who, { screen = 'desktop' } = {}) {
  assert.ok(started);
  const context = await openContext(started, { screen, baseURL: server().url });
  const page = await context.newPage();
  t.after(async () => {
    await shoot(page, `thread-last-${who}`); // where it stood, should it fail
    await context.close();
  });
  const faults = watch(page, (url, status) => status === 401 && url.endsWith('/me'));
  return { page, faults };
}

/**
 * Signs in with a password somebody else gave, and chooses an own one.
 * @param {import('playwright-core').Page} page
 * @param {string} face
 * @param {string} login
 * @param {string} given
 */
async function firstSignIn(page, face, login, given) {
  await page.goto(face);
  await page.getByLabel('账号').fill(login);
  await page.getByLabel('密码', { exact: true }).fill(given);
  await page.getByRole('button', { name: '登录', exact: true }).click();
  await page.getByLabel('新密码').fill(ownPassword);
  await page.getByRole('button', { name: '保存并继续' }).click();
}

/**
 * Keeps a picture and looks for what keeps people out.
 * @param {import('playwright-core').Page} page
 * @param {string} name
 */
async function lookAt(page, name) {
  // A colour on its way to another is neither.
  await page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => undefined))));
  await shoot(page, `thread-${name}`);
  assert.deepEqual(await seriousFindings(page), [], name);
  assert.ok((await overflow(page)) <= 0, `${name} scrolls sideways`);
}

/**
 * Sends the form of an act and waits until it has closed, which it does when the server has taken it.
 * @param {import('playwright-core').Locator} form
 */
async function sendAct(form) {
  await form.locator('button[type=submit]').click();
  await form.waitFor({ state: 'detached' });
}

/**
 * Chooses an option of a field by its label and the option's words.
 * @param {import('playwright-core').Locator} form
 * @param {string} label
 * @param {string} option
 */
async function choose(form, label, option) {
  const page = form.page();
  await form.getByLabel(label, { exact: true }).click();
  await page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option', { hasText: option }).first().click();
}

/** A small picture as a camera makes it, another one for each number. @param {import('playwright-core').Page} page @param {number} n */
async function picture(page, n) {
  const url = await page.evaluate((number) => {
    const canvas = document.createElement('canvas');
    canvas.width = 320;
    canvas.height = 240;
    const pen = canvas.getContext('2d');
    if (!pen) throw new Error('no canvas');
    for (let x = 0; x < 32; x++) for (let y = 0; y < 24; y++) {
      pen.fillStyle = `hsl(${(x * 11 + y * 7 + number * 97) % 360} 60% ${30 + ((x * y * number) % 50)}%)`;
      pen.fillRect(x * 10, y * 10, 10, 10);
    }
    return canvas.toDataURL('image/png');
  }, n);
  return { name: `photo-${n}.png`, mimeType: 'image/png', buffer: Buffer.from(url.slice(url.indexOf(',') + 1), 'base64') };
}

test('from the form to the posted order and the callback', async (t) => {
  const passwords = await populate();

  // The customer reports on the public page.
  const customer = await person(t, 'customer', { screen: 'phone' });
  await customer.page.goto('/report?lang=zh-CN');
  await lookAt(customer.page, 'report-products-zh-CN-phone');
  await customer.page.getByRole('link', { name: /房间空调器/ }).click();
  await customer.page.getByRole('link', { name: /不制冷/ }).click();
  await customer.page.locator('#text').fill('开机半小时不冷，室外机不转');
  await customer.page.locator('#name').fill('欧阳测试');
  await customer.page.locator('#phone').fill('19912345678');
  await customer.page.locator('#address').fill('浙江省杭州市西湖区文三路100号7幢2单元1903室');
  await customer.page.locator('input[name=consent]').check();
  await lookAt(customer.page, 'report-form-zh-CN-phone');
  await customer.page.locator('form button[type=submit]').click();
  await customer.page.waitForURL(/\/l\//);
  const link = customer.page.url().replace(/\?.*$/, '');
  await lookAt(customer.page, 'track-new-zh-CN-phone');

  // The agent classifies it and makes the order.
  const agent = await person(t, 'agent');
  await firstSignIn(agent.page, '/desk/', 'wang', passwords['wang'] ?? '');
  await agent.page.waitForURL(/\/desk\/home/);
  await settle(agent.page);
  await lookAt(agent.page, 'home-zh-CN-desktop');
  await agent.page.getByRole('link', { name: /无人负责/ }).click();
  await agent.page.getByText(/欧/).first().click();
  await agent.page.locator('article').waitFor();
  await settle(agent.page);
  const classify = await openAct(agent.page, '分类');
  await lookAt(agent.page, 'case-classify-zh-CN-desktop');
  await sendAct(classify);
  await sendAct(await openAct(agent.page, '建服务单'));
  await agent.page.locator('article').getByRole('link', { name: /^S\d{4}-/ }).click();
  await agent.page.waitForURL(/\/orders\//);
  await settle(agent.page);
  const orderURL = agent.page.url();
  // A released order is offered to the outlet that serves the address, by a job that may take a moment.
  const offered = agent.page.locator('article header').getByText('待网点接单');
  await comesUp(agent.page, orderURL, offered);
  await lookAt(agent.page, 'order-offered-zh-CN-desktop');
  await agent.page.locator('article header').getByText('待网点接单').waitFor();

  // The outlet's manager accepts, promises a window and sends the engineer who fits best.
  const manager = await person(t, 'manager');
  await firstSignIn(manager.page, '/desk/', 'zhao', passwords['zhao'] ?? '');
  await manager.page.waitForURL(/\/desk\/home/);
  await settle(manager.page);
  await lookAt(manager.page, 'manager-home-zh-CN-desktop');
  await manager.page.getByRole('link', { name: /待网点接单/ }).click();
  await manager.page.getByText(/^S\d{4}-/).first().click();
  await manager.page.locator('article').waitFor();
  await sendAct(await openAct(manager.page, '接单'));
  await manager.page.locator('article header').getByText('已接单').waitFor();
  const promise = await openAct(manager.page, '承诺时段');
  await promise.locator('input[type=radio]').first().waitFor();
  await lookAt(manager.page, 'order-promise-zh-CN-desktop');
  await sendAct(promise);
  await manager.page.getByText('承诺记录').waitFor();
  const plan = await openAct(manager.page, '排上门');
  await plan.getByText('李师傅').waitFor();
  await lookAt(manager.page, 'order-plan-zh-CN-desktop');
  await sendAct(plan);
  await manager.page.getByText('已下发').waitFor();
  await lookAt(manager.page, 'order-planned-zh-CN-desktop');
  await manager.page.getByRole('link', { name: '日程' }).click();
  await manager.page.getByRole('heading', { name: '派工日程' }).waitFor();

  // The engineer goes there and does the work.
  const engineer = await person(t, 'engineer', { screen: 'phone' });
  await firstSignIn(engineer.page, '/field/', 'li', passwords['li'] ?? '');
  await engineer.page.getByRole('button', { name: '今天' }).waitFor();
  await settle(engineer.page);
  const card = engineer.page.locator('.visit-card').first();
  if (!(await card.isVisible())) await engineer.page.getByRole('button', { name: '明天' }).click();
  await card.waitFor();
  await lookAt(engineer.page, 'field-day-zh-CN-phone');
  await card.click();
  for (const act of ['接受上门', '出发', '我到了']) await engineer.page.getByRole('button', { name: act, exact: true }).click();
  const work = engineer.page.locator('section.work');
  await work.waitFor();
  for (const one of await work.getByRole('button', { name: '合格', exact: true }).all()) await one.click();
  let n = 1;
  for (const input of await work.locator('input[type=file]').all()) {
    const before = await work.locator('.thumb').count();
    await input.setInputFiles([await picture(engineer.page, n++)]);
    await work.locator('.thumb').nth(before).waitFor();
  }
  await work.getByLabel(/^机号/).fill('AX12345678');
  for (const input of await work.locator('.reading input').all()) await input.fill('12');
  await work.getByLabel('已修好').check();
  await shoot(engineer.page, 'thread-field-work-zh-CN-phone', { fullPage: true });
  assert.deepEqual(await seriousFindings(engineer.page), []);
  await engineer.page.getByRole('button', { name: '请客户签收' }).click();
  await engineer.page.getByRole('button', { name: '完工码' }).click();

  // The customer reads the finish code on the tracking page to the engineer.
  const code = customer.page.locator('[data-finish-code]');
  await comesUp(customer.page, link, code);
  await lookAt(customer.page, 'track-on-site-zh-CN-phone');
  await engineer.page.getByLabel('客户页面上的完工码').fill((await code.textContent())?.trim() ?? '');
  await lookAt(engineer.page, 'field-sign-zh-CN-phone');
  await engineer.page.getByRole('button', { name: '结束上门' }).click();
  await engineer.page.locator('.empty [data-tone=good]').waitFor();
  await engineer.page.waitForFunction(() => !document.querySelector('.waiting'));
  await lookAt(engineer.page, 'field-finished-zh-CN-phone');

  // A rule or a person reviews the work.
  await agent.page.goto(orderURL);
  await agent.page.locator('article header').getByText('已完工待审').waitFor();
  await settle(agent.page);
  await agent.page.getByRole('link', { name: '服务报告' }).waitFor();
  const review = agent.page.locator('article header').getByRole('button', { name: '审核通过', exact: true });
  if (await review.isVisible()) await sendAct(await openAct(agent.page, '审核通过'));
  await lookAt(agent.page, 'order-done-zh-CN-desktop');

  // The customer rates by the link page.
  const stars = customer.page.locator('label[for=s2]');
  await comesUp(customer.page, link, stars);
  await stars.click();
  await customer.page.locator('#class').selectOption({ label: '不满意：迟到' });
  await customer.page.locator('#note').fill('修好了，就是等得久');
  await lookAt(customer.page, 'rate-zh-CN-phone');
  await customer.page.locator('form:has(#note) button').click();
  await customer.page.getByRole('status').waitFor();
  await lookAt(customer.page, 'rated-zh-CN-phone');

  // An agent calls back because of the rating, and records it.
  const due = agent.page.locator('[role=row], li, tr').filter({ hasText: '待回访' }).first();
  await comesUp(agent.page, '/desk/callbacks', due);
  await due.click();
  await agent.page.locator('article').waitFor();
  await settle(agent.page);
  await lookAt(agent.page, 'callback-zh-CN-desktop');
  const record = await openAct(agent.page, '记录回访');
  await choose(record, '结果', '满意');
  await record.getByLabel('评分（1–5）').fill('5');
  await lookAt(agent.page, 'callback-record-zh-CN-desktop');
  await sendAct(record);
  await agent.page.locator('article').getByText('已回访').first().waitFor();

  // All is done: the order is posted, the case closed.
  const posted = agent.page.locator('article header').getByText('已入账');
  await comesUp(agent.page, orderURL, posted);
  await posted.waitFor();
  await agent.page.locator('aside').getByRole('link', { name: '服务请求' }).click();
  // The low rating has opened the question again; the agent has settled it on the phone.
  await agent.page.locator('article header').getByText('诊断中').waitFor();
  const solve = await openAct(agent.page, '远程解决');
  await solve.getByLabel('原因').press('ArrowDown');
  await solve.getByLabel('原因').press('Enter');
  await sendAct(solve);
  await agent.page.locator('article header').getByText('待客户确认').waitFor();
  const close = await openAct(agent.page, '关闭');
  await close.getByLabel('原因').press('ArrowDown');
  await close.getByLabel('原因').press('Enter');
  await sendAct(close);
  await agent.page.locator('article header').getByText('已关闭').waitFor();
  await settle(agent.page);
  await lookAt(agent.page, 'case-closed-zh-CN-desktop');

  for (const one of [customer, agent, manager, engineer]) assert.deepEqual(one.faults, []);
});
