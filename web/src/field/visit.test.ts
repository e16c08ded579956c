import { describe, expect, it } from 'vitest';

import { finishOp } from './acts';
import type { KeptFile } from './data/db';
import { emptyDraft, type Draft, type VisitState } from './model';
import type { Op } from './outbox/op';
import { fitInside } from './photo';
import { project, stepOf } from './project';
import { missing } from './proof';
import { sampleVisit as visit } from './sampleVisit.fixture';

const readAt = Date.parse('2026-11-21T05:00:00Z');

function op(kind: Op['kind'], state: Op['state'] = 'waiting', minutes = 10): Op {
  const occurredAt = new Date(readAt + minutes * 60_000).toISOString();
  return { id: kind, user: 'u', kind, visit: 'v1', number: '', path: '', body: {}, file: '', occurredAt, offsetMs: 0, state, tries: 0, nextTry: 0, doneAt: state === 'done' ? Date.parse(occurredAt) : undefined };
}

describe('project', () => {
  it.each<[string, Op[], VisitState, boolean]>([
    ['nothing done', [], 'dispatched', false],
    ['a chain of acts', [op('accept'), op('depart'), op('arrive')], 'on_site', true],
    ['all delivered since', [op('accept', 'done'), op('depart', 'done')], 'travelling', false],
    ['delivered before it was read', [op('accept', 'done', -10)], 'dispatched', false],
    ['turned away', [op('accept', 'refused')], 'dispatched', false],
    ['clashed', [op('accept'), op('depart', 'conflict')], 'accepted', true],
    ['an act that does not fit', [op('finish')], 'dispatched', true],
    ['of another visit', [{ ...op('accept'), visit: 'v2' }], 'dispatched', false],
    ['only a picture waits', [op('accept', 'done'), { ...op('photo'), file: 'f' }], 'accepted', true],
  ])('%s', (_name, ops, state, pending) => {
    expect(project(visit, readAt, ops)).toEqual({ state, pending });
  });
});

it('stepOf leads through the visit', () => {
  const states: VisitState[] = ['dispatched', 'accepted', 'travelling', 'on_site', 'finished', 'cancelled'];
  expect(states.map((state) => stepOf(state, false))).toEqual(['accept', 'depart', 'arrive', 'work', undefined, undefined]);
  expect(stepOf('on_site', true)).toBe('sign');
});

const file: KeptFile = { id: 'f1', visit: 'v1', order: 'o1', slot: 'before', blob: new Blob(), takenAt: '' };

function filled(): Draft {
  return {
    visit: 'v1',
    orders: { o1: { checks: { power: 'ok' }, readings: { delta: '11,5', extra: ' ', word: 'x' }, serial: ' 2A4F ', parts: { 'P-35UF': 1, X: 0 }, outcome: 'fixed', note: ' ok ' } },
    sign: { kind: 'code', code: '482913', signature: '', reason: '' },
  };
}

describe('missing', () => {
  it('names all that a fresh visit lacks', () => {
    expect(missing(visit, emptyDraft(visit), []).map((one) => `${one.what} ${one.name}${one.blocking ? '!' : ''}`)).toEqual([
      'check 断电验电', 'photo 维修前', 'serial ', 'reading 出回风温差', 'outcome !', 'sign !',
    ]);
  });

  it('is empty when all is there', () => {
    expect(missing(visit, filled(), [file])).toEqual([]);
  });

  it.each([
    ['code', '12', false],
    ['code', '1234', true],
    ['absent', '', false],
    ['signature', '', false],
  ] as const)('sign-off by %s %s', (kind, code, ok) => {
    const draft = { ...filled(), sign: { kind, code, signature: '', reason: '' } };
    expect(missing(visit, draft, [file]).some((one) => one.what === 'sign')).toBe(!ok);
  });
});

it('finishOp sends only what was entered', () => {
  expect(finishOp(visit, filled(), [file]).body).toEqual({
    orders: [
      {
        order_id: 'o1', outcome: 'fixed', checks: { power: 'ok' }, readings: { delta: 11.5 }, serial: '2A4F',
        parts: [{ code: 'P-35UF', quantity: 1 }], files: [{ id: 'f1', slot: 'before' }], work_note: 'ok',
      },
    ],
    sign_off: { kind: 'code', code: '482913' },
  });
});

it.each([
  [4000, 3000, 1600, 1200],
  [3000, 4000, 1200, 1600],
  [800, 600, 800, 600],
  [5000, 1, 1600, 1],
])('fitInside %d × %d', (width, height, wantWidth, wantHeight) => {
  expect(fitInside(width, height, 1600)).toEqual({ width: wantWidth, height: wantHeight });
});
