// The living style page: every composite in both languages, looks and screens, without a serious finding.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { seriousFindings } from './lib/axe.mjs';
import { launch, openContext, watch } from './lib/chromium.mjs';
import { overflow, shoot } from './lib/shots.mjs';
import { serveDist } from './lib/static.mjs';

const sections = ['pieces', 'list', 'detail', 'forms', 'failures'];
const looks = /** @type {const} */ ([
  { screen: 'desktop', lang: 'zh-CN', theme: 'light' },
  { screen: 'desktop', lang: 'en', theme: 'dark' },
  { screen: 'phone', lang: 'zh-CN', theme: 'dark' },
  { screen: 'phone', lang: 'en', theme: 'light' },
]);

/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof serveDist>>} */
let server;

before(async () => {
  server = await serveDist();
  browser = await launch();
});

after(async () => {
  await browser.close();
  await server.stop();
});

for (const look of looks) {
  describe(`style page, ${look.screen}, ${look.lang}, ${look.theme}`, () => {
    /** One profile for all sections: none keeps anything, and the scripts are compiled once. @type {import('playwright-core').BrowserContext} */
    let context;
    before(async () => {
      context = await openContext(browser, { ...look, baseURL: server.url });
    });
    after(() => context.close());
    for (const section of sections) {
      test(section, async (t) => {
        const page = await context.newPage();
        t.after(() => page.close());
        const faults = watch(page);
        await page.goto(`/desk/_ui/${section}`);
        await page.locator('h1').first().waitFor();
        await shoot(page, `style-${section}-${look.lang}-${look.screen}`);
        assert.deepEqual(await seriousFindings(page), []);
        assert.ok((await overflow(page)) <= 0, 'the page scrolls sideways');
        assert.deepEqual(faults, []);
      });
    }
  });
}

/** @param {(page: import('playwright-core').Page) => Promise<void>} body */
async function onDesk(body) {
  const context = await openContext(browser, { baseURL: server.url });
  const page = await context.newPage();
  const faults = watch(page);
  try {
    await body(page);
    assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
}

describe('list page', () => {
  test('filters live in the URL and back leaves the detail', () =>
    onDesk(async (page) => {
      await page.goto('/desk/_ui/list?state=open,serving&q=%E7%A9%BA%E8%B0%83');
      await page.getByRole('row').nth(1).waitFor();
      const states = await page.locator('[role=row] [data-tone]').allInnerTexts();
      assert.ok(states.includes('待受理') && !states.includes('诊断中'), states.join());
      await page.getByRole('row').nth(2).click();
      await page.getByRole('region', { name: '详情' }).waitFor();
      assert.match(page.url(), /sel=c\d+/);
      await shoot(page, 'style-list-open-zh-CN-desktop');
      assert.deepEqual(await seriousFindings(page), []);
      await page.goBack();
      await page.getByRole('grid').waitFor();
      assert.doesNotMatch(page.url(), /sel=/);
    }));

  test('rows are loaded and drawn as they are needed', () =>
    onDesk(async (page) => {
      await page.goto('/desk/_ui/list');
      await page.getByRole('row').nth(1).waitFor();
      const grid = page.getByRole('grid');
      await grid.focus();
      for (let i = 0; i < 12; i++) await page.keyboard.press('PageDown');
      await page.waitForFunction(() => Number(document.querySelector('[data-active]')?.getAttribute('aria-rowindex')) > 60);
      assert.ok((await page.getByRole('row').count()) < 60, 'all loaded rows are in the page');
      await page.keyboard.press('Enter');
      await page.getByRole('region', { name: '详情' }).waitFor();
    }));

  test('columns are chosen and stay', () =>
    onDesk(async (page) => {
      await page.goto('/desk/_ui/list');
      await page.getByRole('button', { name: '列' }).click();
      await page.getByRole('checkbox', { name: '机型' }).check();
      await page.getByRole('columnheader', { name: '机型' }).waitFor();
      await shoot(page, 'style-list-columns-zh-CN-desktop');
      await page.reload();
      await page.getByRole('columnheader', { name: '机型' }).waitFor();
    }));
});

describe('shell', () => {
  test('the palette finds places, commands and records', () =>
    onDesk(async (page) => {
      await page.goto('/desk/_ui/pieces');
      await page.locator('h1').first().waitFor();
      await page.keyboard.press('Control+k');
      const box = page.getByRole('combobox');
      await box.fill('王');
      await page.getByRole('option', { name: /王建国/ }).waitFor();
      await shoot(page, 'style-palette-zh-CN-desktop');
      assert.deepEqual(await seriousFindings(page), []);
      await box.fill('列表');
      await page.keyboard.press('Enter');
      await page.getByRole('grid').waitFor();
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: '键盘快捷键' }).waitFor();
    }));

  test('language and look change at once and stay', () =>
    onDesk(async (page) => {
      await page.goto('/desk/_ui/pieces');
      await page.getByRole('button', { name: '语言' }).click();
      await page.getByRole('menuitem', { name: 'English' }).click();
      await page.getByRole('heading', { name: 'Small pieces' }).waitFor();
      await page.getByRole('button', { name: 'Appearance' }).click();
      await page.getByRole('menuitem', { name: 'Dark' }).click();
      await page.reload();
      await page.getByRole('heading', { name: 'Small pieces' }).waitFor();
      assert.equal(await page.evaluate(() => document.documentElement.dataset['theme']), 'dark');
      assert.equal(await page.evaluate(() => document.documentElement.lang), 'en');
    }));

  test('jobs show counts', () =>
    onDesk(async (page) => {
      await page.goto('/desk/_ui/pieces');
      await page.getByRole('button', { name: '后台任务' }).click();
      await page.getByText('18,240 / 52,000').waitFor();
      await page.waitForTimeout(300);
      await shoot(page, 'style-jobs-zh-CN-desktop');
      assert.deepEqual(await seriousFindings(page), []);
    }));
});

describe('forms', () => {
  test('a refused act keeps what was typed', () =>
    onDesk(async (page) => {
      await page.goto('/desk/_ui/forms');
      await page.getByRole('button', { name: '取消服务单' }).click();
      await page.getByLabel('备注').fill('客户搬家');
      await page.getByRole('button', { name: '取消服务单' }).last().click();
      await page.getByText('刚被别人改过').waitFor();
      assert.equal(await page.getByLabel('备注').inputValue(), '客户搬家');
      await shoot(page, 'style-act-refused-zh-CN-desktop');
      assert.deepEqual(await seriousFindings(page), []);
    }));

  test('a pasted address fills its parts and asks for what is missing', () =>
    onDesk(async (page) => {
      await page.goto('/desk/_ui/forms');
      await page.getByLabel('粘贴地址').fill('王建国 138****2046 浙江杭州西湖文三路478号');
      await page.getByRole('button', { name: '拆分地址' }).click();
      await page.getByText('已填入下面各栏').waitFor();
      assert.equal(await page.getByLabel('区县').inputValue(), '西湖区');
      await shoot(page, 'style-address-zh-CN-desktop');
    }));
});
