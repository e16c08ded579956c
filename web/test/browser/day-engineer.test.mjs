// An engineer in a basement without signal: what was read at the door is there, the work goes into the phone, the app
// is killed and opened again, and upstairs everything reaches the server exactly once. On the real binary.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launch } from './lib/chromium.mjs';
import { step } from './lib/days.mjs';
import { settle } from './lib/desk.mjs';
import { red } from './lib/phone.mjs';
import { addEngineer, addOrder, addOutlet, addUser, dayAhead, feed, person, startFirm, until } from './lib/world.mjs';

/** @type {import('playwright-core').Browser | undefined} */
let browser;
/** @type {Awaited<ReturnType<typeof startFirm>> | undefined} */
let firm;
/** @type {Awaited<ReturnType<typeof addOutlet>> | undefined} */
let place;

before(async () => {
  browser = await launch();
  firm = await startFirm();
  place = await addOutlet(firm.admin);
  await addUser(firm, { login: 'zhao', name: '赵经理', roles: ['outlet_manager'], outlet_path: '/xihu/' });
});

after(async () => {
  await browser?.close();
  await firm?.server.stop();
});

for (const lang of /** @type {const} */ (['zh-CN', 'en'])) {
  const n = lang === 'en' ? 2 : 1;
  const w = lang === 'en'
    ? { tomorrow: 'Tomorrow', accept: 'Accept the visit', depart: 'Set off', arrive: 'I have arrived', ok: 'Pass', serial: /^Serial number/, notes: 'What was done', fixed: 'Fixed', sign: 'Customer sign-off', finish: 'Finish the visit', waiting: /\d+ waiting/, sent: 'All delivered', offline: /No signal/ }
    : { tomorrow: '明天', accept: '接受上门', depart: '出发', arrive: '我到了', ok: '合格', serial: /^机号/, notes: '作业说明', fixed: '已修好', sign: '请客户签收', finish: '结束上门', waiting: /\d+ 条待发送/, sent: '全部已送达', offline: /没有网络/ };

  test(`an engineer in a basement, ${lang}`, async (t) => {
    assert.ok(browser && firm && place);
    const { admin, server } = firm;
    const engineer = await addEngineer(admin, { name: `${n === 1 ? '李' : '孙'}师傅`, outlet: place.outlet, phone: `1990000010${n}` });
    await addUser(firm, { login: `engineer${n}`, name: `${n === 1 ? '李' : '孙'}师傅`, roles: ['engineer'], outlet_path: '/xihu/', engineer_id: engineer.id });
    const order = await addOrder(admin, place.brand, n, { summary: '地下室空调不制冷' });
    await admin('POST', '/dispatch/assign', { orders: [order.id], engineers: [engineer.id], start: `${dayAhead(1)}T10:00:00+08:00` });
    const { items } = /** @type {{ items: import('./lib/world.mjs').Answer[] }} */ (/** @type {unknown} */ (await admin('GET', `/orders/${order.id}/visits`)));
    const visit = items[0]?.id ?? '';
    if (items[0]?.state === 'planned') await admin('POST', `/visits/${visit}/dispatch`, {});

    // At the door: the day is read, the visit taken, he is there.
    const { page: first, context, faults } = await person(browser, t, server.url, `engineer${n}`, { screen: 'phone', lang, expected: (url, status) => status === 401 && url.endsWith('/me') });
    let page = first;
    await page.goto('/field/');
    await page.getByRole('button', { name: w.tomorrow }).click();
    await page.locator('.visit-card').first().waitFor();
    await page.evaluate(async () => {
      const { active } = await navigator.serviceWorker.ready;
      if (active?.state !== 'activated') await new Promise((done) => active?.addEventListener('statechange', done));
    });
    await step(page, 'engineer', 'tomorrow', { lang, keep: false });
    await page.locator('.visit-card').first().click();
    for (const act of [w.accept, w.depart, w.arrive]) await page.getByRole('button', { name: act, exact: true }).click();
    await page.locator('section.work').waitFor();
    await until(async () => (await admin('GET', `/visits/${visit}`)).state, (state) => state === 'on_site', 'the visit is on site');

    // Down the stairs the signal is gone.
    await context.setOffline(true);
    const work = page.locator('section.work');
    for (const one of await work.getByRole('button', { name: w.ok, exact: true }).all()) await one.click();
    for (const input of await work.locator('input[type=file]').all()) {
      const before = await work.locator('.thumb').count();
      await input.setInputFiles([{ name: `${before}.png`, mimeType: 'image/png', buffer: red }]);
      await work.locator('.thumb').nth(before).waitFor();
    }
    const photos = await work.locator('.thumb').count();
    await work.getByLabel(w.serial).fill(`AX1234567${n}`);
    for (const input of await work.locator('.reading input').all()) await input.fill('12');
    await work.getByLabel(w.notes).fill(lang === 'en' ? 'Capacitor replaced' : '更换压缩机电容');
    await step(page, 'engineer', 'work', { lang });

    // The app is killed in the middle, and opened again without a network.
    await page.waitForTimeout(500); // what was typed last is written after a moment
    await page.close();
    page = await context.newPage();
    const began = Date.now();
    await page.goto(`/field/visits/${visit}`);
    await page.locator('section.work').waitFor();
    const reopened = Date.now() - began;
    console.log(`# opened again without a network in ${reopened} ms`);
    assert.equal(await page.getByLabel(w.notes).inputValue(), lang === 'en' ? 'Capacitor replaced' : '更换压缩机电容');
    assert.equal(await page.locator('.thumb').count(), photos);
    await page.getByLabel(w.fixed).first().check();
    await page.getByRole('button', { name: w.sign }).click();
    const box = await page.locator('canvas.pad').boundingBox();
    assert.ok(box);
    await page.mouse.move(box.x + 40, box.y + 100);
    await page.mouse.down();
    for (let i = 1; i < 20; i++) await page.mouse.move(box.x + 40 + i * 12, box.y + 100 + Math.sin(i) * 40);
    await page.mouse.up();
    await page.locator('.pad ~ .row .primary').click();
    await page.locator('img.pad').waitFor();
    await page.getByRole('button', { name: w.finish }).click();
    await page.locator('.empty [data-tone=good]').waitFor();
    await page.goto('/field/outbox');
    await page.getByText(w.waiting).first().waitFor();
    await step(page, 'engineer', 'basement', { lang });
    assert.equal((await admin('GET', `/visits/${visit}`)).state, 'on_site');

    // Killed once more before anything was sent; upstairs it all arrives.
    await page.close();
    await context.setOffline(false);
    page = await context.newPage();
    await page.goto('/field/outbox');
    await page.getByText(w.sent).waitFor();
    await step(page, 'engineer', 'delivered', { lang, keep: false });

    // At the server exactly once: each act one event, each picture one file, the order done.
    const done = await until(() => admin('GET', `/visits/${visit}`), (one) => one.state === 'finished', 'the visit is finished');
    assert.equal(done.state, 'finished');
    const events = (await feed(admin)).filter((one) => JSON.stringify(one).includes(visit));
    for (const topic of ['visit.accepted.v1', 'visit.departed.v1', 'visit.arrived.v1', 'visit.finished.v1']) assert.equal(events.filter((one) => one['topic'] === topic).length, 1, topic);
    const proof = /** @type {{ photos: { file_id: string }[] }} */ (/** @type {unknown} */ (await admin('GET', `/orders/${order.id}/proof`)));
    assert.equal(proof.photos.length, photos + 1, 'the pictures and the signature'); // each once
    assert.ok(['completed', 'posted'].includes((await admin('GET', `/orders/${order.id}`)).state));
    assert.deepEqual(faults, []);

    // What the outlet's manager sees of it at the desk.
    const desk = await person(browser, t, server.url, 'zhao', { lang });
    await desk.page.goto(`/desk/orders/${order.id}`);
    await desk.page.locator('article header').waitFor();
    await settle(desk.page);
    await step(desk.page, 'engineer', 'proof', { lang });
    assert.deepEqual(desk.faults, []);
  });
}
