import { uuid } from '@/lib/ids';
import { createStore } from '@/lib/store';

/** Where the API lives, on the page's own origin. */
export const apiBase = '/api/v1';

/** How far this device’s clock runs ahead of the server’s, in ms, from the last answer (device_offset_ms of acts). */
export const clockOffset = createStore(0);

/** Raised to a new number by each answer 401: whoever shows the sign-in listens. */
export const signedOut = createStore(0);

const pauses = [400, 1200];

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(new DOMException('stopped', 'AbortError'));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
}

/** Answers of a proxy whose server is just restarting: worth a second try when the request is safe to repeat. */
function isPassing(status: number): boolean {
  return status === 502 || status === 503 || status === 504;
}

/** Whether sending the request twice changes no more than sending it once. */
function repeatable(request: Request): boolean {
  return request.method === 'GET' || request.method === 'HEAD' || request.headers.has('Idempotency-Key');
}

/** A refused sign-in is no ended session. */
function isSignIn(request: Request): boolean {
  return request.method === 'POST' && new URL(request.url).pathname === `${apiBase}/session`;
}

function noteClock(response: Response): void {
  const date = response.headers.get('Date');
  // Date has whole seconds: half a second is its mean error.
  if (date && !response.headers.has('Age')) clockOffset.set(Date.now() - Date.parse(date) - 500);
}

/** Options of a transport, for tests and for the outbox, which has its own back-off. */
export interface TransportOptions {
  send?: (request: Request) => Promise<Response>;
  /** Pauses before the second, third … try. */
  retries?: readonly number[];
  language?: () => string;
}

/**
 * A fetch for our API: session cookie, proof that our own page asks (X-Anxin-Client, which other
 * sites cannot set), language of the answers, an idempotency key on every POST that stays the same
 * over retries.
 */
export function createTransport(options: TransportOptions = {}): (request: Request) => Promise<Response> {
  const { send = (request: Request) => fetch(request), retries = pauses, language = () => document.documentElement.lang } = options;
  return async (original: Request) => {
    const request = new Request(original, { credentials: 'same-origin' });
    request.headers.set('X-Anxin-Client', 'web');
    request.headers.set('Accept-Language', language());
    if (request.method === 'POST' && !request.headers.has('Idempotency-Key')) request.headers.set('Idempotency-Key', uuid());
    for (let attempt = 0; ; attempt++) {
      const pause = retries[attempt];
      const mayRetry = pause !== undefined && repeatable(request);
      try {
        const response = await send(request.clone());
        noteClock(response);
        if (response.status === 401 && !isSignIn(request)) signedOut.set(signedOut.get() + 1);
        if (!mayRetry || !isPassing(response.status)) return response;
      } catch (thrown) {
        if (!mayRetry || request.signal.aborted) throw thrown;
      }
      await sleep(pause, request.signal);
    }
  };
}
