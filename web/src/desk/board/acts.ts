import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';

import { call } from '@/api/client';
import { asApiError, type ApiError } from '@/api/problem';
import { uuid } from '@/lib/ids';
import { createStore, useStore } from '@/lib/store';

import type { Bar, Work } from './types';

/** Somebody's last act, and how it is taken back. */
export interface Undoable {
  /** What was done, in words. */
  words: string;
  undo: () => Promise<void>;
}

/** What an act needs beyond who and when. */
export interface Because {
  operationId: string;
  reason?: string | undefined;
  note?: string | undefined;
  override?: boolean | undefined;
}

/** The reason of moves that nobody asked for. */
export const plainReason = 'dispatcher_moves';

interface Answered {
  visit?: { id: string; version?: number };
}

const last = createStore<Undoable | undefined>(undefined);

async function post(path: string, body: Record<string, unknown>, operationId: string): Promise<Answered> {
  return call('POST', path, { body: { ...body, operation_id: operationId }, headers: { 'Idempotency-Key': operationId } }, (answered) => (answered ?? {}) as Answered);
}

const spoken = ({ reason, note, override }: Because) => ({ ...(reason ? { reason } : {}), ...(note ? { note } : {}), ...(override ? { override } : {}) });

/** Assigning, moving and taking off, each with the way back. */
export function useBoardActs() {
  const queries = useQueryClient();
  const undoable = useStore(last);
  const fresh = useCallback(() => Promise.all(['dispatch-day', 'orders', 'order', 'home', 'dispatch-alerts'].map((key) => queries.invalidateQueries({ queryKey: [key] }))), [queries]);

  const acts = useMemo(() => {
    const takeOff = (visitId: string, because: Because) => post(`/dispatch/visits/${visitId}/unassign`, { reason: because.reason ?? plainReason, ...(because.note ? { note: because.note } : {}) }, because.operationId);
    const assign = (orders: readonly string[], engineers: readonly string[], start: number, because: Because, end?: number) =>
      post('/dispatch/assign', { orders, engineers, start: new Date(start).toISOString(), ...(end === undefined ? {} : { end: new Date(end).toISOString() }), ...spoken(because) }, because.operationId);
    const move = (visitId: string, version: number | undefined, engineers: readonly string[], start: number, because: Because) =>
      post(`/dispatch/visits/${visitId}/move`, { engineers, start: new Date(start).toISOString(), ...(version ? { version } : {}), ...spoken({ ...because, reason: because.reason ?? plainReason }) }, because.operationId);
    const keep = (one: Undoable) => last.set({ ...one, undo: async () => one.undo().then(() => last.set(undefined)) });

    return {
      /** Gives work to engineers, or moves it to them. */
      async place(work: Work, engineers: readonly string[], start: number, because: Because, words: string): Promise<void> {
        const { visitId, crew, start: before } = work;
        const back = uuid();
        if (visitId === undefined) {
          const made = (await assign(work.orders, engineers, start, because)).visit?.id;
          if (made) keep({ words, undo: () => takeOff(made, { operationId: back }).then(fresh).then(() => undefined) });
        } else {
          const made = (await move(visitId, work.version, engineers, start, because)).visit?.version;
          if (before !== undefined) keep({ words, undo: () => move(visitId, made, crew, before, { operationId: back }).then(fresh).then(() => undefined) });
        }
        await fresh();
      },
      /** Takes a visit off the plan. */
      async takeOff(bar: Bar, because: Because, words: string): Promise<void> {
        const { visit } = bar;
        if (!visit?.id) return;
        await takeOff(visit.id, because);
        const orders = bar.orders.map((one) => one.id);
        const back = uuid();
        keep({ words, undo: () => assign(orders, visit.crew ?? [], Date.parse(visit.start), { operationId: back }, Date.parse(visit.end)).then(fresh).then(() => undefined) });
        await fresh();
      },
      /** Exchanges the engineers of two visits. */
      async swap(a: string, b: string, because: Because, words: string): Promise<void> {
        const exchange = (reason: Because) => post(`/dispatch/visits/${a}/swap`, { with: b, ...spoken({ ...reason, reason: reason.reason ?? plainReason }) }, reason.operationId);
        await exchange(because);
        const back = uuid();
        keep({ words, undo: () => exchange({ operationId: back }).then(fresh).then(() => undefined) });
        await fresh();
      },
      /** Tells the engineers of several visits, one after the other; each answers for itself. */
      async sendAll(visits: readonly { id: string; key: string }[], told: (id: string, failure: ApiError | undefined) => void): Promise<void> {
        for (const { id, key } of visits) {
          try {
            await post(`/visits/${id}/dispatch`, {}, key);
            told(id, undefined);
          } catch (thrown) {
            told(id, asApiError(thrown));
          }
        }
        await fresh();
      },
      /** Tells the engineer of a visit. */
      async send(visitId: string): Promise<void> {
        await post(`/visits/${visitId}/dispatch`, {}, uuid());
        await fresh();
      },
    };
  }, [fresh]);
  return { ...acts, undoable, fresh };
}
