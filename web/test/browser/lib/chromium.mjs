import { existsSync } from 'node:fs';

import { chromium } from 'playwright-core';

import { patience } from './patience.mjs';
import { countTraffic } from './quiet.mjs';

/** Where the browser is: CHROMIUM, or Debian's. */
export const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** One line that says what to install, or '' when the browser is there. */
export function missingBrowser() {
  return existsSync(executablePath) ? '' : `no Chromium at ${executablePath}: apt-get install -y chromium fonts-noto-cjk, or set CHROMIUM`;
}

/** A name under which this machine is found, as in an office without TLS: its pages are no secure context, those of 127.0.0.1 are. */
export const office = 'anxin.office.test';

/** Starts the browser; a server without a display and without the internet is enough. */
export function launch() {
  return chromium.launch({
    executablePath,
    headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', `--host-resolver-rules=MAP ${office} 127.0.0.1`],
  });
}

/** Screens that every page is looked at on. */
export const screens = /** @type {const} */ ({
  desktop: { width: 1440, height: 900, isMobile: false },
  phone: { width: 390, height: 844, isMobile: true },
});

export { patience };

/**
 * Opens a page again and again until something is on it that the product brings about by itself.
 * @param {import('playwright-core').Page} page
 * @param {string} url
 * @param {import('playwright-core').Locator} wanted
 */
export async function comesUp(page, url, wanted) {
  const deadline = Date.now() + patience;
  while (!(await wanted.isVisible()) && Date.now() < deadline) {
    await page.goto(url);
    await wanted.waitFor({ timeout: 2_000 }).catch(() => undefined);
  }
  await wanted.waitFor();
}

/**
 * A fresh profile with a language, look and screen.
 * @param {import('playwright-core').Browser} browser
 * @param {{ screen?: keyof typeof screens, lang?: 'zh-CN' | 'en', theme?: 'light' | 'dark', baseURL: string }} options
 */
export async function openContext(browser, { screen = 'desktop', lang = 'zh-CN', theme = 'light', baseURL }) {
  const { width, height, isMobile } = screens[screen];
  const context = await browser.newContext({
    baseURL,
    viewport: { width, height },
    isMobile,
    hasTouch: isMobile,
    locale: lang,
    timezoneId: 'Asia/Shanghai',
    colorScheme: theme,
    reducedMotion: 'reduce',
    permissions: ['clipboard-write'],
  });
  context.setDefaultTimeout(patience);
  countTraffic(context);
  return context;
}

/**
 * Collects what a page should never do: throw, log an error, ask for a file that is not there.
 * @param {import('playwright-core').Page} page
 * @param {(url: string, status: number) => boolean} [expected] answers that the test provokes
 */
export function watch(page, expected = () => false) {
  /** @type {string[]} */
  const faults = [];
  page.on('pageerror', (error) => faults.push(`threw ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) faults.push(`logged ${message.text()}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400 && !expected(response.url(), response.status())) faults.push(`${response.status()} ${response.url()}`);
  });
  return faults;
}
