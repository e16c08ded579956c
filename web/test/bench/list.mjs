// A list of many cases in the desk: from the press on the rail to its first rows, to the next page, to what a filter and a
// search leave. The installation is a large one that was kept; the binary is the real one (ANXIN_BINARY or bin/anxin).
//
//   make bench ARGS="--size 100000 --engines sqlite --rows read --keep FOLDER"
//   node web/test/bench/list.mjs FOLDER
import { launch, missingBrowser, openContext } from '../browser/lib/chromium.mjs';
import { missingBinary, startServer } from '../browser/lib/server.mjs';

const data = process.argv[2];
const lacking = missingBrowser() || missingBinary() || (data ? '' : 'which folder? make bench ARGS="--rows read --keep FOLDER" makes one');
if (lacking || !data) {
  console.error(lacking);
  process.exit(1);
}
const times = 15;

/** @param {number[]} list @param {number} part */
const quantile = (list, part) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * part))] ?? 0;

const browser = await launch();
const server = await startServer({ env: { ANXIN_DATA_DIR: data, ANXIN_LIMITS_SIGN_IN_RATE: '100', ANXIN_LIMITS_USER_RATE: '100000' } });
try {
  const context = await openContext(browser, { screen: 'desktop', baseURL: server.url });
  const page = await context.newPage();
  await page.goto('/desk/');
  await page.getByLabel('账号').fill('admin');
  await page.getByLabel('密码', { exact: true }).fill('measure only 2026');
  await page.getByRole('button', { name: '登录', exact: true }).click();
  await page.waitForURL(/\/desk\/home/);

  /** Goes to an address within the page, as a press on the rail does. @param {string} to */
  const go = (to) =>
    page.evaluate((url) => {
      window.history.pushState(null, '', url);
      window.dispatchEvent(new Event('popstate'));
    }, to);
  /** How long from going somewhere until so many rows were painted, measured in the page itself. @param {string} to @param {number} wanted */
  const shown = async (to, wanted) =>
    page.evaluate(
      async ({ url, count }) => {
        const begin = performance.now();
        window.history.pushState(null, '', url);
        window.dispatchEvent(new Event('popstate'));
        for (;;) {
          await new Promise((done) => requestAnimationFrame(done));
          if (window.location.pathname === new URL(url, window.location.href).pathname && document.querySelectorAll('[role="row"]').length > count) break;
          if (performance.now() - begin > 20_000) throw new Error(`${document.querySelectorAll('[role="row"]').length} rows at ${window.location.href}`);
        }
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
        return performance.now() - begin;
      },
      { url: to, count: wanted },
    );

  // Two neighbouring characters that many cases have, as somebody types who remembers a piece of a sentence.
  const pair = await page.evaluate(async () => {
    const read = async (/** @type {string} */ path) => {
      /** @type {unknown} */
      const answer = await (await fetch(`/api/v1${path}`)).json();
      return /** @type {{ items: { summary: string }[] }} */ (answer).items;
    };
    const texts = (await read('/cases?queue=recent&limit=200')).flatMap((one) => one.summary.match(/[\u4e00-\u9fff]{2}/g) ?? []);
    for (const text of texts) if ((await read(`/cases/search?q=${encodeURIComponent(text)}&limit=50`)).length >= 20) return text;
    throw new Error('no two characters are frequent');
  });

  /** @type {Record<string, number[]>} */
  const took = {};
  for (const [name, url, least] of /** @type {[string, string, number][]} */ ([
    ['all open cases by deadline', '/desk/cases', 10],
    ['all cases, the newest first', '/desk/cases?queue=recent', 10],
    ['cases with two characters of their texts', `/desk/cases?q=${encodeURIComponent(pair)}`, 10],
  ])) {
    const list = (took[name] = /** @type {number[]} */ ([]));
    for (let i = 0; i < times; i++) {
      await go('/desk/home');
      await page.getByRole('row').nth(1).waitFor({ state: 'detached' }).catch(() => undefined);
      await page.waitForTimeout(300);
      list.push(await shown(url, least));
    }
  }
  for (const [name, list] of Object.entries(took)) console.log(`${name}: p50 ${quantile(list, 0.5).toFixed(0)}, p95 ${quantile(list, 0.95).toFixed(0)}, first ${(list[0] ?? 0).toFixed(0)} ms (n ${list.length})`);
} finally {
  await server.stop();
  await browser.close();
}
