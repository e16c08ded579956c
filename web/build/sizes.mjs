// Prints what each face loads first and in all, gzipped, and fails past the budget.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const budgets = { desk: 500, field: 200 };

/** @param {string} path a web path like /assets/x.js */
const gz = (path) => gzipSync(readFileSync(dist + path.slice(1)), { level: 9 }).length;

let failed = false;
for (const [face, budget] of Object.entries(budgets)) {
  const html = readFileSync(`${dist}${face}/index.html`, 'utf8');
  const files = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map((match) => match[1] ?? '');
  // Static imports of the entry that the page does not list as preloads count as well.
  const seen = new Set(files);
  for (const file of seen) {
    if (!file.endsWith('.js')) continue;
    const code = readFileSync(dist + file.slice(1), 'utf8');
    for (const match of code.matchAll(/(?:^|[;}\s])(?:import|export)[^;"'()]*?["']\.\/([^"']+\.js)["']/g)) seen.add(`/assets/${match[1]}`);
  }
  const total = [...seen].reduce((sum, file) => sum + gz(file), gzipSync(html).length) / 1000;
  const over = total > budget;
  failed ||= over;
  console.log(`${face}: first load ${total.toFixed(1)} kB gz in ${seen.size} files (budget ${budget})${over ? ' OVER' : ''}`);
}
process.exit(failed ? 1 : 0);
