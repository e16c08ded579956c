// A dispatcher's morning, on the real binary: drags onto who may not and sees why, onto who may and finds it after a
// reload, does the same by keyboard, lets the machine plan the rest, and a colleague sees it all happen.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { seriousFindings } from './lib/axe.mjs';
import { carry, spotOf } from './lib/board.mjs';
import { launch, openContext, watch } from './lib/chromium.mjs';
import { binary, missingBinary, run, startServer } from './lib/server.mjs';
import { overflow, shoot } from './lib/shots.mjs';

const password = 'correct horse battery 7';
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
      await writeFile(file, `${password}\n`, { mode: 0o600 });
      await run(['user', '--login', 'admin', '--name', '管理员', '--password-file', file, 'add-admin'], env);
    },
    env: { ANXIN_LIMITS_SIGN_IN_RATE: '100', ANXIN_LIMITS_USER_RATE: '100000' },
  });
});

after(async () => {
  await started?.close();
  await running?.stop();
});

const every = ['LVE', 'REFR', 'HEIGHT', 'PLUMB', 'BASIC', 'DRILL', 'ELEC'];
/** Tomorrow in China and the day after: nothing of them is past, whenever the test runs. */
const day = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' }).format(Date.now() + 86_400_000);
const next = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' }).format(Date.now() + 2 * 86_400_000);

/** The API as the administrator, once the first test has made the firm. @type {{ call: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>, hire: (name: string, codes: string[], n: number) => Promise<Answer>, order: (n: number) => Promise<Answer> } | undefined} */
let firm;
/** @typedef {{ id: string, number: string, version: number, [key: string]: unknown }} Answer */

/** An outlet with one engineer who may do everything and one who may not touch refrigerant, and four orders. */
async function populate() {
  let cookie = '';
  /**
   * @param {string} method
   * @param {string} path
   * @param {unknown} [body]
   * @param {Record<string, string>} [headers]
   * @returns {Promise<Answer>}
   */
  const call = async (method, path, body, headers = {}) => {
    const answer = await fetch(`${server().url}/api/v1${path}`, { method, headers: { 'Content-Type': 'application/json', 'X-Anxin-Client': 'web', cookie, ...headers }, ...(body ? { body: JSON.stringify(body) } : {}) });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? cookie;
    /** @type {unknown} */
    const found = JSON.parse(text === '' ? '{}' : text);
    return /** @type {Answer} */ (found);
  };
  await call('POST', '/session', { login: 'admin', password });
  const brand = await call('POST', '/brands', { code: 'ax', name_zh: '安心电器', name_en: 'Anxin', hotline: '400-000-0000' });
  const outlet = await call('POST', '/outlets', { code: 'xihu', name: '西湖直营服务部', kind: 'own', brands: [brand.id], division: '330106', phone: '0571-00000000', point: { lat: 30.27, lon: 120.12 } });
  await call('PUT', `/outlets/${outlet.id}/areas`, { items: [{ division: '3301', rank: 1 }] }, { 'If-Match': `${outlet.version}` });
  const hire = async (/** @type {string} */ name, /** @type {string[]} */ codes, /** @type {number} */ n) => {
    const one = await call('POST', '/staff', { name, job: 'engineer', outlet_id: outlet.id, phone: `1990000000${n}`, skills: codes.map((code) => ({ code, level: 3 })) });
    for (const code of ['LVE', 'REFR', 'HEIGHT'].filter((code) => codes.includes(code))) {
      const { version } = await call('GET', `/staff/${one.id}`);
      await call('POST', `/staff/${one.id}/certificates`, { code, number: `T330100${code}`, issued_on: '2025-01-01', valid_to: '2035-12-31', recheck_by: '2034-01-01' }, { 'If-Match': `${version}` });
    }
    return one;
  };
  const order = async (/** @type {number} */ n) => {
    const opened = await call('POST', '/cases', {
      type: 'request', brand_id: brand.id, category: 'AC', symptom: 'AC-S01', service_type: 'REP', channel: 'phone', summary: `第 ${n} 台空调不制冷`, impact: 2, urgency: 2,
      contact_name: '欧阳测试', contact_phone: `1991234567${n}`, address: { text: `浙江省杭州市西湖区文三路${n}00号7幢2单元1903室` },
    });
    return call('POST', '/orders', { case_id: opened.id, release: true });
  };
  firm = { call, hire, order };
  /** @type {Record<string, string>} */
  const engineers = {};
  for (const [name, codes] of /** @type {[string, string[]][]} */ ([['李全能', every], ['周学徒', ['BASIC']]])) {
    const one = await hire(name, codes, Object.keys(engineers).length);
    engineers[name] = one.id;
  }
  const orders = [];
  for (let n = 1; n <= 4; n++) orders.push(await order(n));
  return { engineers, orders };
}

/**
 * Somebody with a browser of their own, at the board of the day.
 * @param {import('node:test').TestContext} t
 * @param {string} who
 * @param {'desktop' | 'phone'} screen
 * @param {string} date
 * @param {(url: string, status: number) => boolean} expected
 */
async function dispatcher(t, who, screen = 'desktop', date = day, expected = () => false) {
  assert.ok(started);
  const context = await openContext(started, { screen, baseURL: server().url });
  const page = await context.newPage();
  t.after(async () => {
    await shoot(page, `board-last-${who}`); // where it stood, should it fail
    await context.close();
  });
  const faults = watch(page, (url, status) => (status === 401 && url.endsWith('/me')) || expected(url, status));
  await page.goto('/desk/');
  await page.getByLabel('账号').fill('admin');
  await page.getByLabel('密码', { exact: true }).fill(password);
  await page.getByRole('button', { name: '登录', exact: true }).click();
  await page.waitForURL(/\/desk\/home/);
  await page.goto(`/desk/day?day=${date}`);
  await page.getByRole('heading', { name: '派工日程' }).waitFor();
  return { page, faults };
}

/** @param {import('playwright-core').Page} page @param {string} name */
async function lookAt(page, name) {
  await page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => undefined))));
  await shoot(page, `board-${name}`);
  assert.deepEqual(await seriousFindings(page), [], name);
  assert.ok((await overflow(page)) <= 0, `${name} scrolls sideways`);
}

test('a dispatcher’s morning', async (t) => {
  const { engineers, orders } = await populate();
  const able = engineers['李全能'] ?? '';
  const unable = engineers['周学徒'] ?? '';
  const { page, faults } = await dispatcher(t, 'dispatcher');
  const colleague = await dispatcher(t, 'colleague');
  const waiting = page.locator('[data-order]');
  await waiting.nth(3).waitFor();
  await page.getByText('实时更新').waitFor();
  await colleague.page.getByText('实时更新').waitFor();
  await lookAt(page, 'open-zh-CN-desktop');

  // Onto who lacks the skill: red while it hangs there, and refused in words when it is let go.
  const first = page.locator(`[data-order="${orders[0]?.id}"]`);
  await carry(first, await spotOf(page, unable, 10));
  const ghost = page.getByRole('status').filter({ hasText: orders[0]?.number ?? '' });
  await ghost.getByText('不能安排').waitFor();
  assert.match((await ghost.textContent()) ?? '', /技能|证件/);
  await page.locator(`[data-engineer="${unable}"] [data-tint=refused]`).waitFor();
  await shoot(page, 'board-refused-drag-zh-CN-desktop');
  await page.mouse.up();
  const dialog = page.getByRole('dialog');
  const judgement = dialog.getByRole('status', { name: '核对结果' });
  await judgement.getByText('不能安排').waitFor();
  await judgement.getByText(/技能.*等级为 0/).first().waitFor();
  assert.ok(await dialog.getByRole('button', { name: '安排', exact: true }).isDisabled());
  await lookAt(page, 'refused-zh-CN-desktop');
  await dialog.getByRole('button', { name: '返回' }).click();
  await dialog.waitFor({ state: 'hidden' });

  // Onto who may: it stands there at once, for the colleague too, and after a reload.
  await carry(first, await spotOf(page, able, 10));
  await ghost.getByText('可以安排').waitFor();
  await page.mouse.up();
  const bars = page.locator(`[data-engineer="${able}"] button[data-visit]`);
  await bars.first().waitFor();
  await first.waitFor({ state: 'detached' });
  await colleague.page.locator(`[data-engineer="${able}"] button[data-visit]`).first().waitFor();
  await page.reload();
  await bars.first().waitFor();
  await bars.filter({ hasText: '10:00' }).waitFor();

  // Dragged along the line, and taken back.
  const moved = bars.first();
  await carry(moved, await spotOf(page, able, 14));
  await page.getByRole('status').filter({ hasText: '可以安排' }).waitFor();
  await page.mouse.up();
  await bars.filter({ hasText: '10:00' }).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: '撤销' }).click();
  await bars.filter({ hasText: '10:00' }).waitFor();

  // By keyboard: Enter on the order, the best proposal, Enter again.
  await waiting.first().focus();
  await page.keyboard.press('Enter');
  await judgement.getByText('可以安排').waitFor();
  await dialog.getByRole('list').getByRole('button').first().waitFor();
  await lookAt(page, 'place-zh-CN-desktop');
  await dialog.getByRole('button', { name: '安排', exact: true }).focus();
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'hidden' });
  await bars.nth(1).waitFor();

  // The machine plans the rest; a person publishes it.
  await page.getByRole('button', { name: /排其余 2 单/ }).click();
  await page.getByRole('button', { name: '开始排程' }).click();
  await page.getByRole('button', { name: '发布', exact: true }).waitFor();
  await lookAt(page, 'draft-zh-CN-desktop');
  await page.getByRole('button', { name: '发布', exact: true }).click();
  await page.getByText(/已发布，2 单/).waitFor();
  await page.getByRole('button', { name: '关闭', exact: true }).last().click();
  await bars.nth(3).waitFor();
  await page.getByText('没有等待安排的服务单').waitFor();
  await colleague.page.getByText('没有等待安排的服务单').waitFor();

  // Why it stands where it stands.
  await bars.first().click();
  await page.getByText('为什么这样派').waitFor();
  await lookAt(page, 'visit-zh-CN-desktop');
  await page.getByRole('button', { name: '撤回待排' }).click();
  await waiting.first().waitFor();
  await page.goto(`/desk/day?day=${day}&span=3`);
  await bars.first().waitFor();
  await lookAt(page, 'three-days-zh-CN-desktop');

  // On a phone it is a list, and the order is placed by the dialog.
  const phone = await dispatcher(t, 'phone', 'phone');
  await phone.page.locator('button[data-visit]').first().waitFor();
  await lookAt(phone.page, 'list-zh-CN-phone');
  await phone.page.locator('[data-order]').first().click();
  const sheet = phone.page.getByRole('dialog');
  await sheet.getByText('可以安排').first().waitFor();
  await lookAt(phone.page, 'place-zh-CN-phone');
  await sheet.getByRole('button', { name: '安排', exact: true }).click();
  await sheet.waitFor({ state: 'hidden' });
  await phone.page.getByText('没有等待安排的服务单').waitFor();

  for (const one of [{ faults }, colleague, phone]) assert.deepEqual(one.faults, []);
});

test('two dispatchers, the next day', async (t) => {
  assert.ok(firm);
  const { call, hire, order } = firm;
  const day = /** @type {{ rows: { engineer_id: string, name: string }[] }} */ (/** @type {unknown} */ (await call('GET', `/dispatch/day?date=${next}`)));
  const li = day.rows.find((row) => row.name === '李全能')?.engineer_id ?? '';
  const wang = (await hire('王全能', every, 5)).id;
  /** @type {{ id: string, number: string, version: number, visit: Answer }[]} */
  const jobs = [];
  for (const [n, engineer, hour] of /** @type {[number, string, string][]} */ ([[5, li, '10'], [6, wang, '14'], [7, wang, '09']])) {
    const one = await order(n);
    const { visit } = /** @type {{ visit: Answer }} */ (/** @type {unknown} */ (await call('POST', '/dispatch/assign', { orders: [one.id], engineers: [engineer], start: `${next}T${hour}:00:00+08:00` })));
    jobs.push({ ...one, visit });
  }
  const [a, b, c] = jobs;
  assert.ok(a && b && c);
  const { page, faults } = await dispatcher(t, 'one', 'desktop', next, (url, status) => status === 412 && url.endsWith('/move'));
  const other = await dispatcher(t, 'two', 'desktop', next);
  const bar = (/** @type {import('playwright-core').Page} */ on, /** @type {string} */ engineer, /** @type {Answer} */ visit) => on.locator(`[data-engineer="${engineer}"] button[data-visit="${visit.id}"]`);
  await bar(page, li, a.visit).waitFor();
  await page.getByText('实时更新').waitFor();
  await other.page.getByText('实时更新').waitFor();

  // The map beside the timeline: arrows go along routes, Enter opens what is chosen.
  await page.getByRole('button', { name: '地图', exact: true }).click();
  const map = page.getByRole('region', { name: '地图' });
  await map.waitFor();
  const [left, right] = [await page.getByRole('grid').boundingBox(), await map.boundingBox()];
  assert.ok(left && right && left.x + left.width <= right.x + 1 && Math.abs(left.y - right.y) < 2, 'the map stands beside the timeline');
  await map.getByRole('button', { name: /^地图/ }).focus();
  await page.keyboard.press('ArrowRight');
  await map.getByRole('status').filter({ hasText: /全能/ }).waitFor();
  await lookAt(page, 'map-zh-CN-desktop');
  await page.keyboard.press('Enter');
  const drawer = page.getByRole('dialog');
  await drawer.getByText('为什么这样派').waitFor();
  await page.keyboard.press('Escape');
  await drawer.waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: '地图', exact: true }).click();
  await map.waitFor({ state: 'detached' });

  // Dropped on somebody else's visit, the two change engineers; the colleague sees it, and it is taken back.
  const there = await bar(page, wang, b.visit).boundingBox();
  assert.ok(there);
  await carry(bar(page, li, a.visit), { x: there.x + there.width / 2, y: there.y + there.height / 2 });
  await page.getByRole('status').filter({ hasText: '互换' }).waitFor();
  await page.mouse.up();
  await drawer.getByText('互换两单的工程师').waitFor();
  await drawer.getByRole('status').filter({ hasText: a.number }).getByText('可以安排').waitFor();
  await lookAt(page, 'swap-zh-CN-desktop');
  await drawer.getByRole('button', { name: '互换', exact: true }).click();
  await bar(page, wang, a.visit).waitFor();
  await bar(other.page, wang, a.visit).waitFor();
  await bar(other.page, li, b.visit).waitFor();
  await page.getByRole('button', { name: '撤销' }).click();
  await bar(page, li, a.visit).waitFor();
  await bar(other.page, wang, b.visit).waitFor();

  // Both move at once: both moves stand, on both boards.
  await Promise.all([
    (async () => {
      await carry(bar(page, li, a.visit), await spotOf(page, li, 15));
      await page.getByRole('status').filter({ hasText: '可以安排' }).waitFor();
      await page.mouse.up();
    })(),
    (async () => {
      await carry(bar(other.page, wang, b.visit), await spotOf(other.page, wang, 16));
      await other.page.getByRole('status').filter({ hasText: '可以安排' }).waitFor();
      await other.page.mouse.up();
    })(),
  ]);
  for (const on of [page, other.page]) {
    await bar(on, li, a.visit).filter({ hasText: '15:00' }).waitFor();
    await bar(on, wang, b.visit).filter({ hasText: '16:00' }).waitFor();
  }

  // Both the same visit: who lets go last is told that somebody was faster, and the first move stands.
  await carry(bar(page, wang, c.visit), await spotOf(page, wang, 13));
  await page.getByRole('status').filter({ hasText: '可以安排' }).waitFor();
  await carry(bar(other.page, wang, c.visit), await spotOf(other.page, li, 11));
  await other.page.getByRole('status').filter({ hasText: '可以安排' }).waitFor();
  await other.page.mouse.up();
  await bar(other.page, li, c.visit).waitFor();
  await page.mouse.up();
  await page.getByText(/刚被别人改过/).first().waitFor();
  await bar(page, li, c.visit).filter({ hasText: '11:00' }).waitFor();

  // All that nobody was told of is sent, with a result a row.
  await page.getByRole('button', { name: '下发 3 单', exact: true }).click();
  await drawer.getByRole('button', { name: '下发所选 3 单' }).click();
  await drawer.getByText('已下发 3 单，失败 0 单。').waitFor();
  await lookAt(page, 'sent-zh-CN-desktop');
  await drawer.getByRole('button', { name: '关闭', exact: true }).last().click();
  await page.locator(`[data-engineer="${li}"] button[data-visit][data-state=dispatched]`).nth(1).waitFor();

  // What was planned and what will be: a delay that the customer was told of stands below the plan.
  await call('POST', `/visits/${a.visit.id}/delay`, { minutes: 30, reason: 'dispatcher_moves' });
  await bar(page, li, a.visit).filter({ hasText: '15:30' }).waitFor();
  assert.match((await bar(page, li, a.visit).textContent()) ?? '', /原计划 15:00/);
  await page.locator(`[data-engineer="${li}"] [data-late]`).first().waitFor();

  // The list, by keyboard alone: from the visit to the form and back to the board.
  await page.getByText('列表', { exact: true }).click();
  const row = page.locator(`button[data-visit="${b.visit.id}"]`);
  await row.focus();
  await page.keyboard.press('Enter');
  await drawer.getByRole('button', { name: '改派或改时间' }).focus();
  await page.keyboard.press('Enter');
  const form = page.getByRole('dialog').filter({ has: page.getByRole('status', { name: '核对结果' }) });
  await form.getByRole('list').getByRole('button').filter({ hasText: '李全能' }).first().focus();
  await page.keyboard.press('Enter');
  await form.getByRole('status', { name: '核对结果' }).getByText(/可以/).first().waitFor();
  await lookAt(page, 'list-move-zh-CN-desktop');
  await form.getByRole('button', { name: '改派或改时间' }).focus();
  await page.keyboard.press('Enter');
  await form.waitFor({ state: 'hidden' });
  await bar(other.page, li, b.visit).waitFor();
  await page.keyboard.press('Escape');
  await drawer.waitFor({ state: 'hidden' });
  await page.getByText('时间轴', { exact: true }).click();
  for (const one of [{ faults }, other]) assert.deepEqual(one.faults, []);
});
