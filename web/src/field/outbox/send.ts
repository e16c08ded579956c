import { asApiError, problemOf, type ApiError } from '@/api/problem';
import { apiBase, createTransport } from '@/api/transport';

import type { KeptFile } from '../data/db';
import type { VisitState } from '../model';

import type { Clash, Op, OpFailure } from './op';
import type { Sent } from './outbox';

type Transport = (request: Request) => Promise<Response>;

function failureOf(error: ApiError): OpFailure {
  return { status: error.status, code: error.code, words: error.words, requestId: error.requestId };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** What dispatch did meanwhile, when the answer tells of a conflict. */
function clashOf(body: unknown): Clash | undefined {
  if (!isRecord(body) || !isRecord(body['conflict'])) return undefined;
  const { words, state } = body['conflict'];
  return { words: typeof words === 'string' ? words : '', state: typeof state === 'string' ? (state as VisitState) : undefined };
}

function requestOf(op: Op, file: KeptFile | undefined): Request {
  const url = new URL(apiBase + op.path, location.origin);
  const act = { operation_id: op.id, occurred_at: op.occurredAt, device_offset_ms: op.offsetMs };
  const headers = { 'Idempotency-Key': op.id };
  if (!file) {
    return new Request(url, { method: 'POST', headers: { ...headers, 'Content-Type': 'application/json' }, body: JSON.stringify({ ...op.body, ...act }) });
  }
  const form = new FormData();
  for (const [key, value] of Object.entries({ ...op.body, ...act })) form.set(key, typeof value === 'string' ? value : JSON.stringify(value));
  form.set('file', file.blob, `${file.id}.${file.blob.type === 'image/png' ? 'png' : 'jpg'}`);
  return new Request(url, { method: 'POST', headers, body: form });
}

/** Judges an answer: gone through, try again, turned away, or sign in first. */
export async function judge(response: Response): Promise<Sent> {
  if (response.ok) {
    const body: unknown = await response.json().catch(() => undefined);
    return { kind: 'done', clash: clashOf(body) };
  }
  if (response.status === 401) return { kind: 'signIn' };
  const conflictBody: unknown = await response
    .clone()
    .json()
    .catch(() => undefined);
  const error = await problemOf(response);
  const failure = failureOf(error);
  if (error.passing) return { kind: 'later', failure, retryAfterMs: error.retryAfterMs, offline: false };
  if (error.conflict) return { kind: 'conflict', failure, clash: clashOf(conflictBody) };
  return { kind: 'refused', failure };
}

/** Sends operations over HTTP, once a call: the outbox has its own pauses. */
export function createSender(file: (id: string) => Promise<KeptFile | undefined>, transport: Transport = createTransport({ retries: [] })): (op: Op) => Promise<Sent> {
  return async (op) => {
    const kept = op.file === '' ? undefined : await file(op.file);
    if (op.file !== '' && !kept) return { kind: 'refused', failure: { status: 0, code: 'file.gone', words: '', requestId: '' } };
    try {
      return await judge(await transport(requestOf(op, kept)));
    } catch (thrown) {
      return { kind: 'later', failure: failureOf(asApiError(thrown)), offline: true };
    }
  };
}
