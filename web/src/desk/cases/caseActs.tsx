import { useDeskT } from '@/i18n/desk';
import type { Act } from '@/ui/actTypes';

import { Choose } from '../parts/Inputs';
import { may, useCatalog, useMe, useNameOf, useReasons, useSay } from '../parts/server';
import type { Case } from '../parts/types';
import { OrderFields } from './OrderFields';

const paths: Partial<Record<string, string>> = { note: 'notes', solve_remotely: 'solve-remotely', not_solved: 'not-solved' };

/** Path of an act of a case below the API's root. */
export function caseActPath(id: string, key: string): string {
  return key === 'order' ? '/orders' : `/cases/${id}/${paths[key] ?? key}`;
}

/** What may be done with a case now: what its state allows, then what is always possible. */
export function useCaseActs(): (one: Case) => Act[] {
  const t = useDeskT();
  const say = useSay();
  const reasons = useReasons();
  const { data: me } = useMe();
  return (one) => {
    const live = one.state !== 'closed' && one.state !== 'cancelled';
    const acts: Act[] = [];
    const label = (key: string) => say(`case.act.${key}`);
    if (live && one.safety && !one.advised_at) acts.push({ key: 'advise', label: t('case.advise'), note: 'optional', consequence: say(`case.safety_script.${one.safety}`) });
    const build: Partial<Record<string, () => Act>> = {
      classify: () => ({ key: 'classify', label: label('classify'), note: 'optional', fields: (extra, set) => <ClassFields one={one} extra={extra} set={set} /> }),
      solve_remotely: () => ({ key: 'solve_remotely', label: label('solve_remotely'), reasons: reasons('case.solve_remotely'), note: 'optional' }),
      not_solved: () => ({ key: 'not_solved', label: label('not_solved'), reasons: reasons('case.not_solved'), note: 'optional' }),
      close: () => ({ key: 'close', label: label('close'), reasons: reasons(one.type === 'complaint' ? 'complaint.close' : 'case.close'), note: 'optional' }),
      reopen: () => ({ key: 'reopen', label: label('reopen'), reasons: reasons('case.reopen'), note: 'optional' }),
      cancel: () => ({ key: 'cancel', label: label('cancel'), danger: true, reasons: reasons('case.cancel'), note: 'optional' }),
    };
    const next = may(me, 'cases.act') ? (one.next_acts ?? []) : [];
    const first = next.filter((key) => key !== 'cancel').flatMap((key) => build[key]?.() ?? []);
    const order: Act[] = (one.state === 'diagnosing' || one.state === 'serving' || one.state === 'open') && may(me, 'orders.act') ? [{ key: 'order', label: t('case.createOrder'), fields: (extra, set) => <OrderFields one={one} extra={extra} set={set} /> }] : [];
    acts.push(...(one.state === 'open' ? [...first, ...order] : [...order, ...first]));
    if (live && may(me, 'cases.assign') && one.assignee_id !== me?.id) acts.push({ key: 'assign', label: t('case.takeIt') });
    if (may(me, 'cases.act')) {
      acts.push({ key: 'note', label: label('note'), fields: (extra, set) => <NoteFields extra={extra} set={set} />, note: 'required' });
      if (live) acts.push({ key: 'chase', label: label('chase'), note: 'optional' });
    }
    if (next.includes('cancel')) acts.push(...[build['cancel']?.()].filter((act) => act !== undefined));
    return acts;
  };
}

interface FieldsProps {
  extra: Record<string, unknown>;
  set: (extra: Record<string, unknown>) => void;
}

function NoteFields({ extra, set }: FieldsProps) {
  const t = useDeskT();
  const kinds = ['internal', 'shared', 'contact'] as const;
  return <Choose label={t('note.kind')} value={extra['kind'] ?? 'internal'} options={kinds.map((value) => ({ value, label: t(`note.kind.${value}`) }))} onChange={(kind) => set({ ...extra, kind })} />;
}

function ClassFields({ one, extra, set }: FieldsProps & { one: Case }) {
  const t = useDeskT();
  const catalog = useCatalog();
  const nameOf = useNameOf();
  const now: Record<string, unknown> = { category: one.category, symptom: one.symptom, service_type: one.service_type, class: one.class, ...extra };
  const put = (key: string, value: unknown) => set({ ...extra, [key]: value });
  const options = (rows: readonly { code: string; name_zh: string; name_en: string }[]) => rows.map((row) => ({ value: row.code, label: nameOf(row) }));
  return (
    <>
      <Choose label={t('case.product')} value={now['category']} options={options((catalog?.categories ?? []).filter((row) => row.active))} onChange={(value) => set({ ...extra, category: value, symptom: undefined })} />
      <Choose label={t('case.symptom')} value={now['symptom']} options={options((catalog?.symptoms ?? []).filter((row) => row.category === now['category']))} onChange={(value) => put('symptom', value)} />
      <Choose label={t('order.service')} value={now['service_type']} options={options((catalog?.service_types ?? []).filter((row) => row.active))} onChange={(value) => put('service_type', value)} />
      <Choose label={t('case.class')} value={now['class']} options={options((catalog?.classes ?? []).filter((row) => row.active && row.tree === (one.type === 'complaint' ? 'complaint' : 'case')))} onChange={(value) => put('class', value)} />
    </>
  );
}
