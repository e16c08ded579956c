import { createStore } from '@/lib/store';

/** A new version of the app that waits for the engineer's word. */
export const waitingStore = createStore<ServiceWorker | undefined>(undefined);

/** Registers the service worker, and notices when a new version has come. */
export async function startUpdates(): Promise<void> {
  // Plain HTTP away from localhost has no service worker: the app then needs its network.
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  if (!workers || import.meta.env.DEV) return;
  const registration = await workers.register('/field/sw.js');
  if (registration.waiting && workers.controller) waitingStore.set(registration.waiting);
  registration.addEventListener('updatefound', () => {
    const coming = registration.installing;
    coming?.addEventListener('statechange', () => {
      if (coming.state === 'installed' && workers.controller) waitingStore.set(coming);
    });
  });
}

/** Lets the new version take over and opens the app again; the outbox stays as it is. */
export function takeUpdate(worker: ServiceWorker): void {
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
  worker.postMessage('take-over');
}
