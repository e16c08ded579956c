import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** Where the pictures go; never committed. */
export const folder = fileURLToPath(new URL('../../shots/', import.meta.url));

/**
 * Keeps a picture of the page, named after what it shows: desk-list-zh-phone.
 * @param {import('playwright-core').Page} page
 * @param {string} name
 * @param {{ fullPage?: boolean }} [options]
 */
export async function shoot(page, name, { fullPage = false } = {}) {
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: `${folder}${name}.png`, fullPage, animations: 'disabled', caret: 'hide' });
}

/**
 * How many px the page is wider than its window: sideways scrolling on a phone is a fault.
 * @param {import('playwright-core').Page} page
 */
export function overflow(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}
