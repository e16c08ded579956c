import { AutoComplete } from 'antd';
import { useId } from 'react';

import { answer, api } from '@/api/client';
import { useDeskT } from '@/i18n/desk';

import { Choose } from '../parts/Inputs';
import styles from '../parts/parts.module.css';
import { useCatalog, useNameOf, useRead, useSay } from '../parts/server';
import type { Case } from '../parts/types';

export interface FieldsProps {
  extra: Record<string, unknown>;
  set: (extra: Record<string, unknown>) => void;
}

const waitedFor = ['customer', 'part', 'approval', 'product_owner', 'force_majeure'] as const;
const dangers = ['gas', 'co', 'shock', 'fire'] as const;
const priorities = ['P1', 'P2', 'P3', 'P4'] as const;
const linkKinds = ['related', 'duplicate', 'follows'] as const;
const blamed = ['customer', 'product', 'part', 'outlet', 'engineer', 'carrier', 'seller', 'supplier', 'platform', 'centre', 'system', 'force_majeure'] as const;

/** What comes after a stage of a complaint; stages that acts of the case move are not chosen by hand. */
const stageNext: Partial<Record<string, readonly string[]>> = {
  received: ['acknowledged'],
  classified: ['investigating', 'escalated'],
  investigating: ['proposal', 'escalated'],
  proposal: ['customer_agrees', 'customer_refuses'],
  customer_refuses: ['escalated', 'proposal'],
  escalated: ['investigating', 'proposal'],
  customer_agrees: ['executing'],
  executing: ['verified'],
};

/** Stages that a complaint may be moved to now. */
export function stagesAfter(one: Case): readonly string[] {
  return one.type === 'complaint' ? (stageNext[one.stage ?? ''] ?? []) : [];
}

/** Who sees a note, or that it tells of a contact. */
export function NoteFields({ extra, set }: FieldsProps) {
  const t = useDeskT();
  const kinds = ['internal', 'shared', 'contact'] as const;
  return <Choose label={t('note.kind')} value={extra['kind'] ?? 'internal'} options={kinds.map((value) => ({ value, label: t(`note.kind.${value}`) }))} onChange={(kind) => set({ ...extra, kind })} />;
}

/** Product, symptom, kind of work and class of a case. */
export function ClassFields({ one, extra, set }: FieldsProps & { one: Case }) {
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

/** A choice whose words the server keeps. */
function SaidChoice({ label, name, prefix, values, extra, set }: FieldsProps & { label: string; name: string; prefix: string; values: readonly string[] }) {
  const say = useSay();
  return <Choose label={label} value={extra[name]} options={values.map((value) => ({ value, label: say(`${prefix}.${value}`) }))} onChange={(value) => set({ ...extra, [name]: value })} />;
}

/** Whom a case waits for; of those in `among` when it goes on. */
export function WaitFields({ among = waitedFor, ...rest }: FieldsProps & { among?: readonly string[] | undefined }) {
  const t = useDeskT();
  return <SaidChoice label={t('order.waitFor')} name="waits_for" prefix="clocks.waited_for" values={among} {...rest} />;
}

/** The danger that was heard; empty clears it. */
export function DangerFields(props: FieldsProps) {
  const t = useDeskT();
  return <SaidChoice label={t('case.danger')} name="safety" prefix="case.safety" values={dangers} {...props} />;
}

/** The stage that a complaint moves to. */
export function StageFields({ one, ...rest }: FieldsProps & { one: Case }) {
  const t = useDeskT();
  return <SaidChoice label={t('case.stage')} name="stage" prefix="case.stage" values={stagesAfter(one)} {...rest} />;
}

/** Who answers for what a complaint was about; the reason says it when it stays empty. */
export function BlameFields(props: FieldsProps) {
  const t = useDeskT();
  return <SaidChoice label={t('case.responsible')} name="responsibility" prefix="catalog.responsibility" values={blamed} {...props} />;
}

/** The priority that a case gets by hand. */
export function PriorityFields({ extra, set }: FieldsProps) {
  const t = useDeskT();
  return <Choose label={t('case.priority')} value={extra['priority']} options={priorities.map((value) => ({ value, label: value }))} onChange={(priority) => set({ ...extra, priority })} />;
}

/** Another case: one of the same customer, or any by its number. */
export function OtherCaseFields({ one, extra, set, link = false }: FieldsProps & { one: Case; link?: boolean }) {
  const t = useDeskT();
  const id = useId();
  const customer = one.customer_id ?? '';
  const others = useRead(['cases', 'of', customer], () => answer(api.GET('/cases', { params: { query: { queue: 'recent', customer_id: customer, limit: 20 } } })), customer !== '').data?.items;
  const options = (others ?? []).filter((row) => row.id !== one.id).map((row) => ({ value: row.number, label: `${row.number} ${row.summary}` }));
  return (
    <>
      <label htmlFor={id} className={styles.field}>
        {t('case.other')}
        <AutoComplete id={id} placeholder="C2611-000123" options={options} value={typeof extra['number'] === 'string' ? extra['number'] : ''} onChange={(number: string) => set({ ...extra, number })} />
      </label>
      {link && (
        <Choose label={t('case.link')} value={extra['kind'] ?? 'related'} options={linkKinds.map((value) => ({ value, label: t(`case.link.${value}`) }))} onChange={(kind) => set({ ...extra, kind })} />
      )}
    </>
  );
}

/** The id of the case of a number; empty when there is none that the person may see. */
export async function caseOfNumber(number: string): Promise<string> {
  const { items } = await answer(api.GET('/cases', { params: { query: { queue: 'recent', number: number.trim(), limit: 1 } } }));
  return items?.[0]?.id ?? '';
}
