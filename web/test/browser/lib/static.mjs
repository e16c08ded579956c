import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const dist = fileURLToPath(new URL('../../../dist/', import.meta.url));

/** @type {Record<string, string>} */
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.png': 'image/png', '.webmanifest': 'application/manifest+json' };

// The policy of the real server, so that a page which needs more fails here already.
const policy =
  "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; script-src 'self'; connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'none'";

/** One line that says how to build, or '' when the pages are there. */
export function missingBuild() {
  return existsSync(join(dist, 'desk/index.html')) ? '' : 'no built pages: npm run build';
}

/**
 * Serves dist as the Go server does: files by name, each face's page for every other path below it.
 * @param {(path: string, method: string, key: string) => { status: number, body: unknown } | undefined} [api] answers under
 * /api/v1; `key` is the request's idempotency key; an answer of status 0 is lost on its way
 */
export async function serveDist(api = () => undefined) {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname);
    response.setHeader('Content-Security-Policy', policy);
    if (path.startsWith('/api/')) {
      const found = api(path.replace('/api/v1', ''), request.method ?? 'GET', String(request.headers['idempotency-key'] ?? '')) ?? { status: 404, body: { status: 404, code: 'not_found', title: 'not found' } };
      request.resume().on('end', () => {
        if (found.status === 0) {
          request.socket.destroy();
          return;
        }
        response.writeHead(found.status, { 'Content-Type': found.status < 400 ? 'application/json' : 'application/problem+json' });
        response.end(JSON.stringify(found.body));
      });
      return;
    }
    const file = join(dist, normalize(path));
    const face = ['desk', 'field'].find((name) => path === `/${name}` || path.startsWith(`/${name}/`));
    const target = file.startsWith(dist) && existsSync(file) && statSync(file).isFile() ? file : face && extname(path) === '' ? join(dist, face, 'index.html') : '';
    if (target === '') {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'Content-Type': types[extname(target)] ?? 'application/octet-stream' });
    createReadStream(target).pipe(response);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', () => done(undefined)));
  const address = server.address();
  if (!address || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    /** Ends it with its open connections, as a lost network does. */
    stop: () =>
      new Promise((done) => {
        server.close(() => done(undefined));
        server.closeAllConnections();
      }),
  };
}
