// The board with 200 engineers and 2,000 visits: how long until it stands, and how much the page's thread works in each
// frame while a visit is dragged, from Chromium's trace. The day is synthetic and answered by this script; everything else
// is the real binary (ANXIN_BINARY or bin/anxin).
//
//   node web/test/bench/board.mjs [engineers] [visits]
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { launch, missingBrowser, openContext } from '../browser/lib/chromium.mjs';
import { missingBinary, run, startServer } from '../browser/lib/server.mjs';

const engineers = Number(process.argv[2] ?? 200);
const visits = Number(process.argv[3] ?? 2000);
const lacking = missingBrowser() || missingBinary();
if (lacking) {
  console.error(lacking);
  process.exit(1);
}
const password = 'correct horse battery 7';
const date = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' }).format(Date.now() + 86_400_000);

/** The same numbers each time. @param {number} seed */
function random(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A day of ten outlets; visits stand one behind the other from eight on. */
function day() {
  const next = random(7);
  const at = (/** @type {number} */ minutes) => new Date(Date.parse(`${date}T00:00:00+08:00`) + minutes * 60_000).toISOString();
  const spot = () => ({ lat: 30.15 + next() / 5, lon: 120.0 + next() / 3 });
  const order = (/** @type {number} */ n) => ({ id: `o${n}`, number: `WO26112${String(n).padStart(6, '0')}`, state: 'planned', priority: `P${1 + (n % 4)}`, service_type: 'REP', category: 'AC', minutes: 40, crew: 1, skills: ['LVE'], promised: { from: at(480), to: at(1200) } });
  const rows = Array.from({ length: engineers }, (_, e) => {
    const own = Array.from({ length: Math.floor(visits / engineers) + (e < visits % engineers ? 1 : 0) }, (_, k) => {
      const n = e * 100 + k;
      const begin = 490 + k * 58;
      return { id: `v${n}`, number: `V${n}`, state: k === 0 ? 'dispatched' : 'planned', start: at(begin), end: at(begin + 40), orders: [order(n)], ...spot(), way_s: 600 + Math.floor(next() * 480), crew: [`e${e}`], version: 1 };
    });
    return { engineer_id: `e${e}`, name: `工程师${e}`, outlet_id: `p${e % 10}`, outlet_name: `网点${e % 10}`, skills: ['LVE'], ...spot(), shifts: [{ from: at(480), to: at(1110) }], away: [], break_window: { from: at(690), to: at(810) }, break_minutes: 45, visits: own, claims: [], fetches: [] };
  });
  return { date, rows, waiting: 300, open: Array.from({ length: 300 }, (_, n) => ({ ...order(90_000 + n), state: 'ready', ...spot() })) };
}

/** @param {unknown} body @returns {{ engineers: string[], start?: string }} */
const questionOf = (body) => /** @type {{ engineers: string[], start?: string }} */ (body);

/** @param {number[]} list @param {number} part */
const quantile = (list, part) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * part))] ?? 0;

const browser = await launch();
const server = await startServer({
  prepare: async (env) => {
    const file = join(env['ANXIN_DATA_DIR'] ?? '', 'password');
    await writeFile(file, `${password}\n`, { mode: 0o600 });
    await run(['user', '--login', 'admin', '--name', '管理员', '--password-file', file, 'add-admin'], env);
  },
  env: { ANXIN_LIMITS_SIGN_IN_RATE: '100', ANXIN_LIMITS_USER_RATE: '100000' },
});
try {
  const context = await openContext(browser, { screen: 'desktop', baseURL: server.url });
  const page = await context.newPage();
  await page.goto('/desk/');
  await page.getByLabel('账号').fill('admin');
  await page.getByLabel('密码', { exact: true }).fill(password);
  await page.getByRole('button', { name: '登录', exact: true }).click();
  await page.waitForURL(/\/desk\/home/);
  const body = JSON.stringify(day());
  await context.route('**/api/v1/dispatch/day*', (route) => route.fulfill({ contentType: 'application/json', body }));
  await context.route('**/api/v1/dispatch/judge', async (route) => {
    const asked = questionOf(route.request().postDataJSON());
    await route.fulfill({ contentType: 'application/json', body: JSON.stringify({ items: asked.engineers.map((id) => ({ engineer_id: id, verdict: 'fits', start: asked.start ?? `${date}T02:00:00Z`, end: `${date}T03:00:00Z`, extra_s: 300, reasons: [{ code: 'dispatch.fits', verdict: 'info', value: 5, limit: 0 }] })) }) });
  });

  // Open: from the press on the rail, as a dispatcher does, and from the address bar.
  const opened = { warm: /** @type {number[]} */ ([]), cold: /** @type {number[]} */ ([]) };
  const bars = page.locator('button[data-visit]');
  for (const how of /** @type {const} */ (['cold', 'warm', 'warm', 'warm', 'warm', 'warm'])) {
    const begin = Date.now();
    if (how === 'cold') await page.goto(`/desk/day?day=${date}`);
    else {
      await page.evaluate((to) => {
        window.history.pushState(null, '', to);
        window.dispatchEvent(new Event('popstate'));
      }, `/desk/day?day=${date}`);
    }
    await bars.nth(20).waitFor();
    opened[how].push(Date.now() - begin);
    await page.evaluate(() => {
      window.history.pushState(null, '', '/desk/home');
      window.dispatchEvent(new Event('popstate'));
    });
    await bars.first().waitFor({ state: 'detached' });
  }
  await page.goto(`/desk/day?day=${date}`);
  await bars.nth(20).waitFor();
  await page.waitForTimeout(1500);

  // Drag one visit over the board, down to its edge so that it scrolls, and back.
  const cdp = await browser.newBrowserCDPSession();
  /** @type {{ name: string, ph: string, ts: number, dur?: number, tdur?: number, tid: number, pid: number, args?: { name?: string } }[]} */
  const events = [];
  cdp.on('Tracing.dataCollected', ({ value }) => events.push(.../** @type {typeof events} */ (/** @type {unknown} */ (value))));
  const done = new Promise((resolve) => cdp.once('Tracing.tracingComplete', resolve));
  const box = await bars.nth(3).boundingBox();
  assert.ok(box);
  await cdp.send('Tracing.start', { traceConfig: { includedCategories: ['toplevel', 'devtools.timeline', '__metadata'] }, transferMode: 'ReportEvents' });
  await page.mouse.move(box.x + 10, box.y + 10);
  await page.mouse.down();
  const begun = Date.now();
  let frames = 0;
  for (let step = 0; Date.now() - begun < 6000; step++) {
    const angle = step / 25;
    await page.mouse.move(820 + Math.cos(angle) * 420, 480 + Math.sin(angle * 1.3) * 385);
    frames++;
    await page.waitForTimeout(8);
  }
  await page.keyboard.press('Escape');
  await page.mouse.up();
  await cdp.send('Tracing.end');
  await done;

  // Work of a frame: all tasks of the page's main thread between two of its frames.
  const main = events.filter((one) => one.ph === 'M' && one.name === 'thread_name' && one.args?.name === 'CrRendererMain');
  const busiest = main.map(({ pid, tid }) => events.filter((one) => one.pid === pid && one.tid === tid)).sort((a, b) => b.length - a.length)[0] ?? [];
  const tasks = busiest.filter((one) => one.name === 'RunTask' || one.name === 'ThreadControllerImpl::RunTask').sort((a, b) => a.ts - b.ts);
  const starts = busiest.filter((one) => one.name === 'BeginMainThreadFrame' || one.name === 'FireAnimationFrame').map((one) => one.ts).sort((a, b) => a - b);
  const edges = starts.filter((ts, index) => index === 0 || ts - (starts[index - 1] ?? 0) > 4000);
  const work = edges.slice(0, -1).map((from, index) => {
    const to = edges[index + 1] ?? from;
    const own = tasks.filter((one) => one.ts >= from - 1000 && one.ts < to - 1000);
    const sum = (/** @type {'dur' | 'tdur'} */ how) => own.reduce((all, one) => all + (one[how] ?? 0), 0) / 1000;
    return { wall: sum('dur'), cpu: sum('tdur'), from, to };
  });
  // What the thread itself worked, which other programs of a busy machine do not lengthen; and what passed meanwhile.
  const cpu = work.map((one) => one.cpu);
  const wall = work.map((one) => one.wall);
  assert.ok(work.length > 30, `only ${work.length} frames in the trace (${tasks.length} tasks)`);
  console.log(`${engineers} engineers, ${visits} visits, ${(body.length / 1e6).toFixed(1)} MB`);
  console.log(`open: ${opened.cold[0]} ms from the address bar; ${quantile(opened.warm, 0.5)} ms within the desk (${opened.warm.join(', ')})`);
  console.log(`dragging: ${work.length} frames over ${frames} moves; main thread per frame ${quantile(cpu, 0.5).toFixed(1)} ms at the median, ${quantile(cpu, 0.95).toFixed(1)} ms p95, ${Math.max(...cpu).toFixed(1)} ms at most (by the clock ${quantile(wall, 0.5).toFixed(1)}, ${quantile(wall, 0.95).toFixed(1)}, ${Math.max(...wall).toFixed(1)})`);
  if (process.env['BENCH_WHY']) {
    for (const slow of [...work].sort((a, b) => b.cpu - a.cpu).slice(0, 6)) {
      /** @type {Record<string, number>} */
      const by = {};
      for (const one of busiest) if (one.ph === 'X' && one.ts >= slow.from - 1000 && one.ts < slow.to - 1000 && (one.tdur ?? 0) > 300) by[one.name] = (by[one.name] ?? 0) + (one.tdur ?? 0) / 1000;
      console.log(slow.cpu.toFixed(1), Object.entries(by).sort((a, b) => b[1] - a[1]).slice(0, 8).map(([name, ms]) => `${name} ${ms.toFixed(1)}`).join(', '));
    }
  }
  await context.close();
} finally {
  await browser.close();
  await server.stop();
}
