import type { FieldVisit, VisitState } from './model';
import type { OpKind, StoredOp } from './outbox/op';

type Move = Partial<Record<VisitState, VisitState>>;

const moves: Partial<Record<OpKind, Move>> = {
  accept: { planned: 'accepted', dispatched: 'accepted' },
  decline: { dispatched: 'planned', accepted: 'planned' },
  depart: { accepted: 'travelling' },
  arrive: { accepted: 'on_site', travelling: 'on_site' },
  finish: { on_site: 'finished' },
  fail: { accepted: 'failed', travelling: 'failed', on_site: 'failed' },
};

/**
 * The visit as the engineer left it: what the server said, moved on by what was done since on this
 * phone. Acts delivered before the server was asked are in it already; turned-away ones count for
 * nothing.
 */
export function project(visit: FieldVisit, readAt: number, ops: readonly StoredOp[]): { state: VisitState; pending: boolean } {
  let state = visit.state;
  let pending = false;
  for (const op of ops) {
    if (op.visit !== visit.id || op.state === 'refused' || op.state === 'conflict') continue;
    if (op.state === 'done' && (op.doneAt ?? 0) < readAt) continue;
    const next = moves[op.kind]?.[state];
    if (next) state = next;
    pending ||= op.state !== 'done';
  }
  return { state, pending };
}

/** The steps of a visit in order. */
export const steps = ['accept', 'depart', 'arrive', 'work', 'sign'] as const;
export type Step = (typeof steps)[number];

/** Which step comes next in a state; undefined when the visit has ended. */
export function stepOf(state: VisitState, signing: boolean): Step | undefined {
  switch (state) {
    case 'planned':
    case 'dispatched':
      return 'accept';
    case 'accepted':
      return 'depart';
    case 'travelling':
      return 'arrive';
    case 'on_site':
      return signing ? 'sign' : 'work';
    default:
      return undefined;
  }
}
