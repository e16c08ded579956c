// A new installation, empty: whoever sets it up chooses a password and is led to the first request.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { seriousFindings } from './lib/axe.mjs';
import { launch, openContext, watch } from './lib/chromium.mjs';
import { settle } from './lib/desk.mjs';
import { shoot } from './lib/shots.mjs';
import { strangeWords } from './lib/words.mjs';
import { addEngineer, addOrder, addOutlet, password, startFirm } from './lib/world.mjs';

/** @type {import('playwright-core').Browser | undefined} */
let browser;
/** @type {Awaited<ReturnType<typeof startFirm>> | undefined} */
let firm;
before(async () => {
  [browser, firm] = await Promise.all([launch(), startFirm()]);
});
after(async () => {
  await browser?.close();
  await firm?.server.stop();
});

const words = {
  'zh-CN': { login: '账号', given: '密码', enter: '登录', title: '开始使用', chosen: '新密码', save: '保存并继续', rule: /至少10个字符/, done: '已完成', brand: '建立品牌', none: '还没有品牌，暂时不能建单。' },
  en: { login: 'Login', given: 'Password', enter: 'Sign in', title: 'First steps', chosen: 'New password', save: 'Save and go on', rule: /at least 10 characters/, done: 'Done', brand: 'Add a brand', none: 'There is no brand yet, so that no request can be taken.' },
};

test('from an own password to the first request', async (t) => {
  assert.ok(browser && firm);
  const { admin, server } = firm;
  /** @type {import('playwright-core').Page[]} */
  const pages = [];
  for (const lang of /** @type {const} */ (['zh-CN', 'en'])) {
    const w = words[lang];
    const login = `chief-${lang.slice(0, 2)}`;
    const made = await admin('POST', '/users', { login, name: '管理员', roles: ['admin'], outlet_path: '/' });
    const context = await openContext(browser, { screen: lang === 'en' ? 'phone' : 'desktop', lang, baseURL: server.url });
    t.after(() => context.close());
    const page = await context.newPage();
    pages.push(page);
    const faults = watch(page, (url, status) => (status === 401 && url.endsWith('/me')) || (status === 422 && url.endsWith('/me/password')));
    await page.goto('/desk/');
    await page.getByLabel(w.login, { exact: true }).fill(login);
    await page.getByLabel(w.given, { exact: true }).fill(String(made['temporary_password']));
    await page.getByRole('button', { name: w.enter, exact: true }).click();
    // A password that is too easy is refused where it stands, and stays there.
    await page.getByLabel(w.chosen).fill('short');
    await page.getByRole('button', { name: w.save }).click();
    await page.getByRole('alert').getByText(w.rule).waitFor();
    assert.equal(await page.getByLabel(w.chosen).inputValue(), 'short');
    assert.deepEqual(await seriousFindings(page), []);
    await shoot(page, `first-password-${lang}`);
    await page.getByLabel(w.chosen).fill(password);
    await page.getByRole('button', { name: w.save }).click();
    await page.getByRole('heading', { name: w.title }).waitFor();
    await settle(page);
    assert.equal(await page.getByRole('img', { name: w.done }).count(), 1, 'there is an account for a colleague');
    assert.deepEqual(await seriousFindings(page), []);
    assert.deepEqual(await strangeWords(page, lang), []);
    await shoot(page, `first-home-${lang}`);
    await page.goto('/desk/cases/new');
    await page.getByRole('alert').getByText(w.none).waitFor();
    await page.getByRole('alert').getByRole('link', { name: w.brand }).click();
    await page.waitForURL(/\/desk\/admin\/products/);
    assert.deepEqual(faults, []);
  }

  const { outlet, brand } = await addOutlet(admin);
  const [page, phone] = pages;
  assert.ok(page && phone);
  // Nobody knows codes of divisions: they are looked for and shown by name.
  await page.goto('/desk/admin/outlets');
  await page.getByRole('button', { name: '新建网点' }).click();
  await page.getByLabel('代码（小写字母和数字）').fill('wenxin');
  await page.getByLabel('名称', { exact: true }).fill('文新服务部');
  await page.getByLabel('服务的行政区划').fill('杭州西湖文新');
  await page.locator('.ant-select-item-option', { hasText: '浙江省杭州市西湖区文新街道' }).click();
  await page.getByRole('button', { name: '新建', exact: true }).click();
  const row = (/** @type {string} */ name) => page.getByRole('row', { name: new RegExp(name) });
  await row('文新服务部').getByText('浙江省杭州市西湖区文新街道', { exact: true }).waitFor();
  await row('西湖直营服务部').getByText('浙江省杭州市西湖区', { exact: true }).waitFor();
  await page.goto('/desk/home');
  await page.getByRole('img', { name: words['zh-CN'].done }).nth(2).waitFor();
  assert.equal(await page.getByRole('img', { name: words['zh-CN'].done }).count(), 3, 'brand, outlet and account are there');
  await addEngineer(admin, { name: '李师傅', outlet, phone: '19900000301' });
  await addOrder(admin, brand, 1);
  await phone.goto('/desk/home');
  await phone.getByRole('heading', { level: 1 }).waitFor();
  await settle(phone);
  assert.equal(await phone.getByRole('heading', { name: words.en.title }).count(), 0, 'nothing is left to set up');
});
