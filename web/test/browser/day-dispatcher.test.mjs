// A dispatcher on a hot Monday: 300 orders wait. One goes by hand to who calls, the machine plans the day and then the
// next one, and no order is lost or planned twice.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launch, patience } from './lib/chromium.mjs';
import { step } from './lib/days.mjs';
import { settle } from './lib/desk.mjs';
import { addEngineer, addOrder, addOutlet, addUser, atOnce, dayAhead, every, person, startFirm, until } from './lib/world.mjs';

/** @type {import('playwright-core').Browser | undefined} */
let browser;
/** @type {Awaited<ReturnType<typeof startFirm>> | undefined} */
let firm;

const [surnames, given] = ['李王张刘陈杨赵黄周吴', ['建国', '海波', '敏', '洋']];
// More work than hours: what has no room on Monday is Tuesday's.
const engineers = 24;
const asked = 300;

before(async () => {
  browser = await launch();
  firm = await startFirm();
  const { admin } = firm;
  const { brand, outlet } = await addOutlet(admin);
  await addUser(firm, { login: 'lin', name: '林晓', roles: ['dispatcher'] });
  await addUser(firm, { login: 'grace', name: 'Grace Lin', roles: ['dispatcher'] });
  await atOnce(Array.from({ length: engineers }, (_, n) => n), (n) => addEngineer(admin, { name: `${surnames[n % 10]}${given[Math.floor(n / 10)]}`, outlet, phone: `199000003${String(n).padStart(2, '0')}` }));
  await atOnce(Array.from({ length: asked }, (_, n) => n), (n) => addOrder(admin, brand, n));
});

after(async () => {
  await browser?.close();
  await firm?.server.stop();
});

/** Days from today to the next Monday in China. */
const monday = (() => {
  for (let ahead = 1; ; ahead++) if (new Date(`${dayAhead(ahead)}T12:00:00+08:00`).getUTCDay() === 1) return ahead;
})();

/** @param {string} date */
async function board(date) {
  assert.ok(firm);
  const { open, rows } = /** @type {{ open: { id: string }[] | null, rows: { engineer_id: string, visits: { id: string, start: string, end: string, orders: { id: string }[] }[] | null }[] }} */ (/** @type {unknown} */ (await firm.admin('GET', `/dispatch/day?date=${date}`)));
  return { open: open ?? [], rows };
}

for (const [lang, ahead] of /** @type {const} */ ([['zh-CN', 0], ['en', 1]])) {
  const w = lang === 'en'
    ? { rest: /Plan the rest \((\d+)\)/, plan: 'Plan', publish: 'Publish', published: /Visits on the board: (\d+)/, close: 'Close', place: 'Place' }
    : { rest: /排其余 (\d+) 单/, plan: '开始排程', publish: '发布', published: /已发布，(\d+) 单/, close: '关闭', place: '安排' };

  test(`a dispatcher on a hot Monday, ${lang}`, async (t) => {
    assert.ok(browser && firm);
    const { admin, server } = firm;
    const date = dayAhead(monday + ahead);
    const { page, faults } = await person(browser, t, server.url, lang === 'en' ? 'grace' : 'lin', { lang });
    const waiting = async () => (await every(admin, '/orders?queue=live')).filter((one) => ['ready', 'accepted'].includes(one.state)).length;
    const before = await waiting();
    await page.goto(`/desk/day?day=${date}`);
    await page.locator('[data-order]').first().waitFor();
    await settle(page);
    await step(page, 'dispatcher', 'waiting', { lang, keep: false });

    // Who calls gets a place by hand.
    await page.locator('[data-order]').first().focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('list').getByRole('button').first().waitFor();
    await dialog.getByRole('button', { name: w.place, exact: true }).click();
    await dialog.waitFor({ state: 'hidden' });
    await until(waiting, (n) => n === before - 1, 'one has a place');

    // The machine plans the rest of the day; what has no room stays, and is planned the next day.
    const rest = page.getByRole('button', { name: w.rest });
    await until(async () => Number(w.rest.exec((await rest.textContent()) ?? '')?.[1]), (n) => n === before - 1, 'the button counts all that wait');
    await rest.click();
    await page.getByRole('button', { name: w.plan, exact: true }).click();
    await page.getByRole('button', { name: w.publish, exact: true }).waitFor({ timeout: 4 * patience }); // the planner takes its time
    await step(page, 'dispatcher', 'draft', { lang });
    await page.getByRole('button', { name: w.publish, exact: true }).click();
    const said = page.getByText(w.published).first();
    await said.waitFor();
    const placed = Number(w.published.exec((await said.textContent()) ?? '')?.[1]);
    await page.getByRole('button', { name: w.close, exact: true }).last().click();
    await page.locator('button[data-visit]').nth(30).waitFor();
    await settle(page);
    await step(page, 'dispatcher', 'planned', { lang });

    const after = await waiting();
    console.log(`# ${date}: ${before} waited, ${placed} placed by the plan, ${after} wait`);
    assert.equal(after, before - 1 - placed);
    assert.ok(placed >= engineers * 3 || after === 0, `${placed} placed, ${after} wait`);
    const { rows } = await board(date);
    /** @type {Map<string, string>} */
    const seen = new Map();
    for (const row of rows) {
      const day = [...(row.visits ?? [])].sort((a, b) => Date.parse(a.start) - Date.parse(b.start));
      day.forEach((visit, n) => {
        for (const one of visit.orders) {
          assert.equal(seen.get(one.id), undefined, 'an order stands twice');
          seen.set(one.id, visit.id);
        }
        const next = day[n + 1];
        if (next) assert.ok(Date.parse(visit.end) <= Date.parse(next.start), `${row.engineer_id} is in two places`);
      });
    }
    assert.equal(seen.size, placed + 1);
    // None is lost: 300 stand on a day or wait.
    const live = await every(admin, '/orders?queue=live');
    assert.equal(live.length, asked);
    assert.deepEqual(faults, []);

    const phone = await person(browser, t, server.url, lang === 'en' ? 'grace' : 'lin', { lang, screen: 'phone' });
    await phone.page.goto(`/desk/day?day=${date}`);
    await phone.page.locator('button[data-visit]').first().waitFor();
    await settle(phone.page);
    await step(phone.page, 'dispatcher', 'list', { lang });
    assert.deepEqual(phone.faults, []);
  });
}
