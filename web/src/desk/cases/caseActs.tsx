import { useDeskT } from '@/i18n/desk';
import type { Act, ActInput } from '@/ui/actTypes';

import { may, useMe, useReasons, useSay } from '../parts/server';
import type { Case, Workplace } from '../parts/types';
import { BlameFields, caseOfNumber, ClassFields, DangerFields, NoteFields, OtherCaseFields, PriorityFields, StageFields, stagesAfter, WaitFields } from './caseFields';
import { OrderFields } from './OrderFields';

const paths: Partial<Record<string, string>> = { note: 'notes', solve_remotely: 'solve-remotely', not_solved: 'not-solved', go_on: 'go-on', link: 'links' };

/** Path of an act of a case below the API's root. */
export function caseActPath(id: string, key: string): string {
  return key === 'order' ? '/orders' : `/cases/${id}/${paths[key] ?? key}`;
}

/** Whom a case waits for by its clocks. */
export function waitsOf(clocks: Workplace['clocks'] | undefined): string[] {
  return [...new Set((clocks ?? []).filter((clock) => clock.status === 'paused').flatMap((clock) => clock.waits_for ?? []))];
}

/** What the server takes of a form: ids for numbers, and what a choice means when it stays as it stands. */
export async function caseActInput(act: string, input: ActInput, meId: string | undefined, waits: readonly string[]): Promise<ActInput> {
  const { number, ...extra } = input.extra;
  let { note } = input;
  if (act === 'assign') extra['assignee_id'] = meId;
  if (act === 'go_on') extra['waits_for'] ??= waits[0];
  if (act === 'wait') extra['waits_for'] ??= 'customer';
  if (act === 'link') extra['kind'] ??= 'related';
  // A number that belongs to no case goes as it stands: the server refuses it in its own words.
  if (act === 'merge' || act === 'link') extra[act === 'merge' ? 'into' : 'other'] = (await caseOfNumber(number as string)) || number;
  if (act === 'note') {
    extra['text'] = note;
    note = '';
  }
  return { ...input, note, extra };
}

/** What may be done with a case now: what its state allows, then what is always possible. */
export function useCaseActs(): (one: Case, clocks?: Workplace['clocks']) => Act[] {
  const t = useDeskT();
  const say = useSay();
  const reasons = useReasons();
  const { data: me } = useMe();
  return (one, clocks) => {
    const live = one.state !== 'closed' && one.state !== 'cancelled';
    const complaint = one.type === 'complaint';
    const acts: Act[] = [];
    const label = (key: string) => say(`case.act.${key}`);
    if (live && one.safety && !one.advised_at) acts.push({ key: 'advise', label: t('case.advise'), note: 'optional', consequence: say(`case.safety_script.${one.safety}`) });
    const build: Partial<Record<string, () => Act>> = {
      classify: () => ({ key: 'classify', label: label('classify'), note: 'optional', fields: (extra, set) => <ClassFields one={one} extra={extra} set={set} /> }),
      solve_remotely: () => ({ key: 'solve_remotely', label: label('solve_remotely'), reasons: reasons('case.solve_remotely'), note: 'optional' }),
      not_solved: () => ({ key: 'not_solved', label: label('not_solved'), reasons: reasons('case.not_solved'), note: 'optional' }),
      close: () => ({
        key: 'close',
        label: label('close'),
        reasons: reasons(complaint ? 'complaint.close' : 'case.close'),
        note: 'optional',
        ...(complaint ? { fields: (extra, set) => <BlameFields extra={extra} set={set} /> } : {}),
      }),
      reopen: () => ({ key: 'reopen', label: label('reopen'), reasons: reasons('case.reopen'), note: 'optional' }),
      cancel: () => ({ key: 'cancel', label: label('cancel'), danger: true, reasons: reasons('case.cancel'), note: 'optional' }),
      merge: () => ({ key: 'merge', label: label('merge'), reasons: reasons('case.merge'), consequence: t('case.merge.consequence'), fields: (extra, set) => <OtherCaseFields one={one} extra={extra} set={set} /> }),
    };
    const next = may(me, 'cases.act') ? (one.next_acts ?? []) : [];
    const last = ['merge', 'cancel'];
    const first = next.filter((key) => !last.includes(key)).flatMap((key) => build[key]?.() ?? []);
    const order: Act[] = (one.state === 'diagnosing' || one.state === 'serving' || one.state === 'open') && may(me, 'orders.act') ? [{ key: 'order', label: t('case.createOrder'), fields: (extra, set) => <OrderFields one={one} extra={extra} set={set} /> }] : [];
    acts.push(...(one.state === 'open' ? [...first, ...order] : [...order, ...first]));
    if (live && may(me, 'cases.assign') && one.assignee_id !== me?.id) acts.push({ key: 'assign', label: t('case.takeIt') });
    if (may(me, 'cases.act')) {
      const waits = waitsOf(clocks);
      if (live && waits.length > 0) acts.push({ key: 'go_on', label: label('go_on'), note: 'optional', fields: (extra, set) => <WaitFields among={waits} extra={{ waits_for: waits[0], ...extra }} set={set} /> });
      if (live && stagesAfter(one).length > 0) acts.push({ key: 'stage', label: label('stage'), note: 'optional', fields: (extra, set) => <StageFields one={one} extra={extra} set={set} /> });
      acts.push({ key: 'note', label: label('note'), fields: (extra, set) => <NoteFields extra={extra} set={set} />, note: 'required' });
      if (live) {
        acts.push(
          { key: 'wait', label: label('wait'), reasons: reasons('clock.pause'), note: 'optional', fields: (extra, set) => <WaitFields extra={{ waits_for: 'customer', ...extra }} set={set} /> },
          { key: 'chase', label: label('chase'), note: 'optional' },
          { key: 'priority', label: label('priority'), reasons: reasons('case.escalate'), note: 'optional', fields: (extra, set) => <PriorityFields extra={extra} set={set} /> },
          one.safety
            ? { key: 'safety', label: t('case.danger.clear'), reasons: reasons('case.clear_safety'), note: 'required', danger: true }
            : { key: 'safety', label: t('case.danger.mark'), note: 'optional', fields: (extra, set) => <DangerFields extra={extra} set={set} /> },
        );
      }
      acts.push({ key: 'link', label: label('link'), note: 'optional', fields: (extra, set) => <OtherCaseFields one={one} extra={extra} set={set} link /> });
    }
    acts.push(...last.filter((key) => next.includes(key)).flatMap((key) => build[key]?.() ?? []));
    return acts;
  };
}
