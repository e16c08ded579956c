import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * Serious and critical findings of axe on a page, one line each.
 * @param {import('playwright-core').Page} page
 * @returns {Promise<string[]>}
 */
export async function seriousFindings(page) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(source);
  return page.evaluate(async () => {
    const loaded = /** @type {{ axe: import('axe-core') & { _audit: { rules: { id: string, impact: string }[] } } }} */ (/** @type {unknown} */ (window));
    // What a rule finds is as grave as the rule is: those that find nothing grave need not look, a third of the time.
    const weak = loaded.axe._audit.rules.filter((rule) => ['minor', 'moderate'].includes(rule.impact));
    const rules = Object.fromEntries(weak.map((rule) => [rule.id, { enabled: false }]));
    const { violations } = await loaded.axe.run(document, { resultTypes: ['violations'], preload: false, rules });
    return violations
      .filter((one) => one.impact === 'serious' || one.impact === 'critical')
      .flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.html.slice(0, 160)} ${(node.failureSummary ?? '').replace(/\s+/g, ' ')}`));
  });
}
