// A firm's own questions: an administrator changes what customers are asked, tries it in the phone beside it and publishes;
// a customer is asked it in the report form, with script and without, and the case shows question and answer. Leaving out a
// danger to life is not possible.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { seriousFindings } from './lib/axe.mjs';
import { launch, openContext, watch } from './lib/chromium.mjs';
import { settle } from './lib/desk.mjs';
import { overflow, shoot } from './lib/shots.mjs';
import { strangeWords } from './lib/words.mjs';
import { addOutlet, every, person, startFirm } from './lib/world.mjs';

/** @type {import('playwright-core').Browser | undefined} */
let browser;
/** @type {Awaited<ReturnType<typeof startFirm>> | undefined} */
let firm;

before(async () => {
  browser = await launch();
  firm = await startFirm();
  await addOutlet(firm.admin);
});

after(async () => {
  await browser?.close();
  await firm?.server.stop();
});

const hostile = '<img src=x onerror=alert(1)>';

test('an administrator changes a question, a customer answers it, the case shows it', async (t) => {
  assert.ok(browser && firm);
  const { admin, server } = firm;
  const { page, faults } = await person(browser, t, server.url, 'admin', { expected: (url, status) => status === 422 && /question-(preview|sets)$/.test(url) });
  await page.goto('/desk/admin/questions');
  await page.getByRole('link', { name: /房间空调器/ }).waitFor();
  await settle(page);
  assert.deepEqual(await seriousFindings(page), []);
  assert.deepEqual(await strangeWords(page, 'zh-CN'), []);
  await shoot(page, 'questions-list-zh-CN-desktop');
  await page.getByRole('link', { name: /房间空调器/ }).click();

  // The phone shows what a customer sees, and its links lead on.
  const phone = page.frameLocator('iframe');
  await phone.getByText('哪里不对？').waitFor();
  const card = page.locator('[data-question=outdoor]');
  await card.getByRole('button', { name: '展开' }).click();
  await card.getByRole('textbox', { name: '问题' }).fill('阳台上的室外机转不转？');
  await phone.getByRole('link', { name: '不制冷/制冷差' }).click();
  await phone.getByText('阳台上的室外机转不转？').waitFor();
  await settle(page);
  await shoot(page, 'questions-edit-zh-CN-desktop');

  // A question of their own, at first without words, hanging on another one.
  await page.getByRole('button', { name: '添加问题' }).click();
  const own = page.locator('[data-question=q]');
  await own.getByRole('textbox', { name: '问题' }).fill(`噪音像什么 ${hostile}`);
  await own.getByRole('textbox', { name: '选项 1' }).fill('嗡嗡响');
  await page.getByRole('button', { name: '保存草稿' }).click();
  await own.getByRole('alert').getByText('必填').waitFor(); // at its question: the second answer has no words
  await own.getByRole('textbox', { name: '选项 2' }).fill('冒烟了');
  await own.getByRole('combobox', { name: '代表危险' }).nth(1).click();
  await page.locator('.ant-select-item-option', { hasText: '起火冒烟' }).click();
  await own.getByRole('button', { name: '上移' }).first().focus();
  await page.keyboard.press('Enter'); // by keyboard, before the one about the code
  await page.getByRole('button', { name: '保存草稿' }).click();
  await page.getByText('草稿已保存').waitFor();
  await phone.getByText(hostile).waitFor(); // as text
  assert.deepEqual(await seriousFindings(page), []);
  assert.deepEqual(await strangeWords(page, 'zh-CN'), []);

  // Without the danger it cannot be published.
  const first = page.locator('[data-question=danger]');
  await first.getByRole('button', { name: '删除问题' }).click();
  await page.getByText(/必须先问到：/).waitFor();
  assert.ok(await page.getByRole('button', { name: '发布' }).isDisabled());
  await page.getByRole('button', { name: '补上' }).click();
  await page.getByRole('button', { name: '发布' }).click();
  await page.getByText('自己的，第 1 版').waitFor();
  await settle(page);
  await shoot(page, 'questions-published-zh-CN-desktop');
  assert.deepEqual(faults, []);

  // A customer.
  const context = await openContext(browser, { screen: 'phone', baseURL: server.url });
  t.after(() => context.close());
  const customer = await context.newPage();
  const wrong = watch(customer);
  await customer.goto('/report?brand=ax&category=AC');
  await customer.getByRole('link', { name: '不制冷/制冷差' }).click();
  await customer.getByText('阳台上的室外机转不转？').waitFor();
  await customer.getByText(hostile).waitFor();
  const box = customer.locator('[data-do=fire]');
  assert.ok(await box.isHidden());
  await customer.locator('input[name=q_q][value=a2]').check();
  await box.waitFor(); // what to do stands there at once
  await customer.locator('input[name=q_q][value=a1]').check();
  assert.ok(await box.isHidden());
  await customer.locator('input[name=q_outdoor][value=no]').check();
  await customer.locator('#name').fill('欧阳测试');
  await customer.locator('#phone').fill('19912345671');
  await customer.locator('#address').fill('浙江省杭州市西湖区文三路101号7幢2单元1903室');
  await customer.locator('input[name=consent]').check();
  assert.deepEqual(await seriousFindings(customer), []);
  assert.ok((await overflow(customer)) <= 0);
  await shoot(customer, 'questions-form-zh-CN-phone', { fullPage: true });
  await customer.locator('form button[type=submit]').click();
  await customer.waitForURL(/\/l\//);
  assert.deepEqual(wrong, []);

  // The case shows it.
  const [opened] = await every(admin, '/cases?queue=recent');
  assert.ok(opened);
  await page.goto(`/desk/cases/${opened.id}`);
  await page.getByText(/阳台上的室外机转不转？/).first().waitFor();
  await page.getByText(`噪音像什么 ${hostile} 嗡嗡响`).first().waitFor();

  // Without script the same questions stand there; an answer that means a danger tells what to do before the report is taken.
  const bare = await browser.newContext({ baseURL: server.url, javaScriptEnabled: false, locale: 'zh-CN' });
  t.after(() => bare.close());
  const plain = await bare.newPage();
  await plain.goto('/report?brand=ax&category=AC&symptom=AC-S01');
  await plain.getByText('阳台上的室外机转不转？').waitFor();
  await plain.locator('input[name=q_q][value=a2]').check();
  await plain.locator('#name').fill('司马测试');
  await plain.locator('#phone').fill('19912345672');
  await plain.locator('input[name=consent]').check();
  await plain.locator('form button[type=submit]').last().click();
  await plain.getByRole('button', { name: '已经安全了，继续报修' }).click();
  await plain.waitForURL(/\/l\//);
  const urgent = (await every(admin, '/cases?queue=recent')).find((one) => one.safety === 'fire');
  assert.equal(urgent?.priority, 'P1');

  // Back to the product's.
  await page.goto('/desk/admin/questions/all~AC~all');
  await page.getByRole('button', { name: '停用，恢复默认' }).click();
  await page.getByRole('dialog').getByRole('button', { name: '停用，恢复默认' }).click();
  await page.getByText('系统自带').first().waitFor();
  await customer.goto('/report?brand=ax&category=AC&symptom=AC-S01');
  await customer.getByText('室外机').first().waitFor();
  assert.equal(await customer.getByText('阳台上的室外机转不转？').count(), 0);
  assert.deepEqual(faults, []);
});

test('in English and on a phone', async (t) => {
  assert.ok(browser && firm);
  for (const { lang, screen } of /** @type {const} */ ([{ lang: 'en', screen: 'desktop' }, { lang: 'zh-CN', screen: 'phone' }])) {
    const { page, faults } = await person(browser, t, firm.server.url, 'admin', { lang, screen });
    for (const path of ['/desk/admin/questions', '/desk/admin/questions/all~GWH~all']) {
      await page.goto(path);
      await page.getByRole(path.endsWith('questions') ? 'table' : 'list').first().waitFor();
      await settle(page);
      if (path.endsWith('all')) await page.getByRole('button', { name: lang === 'en' ? 'Open' : '展开' }).first().click();
      assert.deepEqual(await seriousFindings(page), [], `${path} ${lang}`);
      assert.deepEqual(await strangeWords(page, lang), [], `${path} ${lang}`);
      assert.ok((await overflow(page)) <= 0, `${path} ${lang} ${screen} is wider than the screen`);
      await shoot(page, `questions-${path.endsWith('all') ? 'edit' : 'list'}-${lang}-${screen}`, { fullPage: screen === 'phone' });
    }
    assert.deepEqual(faults, []);
  }
});
