import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { seriousFindings } from './axe.mjs';
import { fewColours } from './png.mjs';
import { overflow } from './shots.mjs';
import { strangeWords } from './words.mjs';

const folder = fileURLToPath(new URL('../../../../docs/img/days/', import.meta.url));

/** The most that a picture in the documentation may weigh. */
const heaviest = 120_000;

/**
 * Looks at a step of somebody's day: nothing that axe calls serious, nothing wider than its window, no raw key and no
 * foreign word. Keeps its picture in docs/img/days/<person>-<step>-<lang>-<desk|phone>.png when ANXIN_TEST_PICTURES
 * is set.
 * @param {import('playwright-core').Page} page
 * @param {string} person whose day it is: customer, agent, dispatcher, engineer, manager
 * @param {string} step what the picture shows, in a word or two with hyphens
 * @param {{ lang?: 'zh-CN' | 'en', keep?: boolean }} [options] `keep: false` only looks
 */
export async function step(page, person, step, { lang = 'zh-CN', keep = true } = {}) {
  // A colour on its way to another is neither.
  await page.evaluate(() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => undefined))));
  const screen = (page.viewportSize()?.width ?? 0) < 600 ? 'phone' : 'desk';
  const name = `${person}-${step}-${lang === 'en' ? 'en' : 'zh'}-${screen}`;
  if (keep && process.env['ANXIN_TEST_PICTURES']) {
    await mkdir(folder, { recursive: true });
    const picture = fewColours(await page.screenshot({ animations: 'disabled', caret: 'hide' }));
    assert.ok(picture.length <= heaviest, `${name} weighs ${picture.length} bytes`);
    await writeFile(`${folder}${name}.png`, picture);
  }
  assert.deepEqual(await seriousFindings(page), [], name);
  assert.deepEqual(await strangeWords(page, lang), [], name);
  assert.ok((await overflow(page)) <= 0, `${name} scrolls sideways`);
}
