// Two returns through the whole product, on the real binary, by clicks of everybody who has a part in them: a fridge
// bought online that goes back on the seventh day at 23:50 with its box opened, and a washer that fails the third time.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { seriousFindings } from './lib/axe.mjs';
import { comesUp, launch, openContext, watch } from './lib/chromium.mjs';
import { settle } from './lib/desk.mjs';
import { binary, missingBinary, run, startServer } from './lib/server.mjs';
import { overflow, shoot } from './lib/shots.mjs';

const password = 'correct horse battery 7';
const day = 86_400_000;

/** @type {import('playwright-core').Browser | undefined} */
let started;
/** @type {import('./lib/server.mjs').Running | undefined} */
let running;
/** What went out by text message. @type {{ phone: string, text: string }[]} */
const sent = [];
const gateway = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => (body += String(chunk)));
  request.on('end', () => {
    /** @type {unknown} */
    const message = JSON.parse(body);
    sent.push(/** @type {{ phone: string, text: string }} */ (message));
    response.end('{}');
  });
});

before(async () => {
  assert.equal(missingBinary(), '', binary);
  started = await launch();
  await new Promise((done) => gateway.listen(0, '127.0.0.1', () => done(undefined)));
  const address = gateway.address();
  assert.ok(address && typeof address === 'object');
  running = await startServer({
    prepare: async (env) => {
      const file = join(env['ANXIN_DATA_DIR'] ?? '', 'password');
      await writeFile(file, `${password}\n`, { mode: 0o600 });
      await run(['user', '--login', 'admin', '--name', '管理员', '--password-file', file, 'add-admin'], env);
    },
    env: { ANXIN_LIMITS_SIGN_IN_RATE: '100', ANXIN_LIMITS_PUBLIC_RATE: '5000', ANXIN_SMS_URL: `http://127.0.0.1:${address.port}/sms` },
  });
});

after(async () => {
  await started?.close();
  await running?.stop();
  gateway.close();
});

/** What the server answers, as far as it is read here. @typedef {{ id: string, decision: string, lines: [{ id: string }], [key: string]: unknown }} Answer */
/** @typedef {(method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>} Call */

/** Speaks with the server as the administrator. @returns {Promise<Call>} */
async function admin() {
  let cookie = '';
  /** @type {Call} */
  const call = async (method, path, body, headers = {}) => {
    const answer = await fetch(`${running?.url}/api/v1${path}`, { method, headers: { 'Content-Type': 'application/json', 'X-Anxin-Client': 'web', cookie, ...headers }, ...(body ? { body: JSON.stringify(body) } : {}) });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? cookie;
    /** @type {unknown} */
    const read = JSON.parse(text === '' ? '{}' : text);
    return /** @type {Answer} */ (read);
  };
  await call('POST', '/session', { login: 'admin', password });
  return call;
}

/** A day so many days ago, where the firm is. @param {number} ago */
const on = (ago) => new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai' }).format(Date.now() - ago * day);

/**
 * A brand that takes goods back, a customer and a carrier.
 * @param {Call} call
 * @param {string} code
 */
async function firm(call, code) {
  const brand = await call('POST', '/brands', { code, name_zh: `安心${code}`, name_en: `Anxin ${code}`, hotline: '400-000-0000' });
  await call('PUT', `/brands/${brand.id}/return-policy`, { address: '杭州市余杭区退货仓1号', limits: [{ auto: 500_000, person: 600_000 }] }, { 'If-Match': '"0"' });
  const customer = await call('POST', '/customers', { name: '欧阳测试', phones: [{ number: code === 'rf' ? '19912345678' : '19912345679' }], brand_id: brand.id });
  await call('POST', '/carriers', { name: `顺丰${code}`, kind: 'manual', active: true });
  return { brand, customer };
}

/**
 * A unit that was bought online.
 * @param {Call} call
 * @param {{ brand: { id: string }, customer: { id: string } }} of
 * @param {{ category: string, serial: string, price: number, delivered: number }} what
 * @returns {Promise<{ id: string }>}
 */
function bought(call, { brand, customer }, { category, serial, price, delivered }) {
  return call('POST', '/units', {
    brand_id: brand.id,
    category,
    serial,
    owner_id: customer.id,
    purchase: { channel: 'tmall', seller: '旗舰店', order_no: `T${serial}`, price: { minor: price, currency: 'CNY' } },
    dates: { sold: { day: on(delivered + 3), by: 'seller' }, invoiced: { day: on(delivered + 3), by: 'invoice' }, delivered: { day: on(delivered), by: 'carrier' } },
  });
}

/**
 * The desk as the administrator sees it.
 * @param {import('node:test').TestContext} t
 */
async function desk(t) {
  assert.ok(started && running);
  const context = await openContext(started, { baseURL: running.url });
  const page = await context.newPage();
  t.after(async () => {
    await shoot(page, 'returns-last-desk', { fullPage: true });
    await context.close();
  });
  const answer = await context.request.post('/api/v1/session', { headers: { 'X-Anxin-Client': 'web', 'Content-Type': 'application/json' }, data: { login: 'admin', password } });
  assert.ok(answer.ok());
  return { page, faults: watch(page), context };
}

/**
 * Keeps a picture and looks for what keeps people out.
 * @param {import('playwright-core').Page} page
 * @param {string} name
 */
async function lookAt(page, name) {
  await page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => undefined))));
  await shoot(page, `returns-${name}`, { fullPage: true });
  assert.deepEqual(await seriousFindings(page), [], name);
  assert.ok((await overflow(page)) <= 0, `${name} scrolls sideways`);
}

/**
 * Chooses an option of a field by its label and the option's words.
 * @param {import('playwright-core').Locator} form
 * @param {string} label
 * @param {string} option
 */
async function choose(form, label, option) {
  const page = form.page();
  // What is chosen already stands within the label, too.
  await form.locator('label', { hasText: new RegExp(`^${label}`) }).first().locator('.ant-select').click();
  await page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option', { hasText: option }).first().click();
}

/**
 * Carries an act out: opens its form from the bar or the menu, fills it in and waits until the server has taken it.
 * @param {import('playwright-core').Locator} within
 * @param {string} label
 * @param {(form: import('playwright-core').Locator) => Promise<void>} [fill]
 */
async function act(within, label, fill) {
  const page = within.page();
  const button = within.getByRole('button', { name: label, exact: true });
  const rest = within.getByRole('button', { name: '更多操作' });
  await button.or(rest).first().waitFor(); // other buttons may stand there before the acts do
  if (await button.first().isVisible()) await button.first().click();
  else {
    await rest.first().click();
    await page.getByRole('menuitem', { name: label, exact: true }).click();
  }
  const form = page.locator('.ant-popover:not(.ant-popover-hidden) form');
  await form.waitFor();
  await fill?.(form);
  await form.locator('button[type=submit]').click();
  await form.waitFor({ state: 'detached' });
  await settle(page);
}

/** The block of a page with a title. @param {import('playwright-core').Page} page @param {string} title */
const block = (page, title) => page.locator('section', { has: page.getByRole('heading', { name: title, exact: true }) }).first();

/** A small picture as a camera makes it. @param {import('playwright-core').Page} page */
async function picture(page) {
  const url = await page.evaluate(() => {
    const canvas = document.createElement('canvas');
    canvas.width = 320;
    canvas.height = 240;
    const pen = canvas.getContext('2d');
    if (!pen) throw new Error('no canvas');
    for (let x = 0; x < 32; x++) for (let y = 0; y < 24; y++) {
      pen.fillStyle = `hsl(${(x * 11 + y * 7) % 360} 60% 50%)`;
      pen.fillRect(x * 10, y * 10, 10, 10);
    }
    return canvas.toDataURL('image/png');
  });
  return { name: 'photo.png', mimeType: 'image/png', buffer: Buffer.from(url.slice(url.indexOf(',') + 1), 'base64') };
}

/**
 * Starts a return at a unit's page.
 * @param {import('playwright-core').Page} page
 * @param {string} unit
 * @param {{ type?: string, reason: string, noticed: string, time?: string, opened?: boolean }} asked
 */
async function start(page, unit, { type, reason, noticed, time, opened }) {
  await page.goto(`/desk/units/${unit}`);
  await settle(page);
  const returns = block(page, '退换货');
  await returns.getByRole('button', { name: '发起退换货' }).click();
  const form = returns.locator('form');
  if (type) await choose(form, '类型', type);
  await choose(form, '原因', reason);
  await form.getByLabel('客户提出日期').fill(noticed);
  if (time) await form.getByLabel('提出时间').fill(time);
  if (opened) await form.getByLabel('已拆封').click();
  await form.locator('input[type=file]').setInputFiles([await picture(page)]);
  await form.locator('button[type=submit]').click();
  await page.waitForURL(/\/returns\//);
  await settle(page);
}

test('a fridge goes back on the seventh day, opened, with a scratch', async (t) => {
  const call = await admin();
  const of = await firm(call, 'rf');
  const unit = await bought(call, of, { category: 'RF', serial: 'RF-2026-0001', price: 399_900, delivered: 8 });
  const { page, faults, context } = await desk(t);
  const head = page.locator('article header').first();

  // The customer called yesterday at 23:50, on the seventh day after delivery.
  await start(page, unit.id, { reason: '七天无理由退货', noticed: on(1), time: '23:50', opened: true });
  await head.getByText('已同意').waitFor();
  await page.getByText('客户承担').first().waitFor(); // freight by rule
  await lookAt(page, 'fridge-approved-zh-CN-desktop');

  // The carrier picks it up.
  const parcels = block(page, '包裹');
  await parcels.getByRole('button', { name: '寄件' }).click();
  const send = parcels.locator('form');
  await choose(send, '承运商', '顺丰rf');
  await send.getByLabel('运单号').fill('SF1020304050');
  await send.locator('button[type=submit]').click();
  await parcels.getByText('SF1020304050').waitFor();
  await act(parcels.locator('li').first(), '登记动态', (form) => choose(form, '物流状态', '已揽收'));
  await head.getByText('在途').waitFor();

  // The depot receives and inspects it.
  const line = block(page, '第 1 件');
  await act(line, '收货');
  await head.getByText('已收货').waitFor();
  await act(line, '验收', async (form) => {
    await choose(form, '等级', 'C 有使用痕迹');
    await form.getByLabel('缺少').fill('说明书');
    await choose(form, '超出查验范围的痕迹', '使用痕迹明显');
    await page.keyboard.press('Escape');
  });
  await act(line, '提出扣减', async (form) => {
    await form.getByLabel('金额').fill('200');
    await form.getByLabel('说明').fill('门板有一道划痕');
  });
  await line.getByText('3,799.00').first().waitFor();
  await lookAt(page, 'fridge-deducted-zh-CN-desktop');

  // The customer sees why on the page, and agrees with the code from the phone.
  await page.getByRole('button', { name: '发送链接' }).click();
  const address = await page.locator('a[href*="/l/"]').getAttribute('href');
  assert.ok(address);
  assert.ok(started && running);
  const phone = await openContext(started, { screen: 'phone', baseURL: running.url });
  t.after(() => phone.close());
  const customer = await phone.newPage();
  await customer.goto(new URL(address).pathname);
  await customer.getByText('门板有一道划痕').waitFor();
  await customer.getByText('SF1020304050').waitFor();
  await lookAt(customer, 'fridge-customer-zh-CN-phone');
  await customer.getByRole('button', { name: /发送验证码/ }).click();
  await customer.getByText('验证码已发送').waitFor();
  /** @type {string | undefined} */
  let code;
  for (const until = Date.now() + 60_000; !code && Date.now() < until; await new Promise((done) => setTimeout(done, 200))) {
    code = sent.filter((one) => one.phone.includes('19912345678')).map((one) => /验证码(\d{6})/.exec(one.text)?.[1]).find(Boolean);
  }
  assert.ok(code, 'no code came by text message');
  await customer.locator('input[name=code]').fill(code);
  await customer.getByRole('button', { name: /^同意/ }).click();
  await customer.getByText('您已同意扣减').waitFor();
  await lookAt(customer, 'fridge-agreed-zh-CN-phone');

  // Finance pays through the bank and reads its answer.
  await page.goto('/desk/refunds');
  await settle(page);
  const batches = block(page, '付款批次');
  await choose(batches, '品牌', '安心rf');
  await batches.getByRole('button', { name: '生成付款批次' }).click();
  const [download] = await Promise.all([page.waitForEvent('download'), batches.getByRole('link', { name: '下载文件' }).first().click()]);
  const file = await download.createReadStream();
  let csv = '';
  for await (const chunk of file) csv += String(chunk);
  const reference = csv.split('\n')[1]?.split(',')[0] ?? '';
  assert.match(reference, /^R\d{4}-\d+-1-1$/);
  await batches.locator('input[type=file]').setInputFiles([{ name: 'answer.csv', mimeType: 'text/csv', buffer: Buffer.from(`reference,result,amount,currency\n${reference},ok,3799.00,CNY\n`) }]);
  await batches.getByText('成功 1').waitFor();
  await lookAt(page, 'fridge-paid-zh-CN-desktop');
  await comesUp(customer, customer.url(), customer.getByText(/已到账/));

  // What came back is made as new and goes into stock.
  await page.goBack();
  const list = await context.request.get(`/api/v1/returns?unit_id=${unit.id}&recent=true`);
  /** @type {unknown} */
  const answered = await list.json();
  const found = /** @type {{ items: { id: string }[] }} */ (answered);
  await page.goto(`/desk/returns/${found.items[0]?.id}`);
  await settle(page);
  await act(block(page, '第 1 件'), '翻新');
  await act(block(page, '第 1 件'), '入库');
  await head.getByText('已入库').waitFor();
  assert.deepEqual(faults, []);
});

test('a washer fails the third time', async (t) => {
  const call = await admin();
  const of = await firm(call, 'wm');
  const unit = await bought(call, of, { category: 'WM', serial: 'WM-2026-0001', price: 259_900, delivered: 120 });
  // Twice it was repaired and came back.
  for (const ago of [60, 30]) {
    const asked = await call('POST', '/returns', { type: 'repair_return', reason: 'return_defect', occurred_at: new Date(Date.now() - ago * day).toISOString(), lines: [{ unit_id: unit.id, return: { noticed: on(ago) }, fault: { reported: on(ago), performance: true } }] });
    if (asked.decision !== 'approved') await call('POST', `/returns/${asked.id}/approve`, {});
    const line_id = asked.lines[0].id;
    const occurred_at = new Date(Date.now() - (ago - 3) * day).toISOString();
    await call('POST', `/returns/${asked.id}/receive`, { line_id, quantity: 1, occurred_at });
    await call('POST', `/returns/${asked.id}/inspect`, { line_id, grade: 'D', responsibility: 'product', occurred_at });
    await call('POST', `/returns/${asked.id}/send-back`, { lines: [line_id], repaired: true, occurred_at: new Date(Date.now() - (ago - 5) * day).toISOString() });
  }
  const { page, faults } = await desk(t);
  const head = page.locator('article header').first();

  // The law offers an exchange, and the new one goes out first.
  await start(page, unit.id, { type: '先行换货', reason: '质量问题退换', noticed: on(0) });
  await page.getByText(/换货/).first().waitFor();
  await page.getByText(/适用规则/).first().click();
  await lookAt(page, 'washer-offered-zh-CN-desktop');
  if (await head.getByText('待审核').isVisible()) await act(head, '同意');
  await head.getByText('已同意').waitFor();
  const line = block(page, '第 1 件');
  await act(line, '预留换货', (form) => form.getByLabel('物品').fill('同型号新机'));
  await act(line, '寄出换货', async (form) => {
    await form.getByLabel('序列号').fill('WM-2026-0002');
    await form.getByLabel('承运商').fill('顺丰wm');
    await form.getByLabel('运单号').fill('SF2020');
  });
  const parcels = block(page, '包裹');
  await parcels.getByRole('button', { name: '寄件' }).click();
  const send = parcels.locator('form');
  await choose(send, '承运商', '顺丰wm');
  await choose(send, '方向', '寄出');
  await send.getByLabel('运单号').fill('SF2020');
  await send.locator('button[type=submit]').click();
  await parcels.getByText('SF2020').waitFor();
  await act(parcels.locator('li').first(), '登记动态', (form) => choose(form, '物流状态', '已送达'));
  await line.getByText('已送达').waitFor();

  // The old one comes in, is found defective and scrapped.
  await act(line, '收货');
  await act(line, '验收', async (form) => {
    await choose(form, '等级', 'D 损坏或故障');
    await choose(form, '责任方', '产品');
  });
  await act(line, '报废');
  await head.getByText('已报废').waitFor();

  // The supplier is asked for what it cost.
  const claims = block(page, '对外索赔');
  await claims.getByRole('button', { name: '发起索赔' }).click();
  const claim = claims.locator('form');
  assert.equal(await claim.getByLabel('金额').inputValue(), '2599.00');
  await claim.getByLabel('单位名称').fill('小天鹅供应商');
  await claim.locator('button[type=submit]').click();
  await claims.getByText('小天鹅供应商').waitFor();
  for (const step of ['发出', '对方接受', '登记收款']) await act(claims.locator('li').first(), step);
  await claims.getByText('已收款').waitFor();
  await lookAt(page, 'washer-claimed-zh-CN-desktop');
  assert.deepEqual(faults, []);
});
