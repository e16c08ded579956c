import { beforeAll, describe, expect, it, vi } from 'vitest';

import type { Op } from './op';
import { createSender, judge } from './send';

beforeAll(() => {
  vi.stubGlobal('location', new URL('http://localhost/field/visits'));
});

const op: Op = {
  seq: 1, id: 'op-1', user: 'u', kind: 'arrive', visit: 'v1', number: 'V1', path: '/visits/v1/arrive', body: { note: 'door', operation_id: 'forged' }, file: '',
  occurredAt: '2026-11-21T08:00:00.000Z', offsetMs: -250, state: 'waiting', tries: 0, nextTry: 0,
};

describe('createSender', () => {
  it('sends an act with its operation id, time and offset', async () => {
    let seen: Request | undefined;
    const send = createSender(() => Promise.resolve(undefined), (request) => {
      seen = request;
      return Promise.resolve(Response.json({}));
    });
    expect(await send(op)).toEqual({ kind: 'done', clash: undefined });
    expect(seen?.url).toBe('http://localhost/api/v1/visits/v1/arrive');
    expect(seen?.headers.get('Idempotency-Key')).toBe('op-1');
    expect(await seen?.json()).toEqual({ note: 'door', operation_id: 'op-1', occurred_at: '2026-11-21T08:00:00.000Z', device_offset_ms: -250 });
  });

  it('sends a picture as a form', async () => {
    let form: FormData | undefined;
    const file = { id: 'f1', visit: 'v1', order: 'o1', slot: 'before', blob: new Blob(['x'], { type: 'image/jpeg' }), takenAt: '' };
    const send = createSender(() => Promise.resolve(file), async (request) => {
      form = await request.formData();
      return Response.json({});
    });
    await send({ ...op, kind: 'photo', file: 'f1', body: { slot: 'before' } });
    expect(form?.get('slot')).toBe('before');
    expect(form?.get('operation_id')).toBe('op-1');
    expect(form?.get('file')).toBeInstanceOf(Blob);
  });

  it('tries later when no answer comes', async () => {
    const send = createSender(() => Promise.resolve(undefined), () => Promise.reject(new TypeError('lost')));
    expect(await send(op)).toMatchObject({ kind: 'later', offline: true });
  });

  it('turns away a picture whose file is gone', async () => {
    const send = createSender(() => Promise.resolve(undefined), () => Promise.reject(new Error('never called')));
    expect(await send({ ...op, file: 'f1' })).toMatchObject({ kind: 'refused', failure: { code: 'file.gone' } });
  });
});

describe('judge', () => {
  it.each<[number, object, object]>([
    [200, {}, { kind: 'done', clash: undefined }],
    [200, { conflict: { words: 'moved', state: 'cancelled' } }, { kind: 'done', clash: { words: 'moved', state: 'cancelled' } }],
    [401, {}, { kind: 'signIn' }],
    [409, { code: 'orders.visit_state', title: 'No' }, { kind: 'conflict', failure: { code: 'orders.visit_state', words: 'No' } }],
    [422, { code: 'invalid' }, { kind: 'refused' }],
    [404, { code: 'not_found' }, { kind: 'refused' }],
    [503, { code: 'unavailable' }, { kind: 'later', offline: false }],
    [500, {}, { kind: 'later', offline: false }],
  ])('%d %o', async (status, body, want) => {
    expect(await judge(Response.json(body, { status }))).toMatchObject(want);
  });

  it('heeds Retry-After', async () => {
    expect(await judge(Response.json({}, { status: 429, headers: { 'Retry-After': '30' } }))).toMatchObject({ kind: 'later', retryAfterMs: 30_000 });
  });
});
