// The field app's service worker: keeps the app's own files, so that it opens without a network. It
// never touches the API: what the engineer sees and does lives in IndexedDB, with the outbox.
declare const self: ServiceWorkerGlobalScope;

// Both are filled in by the build (build/precacheList.ts).
const version = '__PRECACHE_VERSION__';
const files = JSON.parse('__PRECACHE_LIST__') as string[];

const prefix = 'anxin-field-';
const cacheName = prefix + version;
const page = files[0] ?? '/field/';
const known = new Set(files);

async function keepFiles(): Promise<void> {
  const cache = await caches.open(cacheName);
  await cache.addAll(files.map((file) => new Request(file, { cache: 'reload' })));
}

async function dropOlder(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(prefix) && name !== cacheName).map((name) => caches.delete(name)));
  await self.clients.claim();
}

/** From the cache; from the network when the phone has thrown the cache away. */
async function kept(request: Request, key: string): Promise<Response> {
  const cache = await caches.open(cacheName);
  return (await cache.match(key)) ?? fetch(request);
}

self.addEventListener('install', (event) => {
  event.waitUntil(keepFiles());
});

self.addEventListener('activate', (event) => {
  event.waitUntil(dropOlder());
});

// A new version waits until the engineer agrees: its files and the open page's would not fit together.
self.addEventListener('message', (event) => {
  if (event.data === 'take-over') void self.skipWaiting();
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (request.mode === 'navigate') event.respondWith(kept(request, page));
  else if (known.has(url.pathname)) event.respondWith(kept(request, url.pathname));
});

export {};
