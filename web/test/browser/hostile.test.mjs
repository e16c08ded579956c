// Strings that have broken other programs, in the text fields of the desk, the customer's pages and the field app: they are
// shown as text and become nothing else. A handful is here; the public collections (blns, DOMPurify) are added where
// ANXIN_DATA names a folder with 09-hostile.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { launch, openContext, watch } from './lib/chromium.mjs';
import { settle } from './lib/desk.mjs';
import { phoneIn } from './lib/phone.mjs';
import { sampleVisits } from './lib/visits.mjs';
import { travel } from './lib/walk.mjs';
import { addOutlet, atOnce, every, person, startFirm } from './lib/world.mjs';

const own = [
  '<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', '<svg/onload=alert(1)>', "'; DROP TABLE cases_case; --", '{{constructor.constructor("alert(1)")()}}', '${7*7} #{7*7} %{7*7}', 'javascript:alert(1)//',
  '=HYPERLINK("http://x.test","y")', '@SUM(1+1)*cmd|calc', '&lt;b&gt;fett&lt;/b&gt;', '</textarea></title><h1>groß', '%s%n%x', '田中さんにあげて下さい', '👾 🙇 💁 👨‍👩‍👧', 'الكل في المجمو عة', 'Ω≈ç√∫˜µ≤≥÷', '\u202Etxet desrever', 'ﬀ ẛ̣ ½ Ⅷ',
];
const folder = join(process.env['ANXIN_DATA'] ?? '', '09-hostile');

/** The strings of the public collections that could be more than text, or look strange. @returns {string[]} */
function collected() {
  if (!existsSync(join(folder, 'blns', 'blns.json'))) {
    console.log('# the public collections are left out: set ANXIN_DATA to a folder with 09-hostile');
    return [];
  }
  /** @type {unknown} */
  const blns = JSON.parse(readFileSync(join(folder, 'blns', 'blns.json'), 'utf8'));
  /** @type {unknown} */
  const purify = JSON.parse(readFileSync(join(folder, 'html-sanitizer', 'dompurify_expect.json'), 'utf8'));
  const list = [.../** @type {string[]} */ (blns), .../** @type {{ payload?: string }[]} */ (purify).map((one) => one.payload ?? '')];
  return [...new Set(list)].filter((one) => one.trim().length > 2 && one.length <= 200 && /[<>&"'{}$%\\]|[^\x20-\x7e]/.test(one));
}

const strings = [...own, ...collected()];

/** @type {import('playwright-core').Browser | undefined} */
let browser;

before(async () => {
  browser = await launch();
});

after(async () => {
  await browser?.close();
});

/** What a page must not hold: something that a string became. @param {import('playwright-core').Page} page */
function becameMore(page) {
  return page.evaluate(() => {
    const made = document.querySelectorAll(
      'body :is(iframe, object, embed, marquee, math, base, img[src="x"], script:not([src]), [onerror], [onload], [onclick], [onmouseover], [onfocus], [onbegin], [ontoggle], [onstart], [onpageshow], a[href^="javascript:" i], a[href^="data:" i], form[action^="javascript:" i])',
    );
    return [...made].map((one) => one.outerHTML.slice(0, 120));
  });
}

/** White space and what cannot be seen are shown in many ways; the rest is compared. @param {string} text */
const seen = (text) => text.replace(/[\s\p{Cc}\p{Cf}]+/gu, '').normalize('NFC');

/** All that a page says: its text and what its fields hold. @param {import('playwright-core').Page} page */
async function said(page) {
  const words = await page.evaluate(() => [document.body.textContent, ...[...document.querySelectorAll('input, textarea')].map((one) => /** @type {HTMLInputElement} */ (one).value)].join('\n'));
  return seen(words);
}

/** Windows that a string opens are faults. @param {import('playwright-core').Page} page @param {string[]} faults */
function noWindows(page, faults) {
  page.on('dialog', (dialog) => {
    faults.push(`a string opened a window: ${dialog.message()}`);
    void dialog.dismiss();
  });
}

test('on every screen of the desk', async (t) => {
  assert.ok(browser);
  const firm = await startFirm();
  t.after(() => firm.server.stop());
  const { admin, server } = firm;
  const { brand, outlet } = await addOutlet(admin);
  let next = 0;
  /** @type {string[]} */
  const refused = [];
  let taken = 0;
  /**
   * Makes a record with the next strings; those that a field refuses are passed over.
   * @param {string} what
   * @param {(text: string) => Promise<unknown>} make
   * @returns {Promise<string>} the string that was taken
   */
  const put = async (what, make) => {
    for (let tries = 0; tries < 6; tries++) {
      const text = (strings[next++ % strings.length] ?? '').trim();
      const answer = await make(text).catch((/** @type {unknown} */ error) => {
        assert.match(String(error), /: 4(00|09|13|22) /, `${what} ${JSON.stringify(text)}`);
        refused.push(`${what}: ${text} ${String(error).slice(0, 300)}`);
        return undefined;
      });
      if (answer !== undefined) {
        taken++;
        return text;
      }
    }
    assert.fail(`${what} took none of six strings: ${refused.slice(-6).join(' | ')}`);
  };
  /** Where which string must be read. @type {[string, string[]][]} */
  const shown = [];
  const code = () => `x${next}`;
  const cut = (/** @type {string} */ text, n = 40) => Array.from(text).slice(0, n).join('');
  const { reasons } = /** @type {{ reasons: { responsibility: string }[] }} */ (/** @type {unknown} */ (await admin('GET', '/catalog')));
  const names = (/** @type {string} */ text) => ({ name_zh: text, name_en: text });
  shown.push(['admin/outlets', [await put('outlet', (text) => admin('POST', '/outlets', { code: code(), name: cut(text), kind: 'authorised', brands: [brand] }))]]);
  shown.push(['admin/staff', [await put('person', (text) => admin('POST', '/staff', { name: cut(text), job: 'engineer', outlet_id: outlet }))]]);
  shown.push(['admin/users', [await put('user', (text) => admin('POST', '/users', { login: `u${next}`, name: cut(text), roles: ['agent'], outlet_path: '/' }))]]);
  shown.push(['admin/roles', [await put('role', (text) => admin('POST', '/roles', { key: `r${next}`, permissions: ['cases.read'], ...names(cut(text)) }))]]);
  shown.push(['admin/reasons', [await put('reason', (text) => admin('POST', '/reasons', { code: `why${next}`, kinds: ['case.close'], responsibility: reasons[0]?.responsibility, ...names(cut(text)) }))]]);
  shown.push(['admin/keys', [await put('key', (text) => admin('POST', '/api-keys', { name: cut(text), outlet_path: '/', permissions: ['cases.read'] }))]]);
  shown.push(['admin/webhooks', [await put('webhook', (text) => admin('POST', '/webhooks', { name: cut(text), outlet_path: '/', url: 'https://example.com/hook', topics: ['case.opened.v1'] }))]]);
  shown.push(['admin/labels', [await put('label', (text) => admin('POST', '/labels', { kind: 'case', code: `l${next}`, state: 'open', staff_zh: cut(text, 20), staff_en: cut(text, 20), customer_zh: cut(text, 20), customer_en: cut(text, 20) }))]]);
  shown.push(['admin/products', [await put('model', (text) => admin('POST', '/models', { brand_id: brand, category: 'AC', code: `M${next}`, ...names(cut(text)) }))]]);
  const plain = (/** @type {string} */ zh) => ({ zh, en: zh });
  const campaign = await put('campaign', (text) =>
    admin('POST', '/campaigns', { brand_id: brand, plan: { kind: 'service_action', title: plain(cut(text)), hazard: plain(cut(text)), remedy: plain(cut(text)), stop_use: false, stop_sale: false, service_type: 'REP', parts: [], conditions: { brand_id: brand, categories: ['AC'] }, reminders: [7] } }),
  );
  shown.push(['campaigns', [campaign]]);
  shown.push([`campaigns/${(await every(admin, '/campaigns'))[0]?.id ?? ''}`, [campaign]]);

  // Customers and cases, a string in every field, many of them.
  const many = strings.filter((_, n) => n < own.length || n % Math.ceil(strings.length / 40) === 0);
  /** @type {{ id: string, text: string }[]} */
  const cases = [];
  await atOnce(many, async (text, n) => {
    const made = await admin('POST', '/cases', {
      brand_id: brand, type: 'request', channel: 'phone', category: 'AC', summary: text.trim(), detail: text, contact_name: cut(text, 30), contact_phone: `199${20_000_000 + n}`, address: { text: `浙江省杭州市西湖区文三路1号${cut(text, 60)}`, access: cut(text, 60), label: cut(text, 10) },
    }).catch(() => undefined);
    if (!made) return;
    await admin('POST', `/cases/${made.id}/notes`, { text });
    cases.push({ id: made.id, text });
  });
  assert.ok(cases.length > many.length / 2, `${cases.length} of ${many.length} cases were taken`);
  const someCases = cases.filter((_, n) => n % Math.ceil(cases.length / 12) === 0);
  for (const { id, text } of someCases) shown.push([`cases/${id}`, [text]]);
  const customer = await put('customer', (text) => admin('POST', '/customers', { brand_id: brand, name: cut(text, 30), note: text, phones: [{ number: '19912345678', label: cut(text, 10) }], addresses: [{ text: `浙江省杭州市西湖区文三路2号${cut(text, 60)}`, label: cut(text, 10), access: cut(text, 60) }] }));
  assert.ok(customer);
  for (const one of await every(admin, '/customers')) if (shown.length < 40) shown.push([`customers/${one.id}`, []]);
  const [first] = cases;
  if (first) {
    const order = await admin('POST', '/orders', { case_id: first.id, service_type: 'REP', instructions: own[1], release: true });
    shown.push([`orders/${order.id}`, [own[1] ?? '']]);
  }
  await put('view', (text) => admin('POST', '/views', { page: 'cases', name: cut(text), state: {} }));
  for (const path of ['home', 'dashboard', 'cases?queue=recent', 'orders', 'customers', 'units', 'day', 'callbacks', 'admin/messages', 'admin/audit']) shown.push([path, []]);
  console.log(`# ${strings.length} strings; ${taken} names of set-up records and ${cases.length} cases were made, ${refused.length} names refused in words`);

  const { page, faults } = await person(browser, t, server.url, 'admin');
  noWindows(page, faults);
  await page.goto('/desk/home');
  for (const [path, texts] of shown) {
    await travel(page, path);
    await settle(page);
    assert.deepEqual(await becameMore(page), [], path);
    const words = await said(page);
    for (const text of texts) assert.ok(words.includes(seen(text).slice(0, 12)), `${JSON.stringify(text.slice(0, 30))} is not on ${path}`);
  }
  assert.deepEqual(faults, []);
});

test('on the customer’s pages', async (t) => {
  assert.ok(browser);
  const firm = await startFirm();
  t.after(() => firm.server.stop());
  await addOutlet(firm.admin);
  const context = await openContext(browser, { baseURL: firm.server.url });
  t.after(() => context.close());
  const page = await context.newPage();
  const faults = watch(page, (_, status) => status === 422);
  noWindows(page, faults);
  const chosen = strings.filter((_, n) => n < own.length || n % Math.ceil(strings.length / 10) === 0);
  for (const [n, text] of chosen.entries()) {
    await page.goto('/report?brand=ax&category=AC&symptom=other');
    await page.locator('#text').fill(text);
    await page.locator('#name').fill(text.slice(0, 30));
    await page.locator('#phone').fill(`199${30_000_000 + n}`);
    await page.locator('#address').fill(`浙江省杭州市西湖区文三路${n + 1}号${text.slice(0, 60)}`);
    // First without consent: the form comes back with what was typed.
    await page.locator('form button[type=submit]').click();
    await page.locator('.err[role=alert]').first().waitFor();
    assert.deepEqual(await becameMore(page), [], text);
    assert.ok((await said(page)).includes(seen(text).slice(0, 12)), text);
    await page.locator('input[name=consent]').check();
    await page.locator('form button[type=submit]').click();
    await page.waitForURL(/\/l\/|\/report/);
    await settle(page);
    assert.deepEqual(await becameMore(page), [], text);
  }
  assert.deepEqual(faults, []);
});

test('in the field app', async (t) => {
  assert.ok(browser);
  const chosen = strings.filter((_, n) => n < own.length || n % Math.ceil(strings.length / 20) === 0);
  const visits = chosen.map((text, n) => {
    const [one] = sampleVisits('zh-CN');
    assert.ok(one);
    return { ...one, id: `v${n}`, number: `V${n}`, customer: text, address: text, access_note: text, orders: (one.orders ?? []).map((order) => ({ ...order, id: `o${n}`, fault: text, model: text, checklist: [{ key: 'power', label: text, required: true }] })) };
  });
  const { context } = await phoneIn(browser, t, { visits });
  const page = await context.newPage();
  const faults = watch(page);
  noWindows(page, faults);
  await page.goto('/field/');
  await page.locator('.visit-card').first().waitFor();
  assert.deepEqual(await becameMore(page), []);
  const words = await said(page);
  for (const text of chosen) assert.ok(words.includes(seen(text).slice(0, 12)), `${JSON.stringify(text)} is not in the list`);
  for (let n = 0; n < Math.min(6, chosen.length); n++) {
    await page.locator(`.visit-card[href$="/v${n}"]`).click();
    await page.getByRole('button', { name: '接受上门' }).waitFor();
    assert.deepEqual(await becameMore(page), []);
    assert.ok((await said(page)).includes(seen(chosen[n] ?? '').slice(0, 12)), chosen[n]);
    await page.goBack();
    await page.locator('.visit-card').first().waitFor();
  }
  assert.deepEqual(faults, []);
});
