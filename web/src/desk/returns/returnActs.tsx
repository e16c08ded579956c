import { useDeskT } from '@/i18n/desk';
import { defaultZone } from '@/lib/instant';
import type { Act, ActInput } from '@/ui/actTypes';

import { AmountField, Choose, ChooseMany, NumberField, TextField, YesNo } from '../parts/Inputs';
import { may, useMe, useReasons, useSay } from '../parts/server';
import { Bill } from './Bill';
import { today, type Line, type Return } from './parts';

type Extra = Record<string, unknown>;

const needs: Partial<Record<string, string>> = {
  approve: 'returns.decide',
  reject: 'returns.decide',
  deduct: 'returns.decide',
  decide_dispute: 'returns.decide',
  withdraw: 'returns.request',
  consent: 'returns.request',
  dispute: 'returns.request',
  advance_freight: 'returns.decide',
  refuse_freight: 'returns.decide',
};
const dangers = ['reject', 'withdraw', 'lose', 'scrap', 'refuse_freight'];
const grades = ['A', 'B', 'C', 'D', 'E'];
const spoilts = ['seal_broken', 'unauthorised_repair', 'mark_damaged', 'lasting_marks', 'personal_data', 'label_cut', 'soiled', 'damaged'];
const blames = ['customer', 'product', 'carrier', 'seller', 'supplier', 'outlet', 'platform'];

/** Where an act of a return is sent, and what goes along. */
export function requestOf(id: string, line: Line | undefined, act: Act, input: ActInput): { path: string; input: ActInput } {
  const extra: Extra = { ...input.extra };
  const many = ['ship', 'lose', 'restock', 'refurbish', 'scrap', 'send_back', 'deliver', 'release'];
  if (line) {
    if (many.includes(act.key)) extra['lines'] = [line.id];
    else extra['line_id'] = line.id;
  }
  let path = act.key.replaceAll('_', '-');
  if (['restock', 'refurbish', 'scrap'].includes(act.key)) {
    path = 'dispose';
    extra['how'] = act.key;
  }
  if (act.key === 'receive' && extra['quantity'] === undefined) extra['quantity'] = line?.quantity ?? 1;
  if (act.key === 'consent') extra['accept'] = extra['accept'] === true;
  if (act.key === 'deduct') {
    const { amount } = extra;
    extra['deductions'] = amount === undefined ? [] : [{ code: extra['code'] ?? 'damage', amount, reason: extra['explain'] ?? '' }];
    for (const key of ['amount', 'code', 'explain']) Reflect.deleteProperty(extra, key);
  }
  if (act.key === 'advance_freight') {
    path = 'freight';
    extra['amount'] ??= line?.freight?.amount;
  }
  if (act.key === 'refuse_freight') path = 'freight/refuse';
  if (act.key === 'decide_dispute') extra['award'] ??= 0;
  if (typeof extra['missing'] === 'string') extra['missing'] = extra['missing'].split(/[,，、\n]/).map((one) => one.trim()).filter((one) => one !== '');
  return { path: `/returns/${id}/${path}`, input: { ...input, extra } };
}

/** Acts of a return or of one of its lines, as the server names them, with their forms. */
export function useReturnActs(): (one: Return, line?: Line) => Act[] {
  const t = useDeskT();
  const say = useSay();
  const reasons = useReasons();
  const { data: me } = useMe();
  return (one, line) => {
    const words = (prefix: string, values: readonly string[]) => values.map((value) => ({ value, label: say(`${prefix}.${value}`) }));
    const text = (key: string, label: string) => (extra: Extra, set: (extra: Extra) => void) => <TextField label={label} value={extra[key]} onChange={(value) => set({ ...extra, [key]: value })} />;
    const forms: Partial<Record<string, Omit<Act, 'key' | 'label'>>> = {
      approve: one.address ? { note: 'optional' } : { note: 'optional', fields: text('address', t('return.address')) },
      reject: { reasons: reasons('return.reject'), note: 'optional' },
      withdraw: { reasons: reasons('return.withdraw'), note: 'optional', consequence: t('return.withdraw.consequence') },
      lend: {
        fields: (extra, set) => (
          <>
            {text('item', t('return.field.item'))(extra, set)}
            {text('serial', t('return.serial'))(extra, set)}
            <TextField type="date" label={t('return.field.dueOn')} value={extra['due_on'] ?? ''} onChange={(value) => set({ ...extra, due_on: value })} />
          </>
        ),
      },
      receive: {
        fields: (extra, set) => (
          <>
            <NumberField min={1} label={t('return.quantity')} value={extra['quantity'] ?? line?.quantity ?? 1} onChange={(value) => set({ ...extra, quantity: value })} />
            {text('serial', t('return.found'))(extra, set)}
          </>
        ),
      },
      inspect: {
        fields: (extra, set) => (
          <>
            <Choose label={t('return.grade')} value={extra['grade']} options={words('return.grade', grades)} onChange={(value) => set({ ...extra, grade: value })} />
            {text('serial', t('return.found'))(extra, set)}
            {text('missing', t('return.missing'))(extra, set)}
            <ChooseMany label={t('return.spoilt')} value={extra['spoilt']} options={words('return.spoilt', spoilts)} onChange={(value) => set({ ...extra, spoilt: value })} />
            {one.recipient && text('reference', t('return.field.report', { name: one.recipient.name }))(extra, set)}
            <Choose label={t('return.field.blame')} value={extra['responsibility']} options={words('return.blame', blames)} onChange={(value) => set({ ...extra, responsibility: value })} />
          </>
        ),
      },
      deduct: {
        fields: (extra, set) => (
          <>
            <Choose label={t('return.field.for')} value={extra['code'] ?? 'damage'} options={words('return.deduction', ['wear', 'damage', 'missing', 'freight_back', 'other'])} onChange={(value) => set({ ...extra, code: value })} />
            <AmountField label={t('return.field.amount')} currency={one.currency} minor={extra['amount']} onChange={(value) => set({ ...extra, amount: value })} />
            {text('explain', t('return.field.explain'))(extra, set)}
          </>
        ),
      },
      advance_freight: {
        note: 'optional',
        ...(one.freight === 'seller' ? {} : { reasons: [{ value: 'agreed', label: t('return.freight.agreed') }] }),
        fields: (extra, set) => (
          <>
            <AmountField label={t('return.field.amount')} currency={one.currency} minor={extra['amount'] ?? line?.freight?.amount} onChange={(value) => set({ ...extra, amount: value })} />
            <Choose label={t('refund.way')} value={extra['way'] ?? 'bank'} options={words('return.way', ['bank', 'cash'])} onChange={(value) => set({ ...extra, way: value })} />
            {line?.freight?.bill === undefined && <Bill value={extra['bill']} onChange={(bill) => set({ ...extra, bill })} />}
          </>
        ),
      },
      refuse_freight: { note: 'required' },
      consent: { note: 'optional', fields: (extra, set) => <YesNo label={t('return.field.accept')} value={extra['accept']} onChange={(value) => set({ ...extra, accept: value })} /> },
      dispute: { note: 'required', fields: (extra, set) => <Choose label={t('return.field.about')} value={extra['about']} options={words('return.about', ['grade', 'swapped', 'missing', 'amount'])} onChange={(value) => set({ ...extra, about: value })} /> },
      decide_dispute: {
        note: 'required',
        fields: (extra, set) => (
          <>
            <Choose label={t('return.field.finding')} value={extra['finding']} options={words('return.finding', ['customer', 'firm', 'shared'])} onChange={(value) => set({ ...extra, finding: value })} />
            <AmountField label={t('return.field.award')} currency={one.currency} minor={extra['award']} onChange={(value) => set({ ...extra, award: value })} />
          </>
        ),
      },
      reserve: { fields: text('item', t('return.field.item')) },
      ship_replacement: {
        fields: (extra, set) => (
          <>
            {text('serial', t('return.serial'))(extra, set)}
            {text('carrier', t('return.field.carrier'))(extra, set)}
            {text('tracking', t('return.field.tracking'))(extra, set)}
          </>
        ),
      },
      send_back: one.operation.repair === 'no' ? {} : { fields: (extra, set) => <YesNo label={t('return.field.repaired')} value={extra['repaired']} onChange={(value) => set({ ...extra, repaired: value })} /> },
      restock: { consequence: t('return.dispose.consequence') },
      refurbish: { consequence: t('return.dispose.consequence') },
      scrap: { consequence: t('return.dispose.consequence') },
    };
    return ((line ? line.acts : one.acts) ?? [])
      .filter((key) => may(me, needs[key] ?? 'returns.goods'))
      .map((key): Act => ({ key, label: say(`return.act.${key}`), danger: dangers.includes(key), ...forms[key] }))
      // What undoes or throws away never stands first.
      .sort((a, b) => Number(a.danger ?? false) - Number(b.danger ?? false));
  };
}

/** Today, for forms that begin with it. */
export const formToday = () => today(defaultZone);
