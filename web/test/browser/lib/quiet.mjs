import { patience } from './patience.mjs';

/**
 * What a page is asking for.
 * @typedef {{ open: Set<import('playwright-core').Request>, asked: number }} Traffic
 */

/** @type {WeakMap<import('playwright-core').Page, Traffic>} */
const traffic = new WeakMap();

/** Counts what the pages of a profile ask for, so that a test can wait for its end. @param {import('playwright-core').BrowserContext} context */
export function countTraffic(context) {
  context.on('page', (page) => {
    /** @type {Traffic} */
    const seen = { open: new Set(), asked: 0 };
    traffic.set(page, seen);
    page.on('request', (request) => {
      if (request.resourceType() === 'eventsource') return; // stays open as long as the page
      seen.asked++;
      seen.open.add(request);
    });
    page.on('requestfinished', (request) => seen.open.delete(request));
    page.on('requestfailed', (request) => seen.open.delete(request));
  });
}

/**
 * Waits until a page has come to rest: nothing asked for, nothing said to be loading, the browser without work. Much
 * quicker than half a second without traffic, and it also sees what a page draws without asking.
 * @param {import('playwright-core').Page} page
 */
export async function settle(page) {
  await page.waitForLoadState();
  const seen = traffic.get(page) ?? { open: new Set(), asked: 0 };
  const deadline = Date.now() + patience;
  for (let calm = 0; calm < 2; ) {
    const before = seen.asked;
    const busy = await page
      .evaluate(async () => {
        // Two frames and an idle moment: what an answer changes has been drawn, and what that asks for is under way.
        await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        await new Promise((done) => window.requestIdleCallback(done, { timeout: 2_000 }));
        return document.querySelector('[aria-busy=true]') !== null;
      })
      .catch(() => true); // it has just gone to another page
    calm = busy || seen.open.size > 0 || seen.asked !== before ? 0 : calm + 1;
    if (Date.now() > deadline) throw new Error(`${page.url()} does not come to rest: ${[...seen.open].map((one) => one.url()).join(' ') || 'something is said to be busy'}`);
  }
}
