// An agent's day with 40 open cases: the danger first, then what nobody took, then down the own queue; a call comes in
// between. In both languages, by an agent's own rights.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launch } from './lib/chromium.mjs';
import { step } from './lib/days.mjs';
import { settle } from './lib/desk.mjs';
import { addUser, atOnce, choose, every, openAct, person, sendAct, startFirm } from './lib/world.mjs';

/** @type {import('playwright-core').Browser | undefined} */
let browser;
/** @type {Awaited<ReturnType<typeof startFirm>> | undefined} */
let firm;
let brand = '';

before(async () => {
  browser = await launch();
  firm = await startFirm();
  brand = (await firm.admin('POST', '/brands', { code: 'ax', name_zh: '安心电器', name_en: 'Anxin', hotline: '400-000-0000' })).id;
});

after(async () => {
  await browser?.close();
  await firm?.server.stop();
});

const asked = [
  { zh: '遥控器锁住了，不会解锁', en: 'Remote control is locked', category: 'AC', symptom: 'AC-S01' },
  { zh: '洗衣机甩干时声音很大', en: 'Washer is loud when it spins', category: 'WM', symptom: 'WM-S01' },
  { zh: '空调制冷慢，想问滤网怎么洗', en: 'Cools slowly, how is the filter washed', category: 'AC', symptom: 'AC-S01' },
  { zh: '冰箱冷藏室结冰', en: 'Fridge freezes over', category: 'RF', symptom: 'RF-S01' },
];

for (const lang of /** @type {const} */ (['zh-CN', 'en'])) {
  const login = lang === 'en' ? 'chen' : 'wang';
  const w = lang === 'en'
    ? { danger: /Safety/, free: /Unassigned/, mine: /My cases/, all: 'Select all loaded rows', take: 'Give to me', done: '8 rows done, 0 not', advise: 'Safety advice given', order: 'Create an order', classify: 'Classify', solve: 'Solve remotely', wait: 'Wait', goOn: 'Go on', merge: 'Merge', note: 'Note', stage: 'Complaint stage', close: 'Close', who: 'Who sees it', shared: 'Outlets too', reason: 'Reason', notes: 'Note', other: 'Number of the other case', toStage: 'Stage of the complaint', more: 'More acts', create: 'New case', words: 'What the customer said', paste: 'Paste an address', send: 'Create the case', product: 'Product', takeIt: 'Take it', takeApart: 'Take apart', filled: 'Filled in below, please check' }
    : { danger: /安全隐患/, free: /无人负责/, mine: /我的服务请求/, all: '选择已加载的全部行', take: '指派给我', done: '8 行成功，0 行未成功', advise: '已告知安全提示', order: '建服务单', classify: '分类', solve: '远程解决', wait: '等待', goOn: '继续处理', merge: '合并', note: '备注', stage: '投诉阶段', close: '关闭', who: '谁能看到', shared: '网点也能看到', reason: '原因', notes: '备注', other: '另一张服务请求的编号', toStage: '投诉阶段', more: '更多操作', create: '新建服务请求', words: '客户描述', paste: '粘贴地址', send: '建单', product: '产品', takeIt: '我来处理', takeApart: '拆分地址', filled: '已填入下面各栏，请核对' };

  test(`an agent with 40 open cases, ${lang}`, async (t) => {
    assert.ok(browser && firm);
    const agent = await addUser(firm, { login, name: lang === 'en' ? 'Chen Jie' : '王芳', roles: ['agent'] });
    const open = (/** @type {number} */ n, /** @type {Record<string, unknown>} */ change = {}) => {
      const one = asked[n % asked.length];
      return agent.call('POST', '/cases', {
        type: 'request', brand_id: brand, category: one?.category, symptom: one?.symptom, service_type: 'REP', channel: 'phone', summary: lang === 'en' ? one?.en : one?.zh, impact: 2, urgency: 2,
        contact_name: '欧阳测试', contact_phone: `199${String(10_000_000 + n)}`, address: { text: `浙江省杭州市西湖区文三路${n + 1}00号7幢2单元1903室` }, assignee_id: agent.id, ...change,
      });
    };
    // 29 of the own, a danger, a complaint and a double entry; eight that nobody has taken.
    const gas = await open(0, { category: 'GWH', symptom: 'GWH-S01', summary: lang === 'en' ? 'There is a smell of gas at the heater' : '热水器旁有燃气味', contact_phone: '19920000001' });
    const complaint = await open(1, { type: 'complaint', summary: lang === 'en' ? 'Nobody came at the agreed time' : '约好的时间没有人来', contact_phone: '19920000002' });
    const double = await open(2, { contact_phone: '19920000003' });
    const first = await open(2, { contact_phone: '19920000003' });
    const own = await atOnce(Array.from({ length: 28 }, (_, n) => n + 10), (n) => open(n));
    await atOnce(Array.from({ length: 8 }, (_, n) => n + 50), (n) => open(n, { assignee_id: undefined }));
    assert.equal(4 + own.length + 8, 40);

    const { page, faults } = await person(browser, t, firm.server.url, login, { lang });
    const card = (/** @type {RegExp} */ name) => page.locator('main').getByRole('link', { name });
    const state = async (/** @type {string} */ id) => agent.call('GET', `/cases/${id}`);
    const act = (/** @type {string} */ label) => openAct(page, label, w.more);
    await page.goto('/desk/home');
    await card(w.mine).waitFor();
    await settle(page);
    assert.match((await card(w.mine).textContent()) ?? '', /^32/);
    assert.match((await card(w.free).textContent()) ?? '', /^8/);
    await step(page, 'agent', 'morning', { lang });

    // The danger first: the script is read out, then somebody is sent.
    await card(w.danger).click();
    await page.getByText(gas.number).first().click();
    await page.locator('article').getByText(gas.number).waitFor();
    const script = await act(w.advise);
    await step(page, 'agent', 'danger', { lang, keep: false });
    await sendAct(script);
    await sendAct(await act(w.order));
    await page.locator('article').getByRole('link', { name: /^S\d{4}-/ }).waitFor();
    assert.ok((await state(gas.id))['advised_at']);
    assert.equal((await state(gas.id)).state, 'serving');

    // What nobody took, all at once.
    await page.goto('/desk/home');
    await card(w.free).click();
    await page.getByRole('row').nth(8).waitFor();
    await page.getByRole('checkbox', { name: w.all }).check();
    await page.getByRole('button', { name: w.take }).click();
    await page.getByText(w.done).waitFor();
    assert.equal((await every(agent.call, '/cases?queue=unassigned')).length, 0);

    // Down the own queue: what is a question of use is answered at once.
    await page.goto(`/desk/cases?queue=mine`);
    await settle(page);
    const asks = own.filter((_, n) => n % 4 === 0).slice(0, 5);
    for (const one of asks) {
      await page.goto(`/desk/cases?queue=mine&sel=${one.id}`);
      await page.locator('article').getByText(one.number).waitFor();
      await sendAct(await act(w.classify));
      const solve = await act(w.solve);
      await choose(solve, w.reason, lang === 'en' ? 'Solved by guidance' : '远程指导解决');
      if (one === asks[0]) await step(page, 'agent', 'answer', { lang, keep: false });
      await sendAct(solve);
    }
    for (const one of asks) assert.equal((await state(one.id)).state, 'verifying');

    // One waits for the customer's photo, and goes on when it has come.
    const waiting = own[1];
    assert.ok(waiting);
    await page.goto(`/desk/cases/${waiting.id}`);
    const wait = await act(w.wait);
    await choose(wait, w.reason, lang === 'en' ? 'Waiting for the customer' : '等待用户答复');
    await wait.locator('textarea').first().fill(lang === 'en' ? 'Sends a photo of the label' : '客户稍后发铭牌照片');
    await sendAct(wait);
    await page.locator('article header').getByText(lang === 'en' ? /Paused/ : /等客户|暂停/).first().waitFor();
    await step(page, 'agent', 'waits', { lang, keep: false });
    await sendAct(await act(w.goOn));
    await page.locator('article header').getByText(lang === 'en' ? /Paused/ : /等客户|暂停/).first().waitFor({ state: 'detached' });

    // The double entry is merged into the first one.
    await page.goto(`/desk/cases/${double.id}`);
    const merge = await act(w.merge);
    await choose(merge, w.reason);
    await merge.getByLabel(w.other).fill(first.number);
    await sendAct(merge);
    assert.equal((await state(double.id))['merged_into'], first.id);

    // The complaint is acknowledged, with a note for the outlet, and it can be closed once it is settled.
    await page.goto(`/desk/cases/${complaint.id}`);
    const stage = await act(w.stage);
    await choose(stage, w.toStage);
    await sendAct(stage);
    const note = await act(w.note);
    await choose(note, w.who, w.shared);
    await note.locator('textarea').first().fill(lang === 'en' ? 'Please call before you come' : '上门前请先打电话');
    await sendAct(note);
    assert.equal((await state(complaint.id))['stage'], 'acknowledged');
    await sendAct(await act(w.classify));
    const solve = await act(w.solve);
    await choose(solve, w.reason);
    await sendAct(solve);
    const close = await act(w.close);
    await choose(close, w.reason, lang === 'en' ? 'Late or missed visit' : '未按时上门');
    await sendAct(close);
    await settle(page);
    await step(page, 'agent', 'complaint', { lang, keep: false });
    assert.equal((await state(complaint.id)).state, 'closed');
    assert.equal((await state(complaint.id))['responsibility'], 'outlet');

    // A call comes in: words, a messy address, done.
    await page.goto('/desk/home');
    await page.getByRole('link', { name: w.create }).click();
    await choose(page.locator('form'), w.product, lang === 'en' ? 'air conditioner' : '空调');
    await page.getByLabel(w.words).fill(lang === 'en' ? 'Water drips from the indoor unit' : '室内机一直滴水，地板都湿了');
    await page.getByLabel(w.paste).fill('张三 13912345678 浙江杭州西湖文三路478号华星时代广场2幢1203');
    await page.getByRole('button', { name: w.takeApart }).click();
    await page.getByText(w.filled).waitFor();
    await step(page, 'agent', 'call', { lang });
    await page.getByRole('button', { name: w.send }).click();
    await page.waitForURL(/\/desk\/cases\/[0-9a-f-]{36}/);
    await page.locator('article header').waitFor();
    await sendAct(await act(w.takeIt));
    const made = await state(page.url().split('/').at(-1) ?? '');
    assert.equal(made['assignee_id'], agent.id);

    // Nothing was lost: 40 and the call, each where it belongs.
    const all = await every(agent.call, `/cases?queue=recent&assignee_id=${agent.id}`);
    /** @type {Record<string, number>} */
    const counts = {};
    for (const one of all) counts[one.state] = (counts[one.state] ?? 0) + 1;
    assert.deepEqual(counts, { open: 33, serving: 1, verifying: 5, closed: 1, cancelled: 1 });
    await page.goto('/desk/home');
    await settle(page);
    assert.match((await card(w.mine).textContent()) ?? '', /^39/);
    assert.deepEqual(faults, []);

    const phone = await person(browser, t, firm.server.url, login, { lang, screen: 'phone' });
    await phone.page.goto('/desk/cases?queue=mine');
    await settle(phone.page);
    await step(phone.page, 'agent', 'queue', { lang });
    assert.deepEqual(phone.faults, []);
  });
}
