import createClient from 'openapi-fetch';

import { ApiError, asApiError, problemOf } from './problem';
import type { paths } from './schema';
import { apiBase, createTransport } from './transport';

const transport = createTransport();

/** The typed client: `answer(api.GET('/cases/{id}', { params: { path: { id } } }))`. */
export const api = createClient<paths>({ baseUrl: apiBase, fetch: transport });

interface Result<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The body of a typed call; a refusal or a lost network is thrown as ApiError. */
export async function answer<T>(call: Promise<Result<T>>): Promise<T> {
  let result: Result<T>;
  try {
    result = await call;
  } catch (thrown) {
    throw asApiError(thrown);
  }
  if (!result.response.ok) throw await problemOf(replay(result));
  return result.data as T;
}

/** openapi-fetch has read the body already: puts what it read back for problemOf. */
function replay(result: Result<unknown>): Response {
  const body = typeof result.error === 'string' ? result.error : JSON.stringify(result.error ?? null);
  return new Response(body, { status: result.response.status, headers: result.response.headers });
}

/** What an untyped call may carry. */
export interface CallOptions {
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/**
 * A call by path, for what the contract cannot type: uploads, paths read from an answer. `read` turns
 * the JSON into the wanted type or throws.
 */
export async function call<T>(method: string, path: string, options: CallOptions, read: (body: unknown) => T): Promise<T> {
  const raw = options.body instanceof Blob || options.body instanceof FormData;
  const headers = new Headers(options.headers);
  if (options.body !== undefined && !raw) headers.set('Content-Type', 'application/json');
  const request = new Request(new URL(apiBase + path, location.origin), {
    method,
    headers,
    ...(options.body === undefined ? {} : { body: raw ? (options.body as BodyInit) : JSON.stringify(options.body) }),
    ...(options.signal ? { signal: options.signal } : {}),
  });
  let response: Response;
  try {
    response = await transport(request);
  } catch (thrown) {
    throw asApiError(thrown);
  }
  if (!response.ok) throw await problemOf(response);
  const body: unknown = response.status === 204 ? undefined : await response.json().catch(() => undefined);
  try {
    return read(body);
  } catch {
    throw new ApiError({ kind: 'problem', status: response.status, code: 'unexpected', words: '', requestId: response.headers.get('X-Request-Id') ?? '' });
  }
}
