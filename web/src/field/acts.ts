import type { KeptFile } from './data/db';
import type { Draft, FieldVisit } from './model';
import type { OpKind } from './outbox/op';
import type { NewOp } from './outbox/outbox';

/** Acts of an engineer on a visit; the only place that knows their paths and bodies. */
export function actOp(visit: FieldVisit, kind: Exclude<OpKind, 'photo' | 'signature' | 'portrait' | 'finish'>, body: { reason?: string; note?: string; share_position?: boolean } = {}): NewOp {
  return { kind, visit: visit.id, number: visit.number, path: `/visits/${visit.id}/${kind}`, body, file: '' };
}

/** A reading as typed, with a comma or a point; undefined when it is no number. */
export function numberOf(text: string): number | undefined {
  const value = Number(text.trim().replace(/[，,]/, '.'));
  return text.trim() === '' || !Number.isFinite(value) ? undefined : value;
}

function numbers(readings: Record<string, string>): Record<string, number> {
  return Object.fromEntries(Object.entries(readings).flatMap(([key, text]) => {
    const value = numberOf(text);
    return value === undefined ? [] : [[key, value] as const];
  }));
}

/** Ends the visit with what was done for each order and how the customer signed off. */
export function finishOp(visit: FieldVisit, draft: Draft, files: readonly KeptFile[]): NewOp {
  const orders = visit.orders.map((order) => {
    const work = draft.orders[order.id];
    return {
      order_id: order.id,
      outcome: work?.outcome ?? '',
      checks: work?.checks ?? {},
      readings: numbers(work?.readings ?? {}),
      serial: work?.serial.trim() ?? '',
      parts: Object.entries(work?.parts ?? {})
        .filter(([, quantity]) => quantity > 0)
        .map(([code, quantity]) => ({ code, quantity })),
      files: files.filter((file) => file.order === order.id).map((file) => ({ id: file.id, slot: file.slot })),
      work_note: work?.note.trim() ?? '',
    };
  });
  const { kind, code, signature, reason } = draft.sign;
  const sign = { signature: { kind, file: signature }, code: { kind, code: code.trim() }, absent: { kind, reason: reason.trim() } }[kind];
  return { kind: 'finish', visit: visit.id, number: visit.number, path: `/visits/${visit.id}/finish`, body: { orders, sign_off: sign }, file: '' };
}

/** Uploads the photo by which customers know who comes to them. */
export function portraitOp(file: KeptFile): NewOp {
  return { kind: 'portrait', visit: '', number: '', path: '/field/photo', body: { id: file.id, taken_at: file.takenAt }, file: file.id };
}

/** Uploads one picture; it goes its own way, so that a slow upload never delays an act. */
export function fileOp(visit: FieldVisit, file: KeptFile): NewOp {
  return {
    kind: file.slot === 'signature' ? 'signature' : 'photo',
    visit: visit.id,
    number: visit.number,
    path: `/visits/${visit.id}/files`,
    body: { id: file.id, order_id: file.order, slot: file.slot, taken_at: file.takenAt },
    file: file.id,
  };
}
