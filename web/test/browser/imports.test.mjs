// A sheet of a former system is brought in as it is: written in Big5, with a wrong number in it. Its encoding is found, may be
// chosen, and a wrong choice is told and mended; a dry run names the row that is refused; then the sheet goes in.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { launch, openContext } from './lib/chromium.mjs';
import { settle, signIn } from './lib/desk.mjs';
import { binary, missingBinary, run, startServer } from './lib/server.mjs';
import { overflow, shoot } from './lib/shots.mjs';
import { lostAtEdge, lowControls } from './lib/touch.mjs';

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
  });
});

after(async () => {
  await browser.close();
  await running.stop();
});

/** Text in Big5: the runtime reads it only, so every pair of bytes is read once. */
function big5(/** @type {string} */ text) {
  const reader = new TextDecoder('big5');
  /** @type {Map<string, number[]>} */
  const codes = new Map();
  for (let lead = 0xa1; lead <= 0xf9; lead++) {
    for (let trail = 0x40; trail <= 0xfe; trail++) codes.set(reader.decode(Uint8Array.of(lead, trail)), [lead, trail]);
  }
  return Buffer.from(Array.from(text).flatMap((one) => (one < '\x80' ? [one.charCodeAt(0)] : (codes.get(one) ?? assert.fail(one)))));
}

const sheet = (/** @type {string} */ mark) =>
  big5(
    [
      'External id,Name,Phone,Note',
      `${mark}-1,陳淑芬,13900000001,冷氣不冷且漏水，請師傅下午過來`,
      `${mark}-2,黃國華,13900000002,洗衣機脫水時聲音很大`,
      `${mark}-3,張雅婷,電話不詳,遙控器沒有反應，換過電池還是不行`,
    ].join('\r\n'),
  );

const words = {
  'zh-CN': { target: '导入内容', customers: '客户', encoding: '文字编码', traditional: '繁体中文（Big5）', utf8: 'UTF-8', bad: '请选择文件实际使用的编码', dry: '试运行', note: '试运行没有写入任何数据。', wrong: '格式不对。', start: '按此正式导入', made: '新建' },
  en: { target: 'What', customers: 'Customers', encoding: 'Text encoding', traditional: 'Traditional Chinese (Big5)', utf8: 'UTF-8', bad: 'Choose its real encoding', dry: 'Dry run', note: 'A dry run writes nothing.', wrong: 'Not in the right format.', start: 'Import for real', made: 'Created' },
};

describe('a sheet of a former system', { concurrency: 1 }, () => {
  for (const [lang, phone] of /** @type {const} */ ([
    ['zh-CN', false],
    ['en', true],
  ])) {
    test(`in Big5, ${lang}, ${phone ? 'phone' : 'desktop'}`, async (t) => {
      const say = words[lang];
      const context = await openContext(browser, { lang, screen: phone ? 'phone' : 'desktop', baseURL: running.url });
      t.after(() => context.close());
      const page = await context.newPage();
      await signIn(page, 'admin', password);
      await page.goto('/desk/admin/imports/new');
      await settle(page);
      const choose = async (/** @type {string} */ label, /** @type {string} */ option) => {
        await page.locator('label', { hasText: new RegExp(`^${label}`) }).first().locator('.ant-select').click();
        await page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option', { hasText: option }).first().click();
      };
      await choose(say.target, say.customers);
      await page.locator('input[type=file]').setInputFiles({ name: 'customers.csv', mimeType: 'text/csv', buffer: sheet(lang) });
      await page.getByText('陳淑芬').waitFor(); // found by itself
      await page.getByText(say.traditional).first().waitFor();
      await choose(say.encoding, say.utf8);
      await page.getByText(say.bad).waitFor();
      await shoot(page, `import-wrong-${lang}`);
      await choose(say.encoding, say.traditional);
      await page.getByText('陳淑芬').waitFor();
      assert.equal(await page.getByText(say.bad).count(), 0);
      await settle(page);
      await shoot(page, `import-read-${lang}`, { fullPage: true });
      assert.ok((await overflow(page)) <= 0);
      if (phone) assert.deepEqual([...(await lowControls(page)), ...(await lostAtEdge(page))], []);
      await page.getByRole('button', { name: say.dry, exact: true }).click();
      await page.getByText(say.note).waitFor();
      await page.getByRole('cell', { name: say.wrong }).waitFor(); // the row that is refused, and why
      await settle(page);
      await shoot(page, `import-dry-${lang}`, { fullPage: true });
      await page.getByRole('button', { name: say.start }).click();
      await page.locator('.ant-popover:not(.ant-popover-hidden) .ant-btn-primary').click();
      await page.getByText(say.note).waitFor({ state: 'detached' }); // the page shows the run that writes
      await page.locator('dl > div', { hasText: new RegExp(`^${say.made}2$`) }).waitFor();
      await settle(page);
      await shoot(page, `import-real-${lang}`);
      await page.goto('/desk/customers');
      await settle(page);
      await shoot(page, `import-there-${lang}`);
      await page.getByText('139****0001').first().waitFor(); // nobody sees more of a person than is needed
      assert.equal(await page.getByText('陳').count(), lang === 'en' ? 2 : 1);
    });
  }
});
