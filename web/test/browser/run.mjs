// Runs the browser tests, or says in one line what they need. Names given as arguments choose files:
// node test/browser/run.mjs style field
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { missingBrowser } from './lib/chromium.mjs';
import { missingBuild } from './lib/static.mjs';

const lacking = missingBrowser() || missingBuild();
if (lacking) {
  console.error(`browser tests: ${lacking}`);
  process.exit(1);
}

const here = fileURLToPath(new URL('./', import.meta.url));
const wanted = process.argv.slice(2);
const files = readdirSync(here).filter((name) => name.endsWith('.test.mjs') && (wanted.length === 0 || wanted.some((one) => name.startsWith(one))));
// One browser at a time: the machine has two cores.
const child = spawn(process.execPath, ['--test', '--test-concurrency=1', '--test-timeout=900000', '--test-reporter=spec', ...files.map((name) => here + name)], { stdio: 'inherit' });
child.once('close', (code) => process.exit(code ?? 1));
