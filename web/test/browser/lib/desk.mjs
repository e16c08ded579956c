import { settle } from './quiet.mjs';

export { settle };

/** The password of every sign-in that the demo makes. */
export const demoPassword = 'anxin-demo-2026';

/**
 * Signs in on the desk by its own form and waits for the home page.
 * @param {import('playwright-core').Page} page
 * @param {string} login
 * @param {string} password
 */
export async function signIn(page, login, password) {
  await page.goto('/desk/');
  const form = page.locator('form').first();
  await form.locator('input').first().fill(login);
  await form.locator('input[type=password]').fill(password);
  await form.locator('button[type=submit]').click();
  await page.waitForURL(/\/desk\/home/);
  await settle(page);
}
