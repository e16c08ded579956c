import { numberOf } from './acts';
import type { KeptFile } from './data/db';
import type { Draft, FieldVisit, SignOff } from './model';

/** Something that is not there yet. `blocking` must come before the visit ends, the rest may follow. */
export interface Missing {
  what: 'check' | 'photo' | 'serial' | 'reading' | 'outcome' | 'sign';
  order: string;
  name: string;
  blocking: boolean;
}

function signed(sign: SignOff): boolean {
  switch (sign.kind) {
    case 'signature':
      return sign.signature !== '';
    case 'code':
      return /^\d{4,8}$/.test(sign.code.trim());
    case 'absent':
      return sign.reason.trim() !== '';
  }
}

/** What a visit still lacks, in the order of its screens. */
export function missing(visit: FieldVisit, draft: Draft, files: readonly KeptFile[]): Missing[] {
  const out: Missing[] = [];
  for (const order of visit.orders) {
    const work = draft.orders[order.id];
    const miss = (what: Missing['what'], name = '', blocking = false) => out.push({ what, order: order.number, name, blocking });
    for (const check of order.checklist) if (check.required && !work?.checks[check.key]) miss('check', check.label);
    for (const photo of order.photos) {
      const taken = files.filter((file) => file.order === order.id && file.slot === photo.slot).length;
      if (taken < photo.min) miss('photo', photo.label);
    }
    if (order.serialRequired && !work?.serial.trim()) miss('serial');
    for (const reading of order.readings) if (reading.required && numberOf(work?.readings[reading.key] ?? '') === undefined) miss('reading', reading.label);
    if (!work?.outcome) miss('outcome', '', true);
  }
  if (!signed(draft.sign)) out.push({ what: 'sign', order: '', name: '', blocking: true });
  return out;
}
