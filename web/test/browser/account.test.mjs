// One's own account and what leaves the product: a passkey is added, signs in, is renamed and removed, with Chromium's own
// virtual authenticator; a list is written to a file by the server and fetched.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { launch, office, openContext, watch } from './lib/chromium.mjs';
import { settle, signIn } from './lib/desk.mjs';
import { binary, missingBinary, run, startServer } from './lib/server.mjs';

const password = 'correct horse battery 7';

/** @type {import('playwright-core').Browser} */
let browser;
/** @type {import('./lib/server.mjs').Running} */
let running;

before(async () => {
  assert.equal(missingBinary(), '', binary);
  browser = await launch();
  running = await startServer({
    prepare: async (env) => {
      const file = join(env['ANXIN_DATA_DIR'] ?? '', 'password');
      await writeFile(file, `${password}\n`, { mode: 0o600 });
      await run(['user', '--login', 'admin', '--name', '管理员', '--password-file', file, 'add-admin'], env);
    },
    env: { ANXIN_LIMITS_SIGN_IN_RATE: '100' },
  });
});

after(async () => {
  await browser.close();
  await running.stop();
});

/** Passkeys are made for a name: the loopback address is called localhost. */
const named = () => running.url.replace('127.0.0.1', 'localhost');

const words = {
  'zh-CN': { add: '添加通行密钥', go: '继续', rename: '重命名', remove: '删除', signIn: '使用通行密钥登录', codes: '恢复码', none: '还没有通行密钥', csv: 'CSV 文件', out: '导出', download: '下载', summary: '客户描述', paste: '粘贴地址', apart: '拆分地址', ended: '登录已失效' },
  en: { add: 'Add a passkey', go: 'Continue', rename: 'Rename', remove: 'Remove', signIn: 'Sign in with a passkey', codes: 'Recovery codes', none: 'No passkey yet', csv: 'CSV file', out: 'Export', download: 'Download', summary: 'What the customer said', paste: 'Paste an address', apart: 'Take apart', ended: 'Your session has ended' },
};

describe('passkeys', { concurrency: 1 }, () => {
  for (const lang of /** @type {const} */ (['zh-CN', 'en'])) {
    test(`a passkey from its first day to its last, ${lang}`, async (t) => {
      const say = words[lang];
      const context = await openContext(browser, { lang, baseURL: named() });
      t.after(() => context.close());
      const page = await context.newPage();
      const devtools = await context.newCDPSession(page);
      await devtools.send('WebAuthn.enable');
      const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
        options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
      });
      await signIn(page, 'admin', password);
      await page.goto('/desk/account');
      await page.getByText(say.none).waitFor();
      await page.getByRole('button', { name: say.add }).click();
      const dialog = page.getByRole('dialog');
      await dialog.locator('input').first().fill('笔记本');
      await dialog.locator('input[type=password]').fill(password);
      await dialog.getByRole('button', { name: say.go }).click();
      await page.getByText(say.codes).waitFor();
      await page.getByText('笔记本').waitFor();
      const { credentials } = await devtools.send('WebAuthn.getCredentials', { authenticatorId });
      assert.equal(credentials.length, 1);
      assert.equal(credentials[0]?.rpId, 'localhost');
      assert.equal(credentials[0].isResidentCredential, true);
      const dir = process.env['SHOTS'];
      if (dir) await page.screenshot({ path: join(dir, `account-${lang}.png`) });

      // The password alone is not enough any more, the passkey is.
      await context.clearCookies();
      await page.goto('/desk/sign-in');
      await page.locator('form input').first().fill('admin');
      await page.locator('form input[type=password]').fill(password);
      await page.locator('form button[type=submit]').click();
      await page.getByRole('alert').waitFor();
      if (dir) await page.screenshot({ path: join(dir, `signin-${lang}.png`) });
      await page.getByRole('button', { name: say.signIn }).click();
      await page.waitForURL(/\/desk\/home/);
      await settle(page);

      // A person who does not prove to be there gets an explanation, not a session.
      await context.clearCookies();
      await devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
      await page.goto('/desk/sign-in');
      await page.getByRole('button', { name: say.signIn }).click();
      await page.getByRole('alert').waitFor();
      await devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true });
      await page.getByRole('button', { name: say.signIn }).click();
      await page.waitForURL(/\/desk\/home/);

      // The phone's app takes it, too: without proof an explanation, with it the day, and the key that opens what waits.
      await context.clearCookies();
      await devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
      await page.goto('/field/sign-in');
      await page.getByRole('button', { name: say.signIn }).click();
      await page.getByRole('alert').waitFor();
      await devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true });
      const key = page.waitForResponse((answer) => answer.url().endsWith('/me/seal') && answer.ok());
      await page.getByRole('button', { name: say.signIn }).click();
      await key;
      await page.getByRole('button', { name: say.signIn }).waitFor({ state: 'detached' });

      // The session ends under a form: the passkey lifts the cover, and what was typed is below it.
      await page.goto('/desk/cases/new');
      await settle(page);
      await page.getByLabel(say.summary).fill('洗衣机漏水，地板都湿了');
      await context.clearCookies();
      await page.getByLabel(say.paste).fill('浙江省杭州市西湖区文三路100号7幢2单元1903室');
      await page.getByRole('button', { name: say.apart, exact: true }).click();
      const cover = page.getByRole('dialog', { name: say.ended });
      await devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
      await cover.getByRole('button', { name: say.signIn }).click();
      await cover.getByRole('alert').waitFor(); // nobody proved to be there
      if (dir) await page.screenshot({ path: join(dir, `ended-${lang}.png`) });
      await devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true });
      await cover.getByRole('button', { name: say.signIn }).click();
      await cover.waitFor({ state: 'detached' });
      assert.equal(await page.getByLabel(say.summary).inputValue(), '洗衣机漏水，地板都湿了');

      await page.goto('/desk/account');
      await page.getByRole('button', { name: say.rename }).click();
      await page.getByRole('dialog').locator('input').fill('办公室电脑');
      await page.getByRole('dialog').locator('.ant-btn-primary').click();
      await page.getByText('办公室电脑').waitFor();
      await page.getByRole('button', { name: say.remove }).click();
      await page.getByRole('dialog').locator('input[type=password]').fill(password);
      await page.getByRole('dialog').getByRole('button', { name: say.remove }).click();
      await page.getByText(say.none).waitFor();
      await context.clearCookies();
      await page.goto('/desk/sign-in');
      await page.getByRole('button', { name: say.signIn }).click();
      await page.getByRole('alert').waitFor();
      await signIn(page, 'admin', password);
    });
  }
});

test('a list is written to a file by the server and fetched from the drawer', async (t) => {
  const context = await openContext(browser, { lang: 'zh-CN', baseURL: running.url });
  t.after(() => context.close());
  const page = await context.newPage();
  await signIn(page, 'admin', password);
  const say = words['zh-CN'];
  const made = await context.request.post('/api/v1/customers', { headers: { 'X-Anxin-Client': 'test' }, data: { kind: 'person', name: '=1+1', phones: [{ number: '13812345678', primary: true }] } });
  assert.equal(made.status(), 201, await made.text());
  await page.goto('/desk/customers');
  await page.getByRole('button', { name: say.out }).click();
  await page.getByText(say.csv).click();
  const link = page.getByRole('link', { name: say.download });
  await link.waitFor();
  const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
  const text = await readFile(await download.path(), 'utf8');
  assert.ok(text.startsWith('\uFEFF'), 'a mark for spreadsheets');
  assert.ok(!text.includes('13812345678'), 'numbers are masked as on the screen');
  assert.ok(!/(^|,)=/m.test(text), 'nothing that a spreadsheet runs');
  assert.match(download.suggestedFilename(), /\.csv$/);
});

test('an office without TLS lacks nothing on the desk that it could have', async (t) => {
  const context = await openContext(browser, { baseURL: running.url.replace('127.0.0.1', office) });
  t.after(() => context.close());
  const page = await context.newPage();
  await signIn(page, 'admin', password);
  const faults = watch(page);
  assert.equal(await page.evaluate(() => window.isSecureContext), false);
  for (const place of ['contracts', 'refunds', 'admin/rules', 'admin/imports/new']) {
    await page.goto(`/desk/${place}`);
    await settle(page);
    assert.equal(await page.locator('main [role=alert]').count(), 0, place);
  }
  await page.goto('/desk/admin/carriers');
  await settle(page);
  await page.getByRole('button', { name: '新增承运商' }).first().click();
  await page.getByLabel('名称').first().fill('顺丰速运');
  await page.locator('main form button[type=submit]').first().click();
  await page.getByText('顺丰速运').first().waitFor();
  // A key is shown once: it goes onto the clipboard although the page has none.
  await page.goto('/desk/admin/keys');
  await page.getByRole('button', { name: '新建密钥' }).click();
  await page.getByLabel('名称').fill('ERP');
  await page.getByLabel('权限').click();
  await page.keyboard.type('查看服务请求');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: '新建', exact: true }).click();
  await page.getByText('ERP 的密钥（只显示一次）').waitFor();
  await page.getByRole('button', { name: '复制', exact: true }).click();
  await page.getByText('已复制').waitFor();
  // The browser says of each page that it heeds this header with TLS only.
  assert.deepEqual(faults.filter((one) => !one.includes('Cross-Origin-Opener-Policy')), []);
});
