import { useDeskT } from '@/i18n/desk';
import type { Act } from '@/ui/actTypes';

import { Choose, YesNo } from '../parts/Inputs';
import { may, useMe, useReasons, useSay } from '../parts/server';
import type { Order } from '../parts/types';
import { OfferFields } from './orderFields';
import { PlanFields, PromiseFields } from './planFields';

const paths: Partial<Record<string, string>> = { approve_review: 'approve-review', give_back: 'give-back', promise: 'promises', contact: 'contacts' };

/** Path of an act of an order below the API's root. */
export function orderActPath(id: string, key: string): string {
  return key === 'plan' ? '/dispatch/assign' : `/orders/${id}/${paths[key] ?? key}`;
}

const needs: Partial<Record<string, string>> = { release: 'orders.act', offer: 'orders.offer', withdraw: 'orders.offer', accept: 'orders.answer', decline: 'orders.answer', give_back: 'orders.answer', continue: 'orders.act', suspend: 'orders.act', resume: 'orders.act', cancel: 'orders.act' };
const waits = ['customer', 'part', 'approval', 'product_owner', 'force_majeure'] as const;
const channels = ['call', 'sms', 'chat', 'mail'] as const;
const results = ['reached', 'no_answer', 'busy', 'off', 'wrong_number', 'refused'] as const;

type Extra = Record<string, unknown>;

/** What may be done with an order now: by its state, then planning, promising and contact. */
export function useOrderActs(): (order: Order) => Act[] {
  const t = useDeskT();
  const say = useSay();
  const reasons = useReasons();
  const { data: me } = useMe();
  return (order) => {
    const label = (key: string) => say(`order.act.${key}`);
    const choose = (key: string, words: string, values: readonly string[], prefix: string) => (extra: Extra, set: (extra: Extra) => void) => (
      <Choose label={words} value={extra[key]} options={values.map((value) => ({ value, label: say(`${prefix}.${value}`) }))} onChange={(value) => set({ ...extra, [key]: value })} />
    );
    const live = !['draft', 'completed', 'posted', 'cancelled'].includes(order.state);
    const plannable = ['ready', 'accepted', 'scheduled'].includes(order.state) && order.outlet_id !== undefined;
    const build: Partial<Record<string, Omit<Act, 'key' | 'label'>>> = {
      release: {},
      offer: { fields: (extra, set) => <OfferFields order={order} extra={extra} set={set} /> },
      accept: {},
      resume: {},
      continue: { fields: (extra, set) => <YesNo label={t('order.changeOutlet')} value={extra['change_outlet']} onChange={(value) => set({ ...extra, change_outlet: value })} /> },
      suspend: { reasons: reasons('order.suspend'), note: 'optional', fields: choose('wait_for', t('order.waitFor'), waits, 'order.wait_for') },
      decline: { reasons: reasons('order.decline'), note: 'optional', danger: true },
      withdraw: { reasons: reasons('order.withdraw'), note: 'optional' },
      give_back: { reasons: reasons('order.give_back'), note: 'optional', danger: true },
      cancel: { reasons: reasons('order.cancel'), note: 'optional', danger: true, consequence: t('order.cancel.consequence') },
    };
    const next = (order.next_acts ?? []).filter((key) => may(me, needs[key] ?? 'orders.act'));
    const of = (keys: readonly string[]) => keys.flatMap((key): Act[] => (next.includes(key) && build[key] ? [{ key, label: label(key), ...build[key] }] : []));
    const acts: Act[] = of(['release', 'offer', 'accept', 'resume', 'continue']);
    if (order.state === 'completed' && may(me, 'orders.review') && order.review !== 'passed') {
      acts.push({ key: 'approve_review', label: label('approve_review'), note: 'optional' });
      acts.push({ key: 'reject', label: label('reject'), reasons: reasons('order.reject'), note: 'optional', danger: true, fields: (extra, set) => <YesNo label={t('order.onlyProof')} value={extra['only_proof']} onChange={(value) => set({ ...extra, only_proof: value })} /> });
    }
    if (plannable && may(me, 'dispatch.assign')) acts.push({ key: 'plan', label: t('order.plan'), note: 'optional', fields: (extra, set) => <PlanFields order={order} extra={extra} set={set} /> });
    if (live && may(me, 'orders.promise')) {
      acts.push({
        key: 'promise',
        label: label('promise'),
        note: 'optional',
        ...(order.promised ? { reasons: reasons('promise.change') } : {}),
        fields: (extra, set) => <PromiseFields order={order} extra={extra} set={set} />,
      });
    }
    if (live && may(me, 'orders.act')) {
      acts.push({ key: 'contact', label: label('contact'), note: 'optional', fields: (extra, set) => <><Choose label={t('order.channel')} value={extra['channel']} options={channels.map((value) => ({ value, label: t(`order.channel.${value}`) }))} onChange={(value) => set({ ...extra, channel: value })} />{choose('result', t('order.result'), results, 'order.contact')(extra, set)}</> });
      acts.push({ key: 'chase', label: label('chase'), note: 'optional' });
    }
    acts.push(...of(['withdraw', 'decline', 'suspend', 'give_back', 'cancel']));
    return acts;
  };
}
