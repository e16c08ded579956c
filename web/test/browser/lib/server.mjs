import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The real binary: ANXIN_BINARY, or what `make build` leaves. */
export const binary = resolve(process.env['ANXIN_BINARY'] ?? fileURLToPath(new URL('../../../../bin/anxin', import.meta.url)));

// The server takes every ANXIN_ variable for a setting of its own and refuses this one.
const surroundings = { ...process.env };
delete surroundings['ANXIN_BINARY'];

/** One line that says how to get the binary, or '' when it is there. */
export function missingBinary() {
  return existsSync(binary) ? '' : `no binary at ${binary}: make build, or set ANXIN_BINARY`;
}

/**
 * A loopback port that nobody uses at the moment, below those that outgoing connections are given: one of them could take it
 * while the server is away.
 * @returns {Promise<number>}
 */
export async function freePort() {
  for (;;) {
    const port = 10_240 + Math.floor(Math.random() * 20_000);
    const probe = createServer();
    /** @type {Promise<boolean>} */
    const listening = new Promise((done) => {
      probe.once('error', () => done(false));
      probe.listen(port, '127.0.0.1', () => done(true));
    });
    if (!(await listening)) continue;
    await new Promise((done) => probe.close(done));
    return port;
  }
}

/**
 * Runs one command of the binary to its end and gives back what it wrote.
 * @param {string[]} args
 * @param {Record<string, string>} env
 * @returns {Promise<string>}
 */
export function run(args, env) {
  return new Promise((done, fail) => {
    const child = spawn(binary, args, { env: { ...surroundings, ...env } });
    let text = '';
    child.stdout.on('data', (chunk) => (text += String(chunk)));
    child.stderr.on('data', (chunk) => (text += String(chunk)));
    child.once('error', fail);
    child.once('close', (code) => (code === 0 ? done(text) : fail(new Error(`anxin ${args.join(' ')} ended with ${code}: ${text}`))));
  });
}

/**
 * @typedef {object} Running
 * @property {string} url where the server answers
 * @property {Record<string, string>} env settings, for other commands on the same data
 * @property {() => string} log what it wrote
 * @property {() => Promise<void>} kill ends it without a goodbye, as a power cut does; start() brings it back
 * @property {() => Promise<void>} start starts it again on the same data and port
 * @property {() => Promise<void>} stop ends it and removes its data
 */

/**
 * Starts the real binary on a free loopback port with data of its own.
 * @param {{ prepare?: (env: Record<string, string>) => Promise<unknown>, env?: Record<string, string>, command?: string[] }} [options]
 * `prepare` fills the data folder before the server starts; `command` is what serves, a demo for one
 * @returns {Promise<Running>}
 */
export async function startServer({ prepare, env: extra = {}, command = ['serve'] } = {}) {
  const data = await mkdtemp(join(tmpdir(), 'anxin-web-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = { ANXIN_DATA_DIR: data, ANXIN_LISTEN: `127.0.0.1:${port}`, ...extra };
  await prepare?.(env);
  let log = '';
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let child;

  const start = async () => {
    const started = spawn(binary, command, { env: { ...surroundings, ...env } });
    started.stdout.on('data', (chunk) => (log += String(chunk)));
    started.stderr.on('data', (chunk) => (log += String(chunk)));
    child = started;
    await ready(url, () => started.exitCode, () => log);
  };
  /** @param {NodeJS.Signals} signal */
  const end = async (signal) => {
    const ending = child;
    if (ending?.exitCode !== null || ending.signalCode !== null) return;
    const closed = new Promise((done) => ending.once('close', done));
    ending.kill(signal);
    await closed;
  };

  await start();
  return {
    url,
    env,
    log: () => log,
    start,
    kill: () => end('SIGKILL'),
    stop: async () => {
      await end('SIGTERM');
      await rm(data, { recursive: true, force: true });
    },
  };
}

/**
 * @param {string} url
 * @param {() => number | null} exitCode
 * @param {() => string} log
 */
async function ready(url, exitCode, log) {
  const deadline = Date.now() + 180_000; // a demo is made first
  while (Date.now() < deadline) {
    if (exitCode() !== null) throw new Error(`the server ended while starting: ${log()}`);
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`the server was not ready within 180 s: ${log()}`);
}
