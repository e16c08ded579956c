import { describe, expect, it } from 'vitest';

import { asApiError, problemOf, retryAfter } from './problem';
import { KeyRing } from './query';
import { clockOffset, createTransport, signedOut } from './transport';

const url = 'http://localhost/api/v1/cases';

function transportOf(answers: (Response | Error)[], retries: readonly number[] = [0, 0]) {
  const sent: Request[] = [];
  const transport = createTransport({
    retries,
    language: () => 'en',
    send: (request) => {
      sent.push(request);
      const next = answers.shift();
      if (!next) return Promise.reject(new Error('more requests than answers'));
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
    },
  });
  return { sent, transport };
}

describe('transport', () => {
  it('marks requests as ours and asks for the page’s language', async () => {
    const { sent, transport } = transportOf([new Response('{}')]);
    await transport(new Request(url));
    expect(sent[0]?.headers.get('X-Anxin-Client')).toBe('web');
    expect(sent[0]?.headers.get('Accept-Language')).toBe('en');
    expect(sent[0]?.headers.get('Idempotency-Key')).toBeNull();
  });

  it('keeps one idempotency key and the body over retries of a POST', async () => {
    const { sent, transport } = transportOf([new TypeError('lost'), new Response('', { status: 503 }), new Response('{}')]);
    const response = await transport(new Request(url, { method: 'POST', body: '{"a":1}' }));
    expect(response.status).toBe(200);
    const keys = new Set(sent.map((request) => request.headers.get('Idempotency-Key')));
    expect(sent).toHaveLength(3);
    expect(keys.size).toBe(1);
    expect([...keys][0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(await Promise.all(sent.map((request) => request.text()))).toEqual(['{"a":1}', '{"a":1}', '{"a":1}']);
  });

  it('does not repeat a PATCH, which carries no key', async () => {
    const { sent, transport } = transportOf([new TypeError('lost')]);
    await expect(transport(new Request(url, { method: 'PATCH', body: '{}' }))).rejects.toThrow('lost');
    expect(sent).toHaveLength(1);
  });

  it('gives a refusal back at once', async () => {
    const { sent, transport } = transportOf([new Response('', { status: 500 })]);
    expect((await transport(new Request(url))).status).toBe(500);
    expect(sent).toHaveLength(1);
  });

  it('tells when the session ended and how far the clock is off', async () => {
    const before = signedOut.get();
    const ahead = new Date(Date.now() + 3_600_000).toUTCString();
    const { transport } = transportOf([new Response('', { status: 401, headers: { Date: ahead } })]);
    await transport(new Request(url));
    expect(signedOut.get()).toBe(before + 1);
    expect(Math.abs(clockOffset.get() + 3_600_000)).toBeLessThan(2_000);
  });
});

describe('problemOf', () => {
  it('reads code, words, fields and request id', async () => {
    const body = {
      code: 'orders.window',
      title: 'Refused',
      detail: 'The window has passed.',
      params: { act: 'promise' },
      errors: [
        { pointer: '/window/start', code: 'past', detail: 'is in the past' },
        { location: 'body.lines[0].amount', message: 'too small' },
      ],
    };
    const failure = await problemOf(Response.json(body, { status: 422, headers: { 'X-Request-Id': 'r1' } }));
    expect(failure).toMatchObject({ status: 422, code: 'orders.window', words: 'The window has passed.', requestId: 'r1', passing: false });
    expect(failure.fields).toEqual([
      { path: 'window.start', code: 'past', words: 'is in the past' },
      { path: 'lines.0.amount', code: '', words: 'too small' },
    ]);
  });

  it('keeps the status of an answer that is no problem document', async () => {
    const failure = await problemOf(new Response('<h1>Bad gateway</h1>', { status: 502 }));
    expect(failure).toMatchObject({ code: 'http.502', passing: true, words: '' });
  });

  it('tells a lost network from a bug', () => {
    expect(asApiError(new TypeError('Failed to fetch')).kind).toBe('network');
    expect(asApiError(new Error('x'))).toMatchObject({ kind: 'problem', code: 'unexpected' });
    expect(asApiError(new DOMException('stopped', 'AbortError')).kind).toBe('stopped');
  });

  it('reads Retry-After in seconds and as a date', () => {
    expect(retryAfter('120', 0)).toBe(120_000);
    expect(retryAfter('Thu, 01 Jan 1970 00:00:10 GMT', 4_000)).toBe(6_000);
    expect(retryAfter('soon', 0)).toBeUndefined();
    expect(retryAfter(null, 0)).toBeUndefined();
  });
});

describe('KeyRing', () => {
  it('keeps the key for the same input until it is settled', () => {
    const ring = new KeyRing();
    const first = ring.of({ note: 'a' });
    expect(ring.of({ note: 'a' })).toBe(first);
    const changed = ring.of({ note: 'b' });
    expect(changed).not.toBe(first);
    ring.settle();
    expect(ring.of({ note: 'b' })).not.toBe(changed);
  });
});
