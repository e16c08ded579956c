import { expect, it } from 'vitest';

import type { components } from '@/api/schema';

import { visitOf } from './source';

type Sent = components['schemas']['OrdersFieldVisit'];

const order: NonNullable<Sent['orders']>[number] = {
  id: 'o1', number: 'S1', service: '维修', fault: '不制冷', model: 'KFR-35GW', serial: '', checklist: null, photos: null,
  readings: [{ key: 'k', label: 'l', required: true }], serial_required: true, parts: [{ part_id: 'p1', code: 'P-35UF', name: '电容', quantity: 1 }], tools: ['真空泵'], due: '',
};

const sent: Sent = {
  id: 'v1', number: 'V1', state: 'dispatched', start: '2026-11-21T06:00:00Z', end: '2026-11-21T08:00:00Z', planned_start: '2026-11-21T06:00:00Z', planned_end: '2026-11-21T07:00:00Z',
  zone: 'Asia/Shanghai', customer: '王**', address: '文三路', access_note: '东门进', service_code: '4829', orders: [order], decline_reasons: null, fail_reasons: [{ value: 'nobody', label: '无人' }], version: 3,
};

it('keeps a visit of the API with empty lists in place of none', () => {
  const visit = visitOf(sent);
  expect(visit).toMatchObject({ id: 'v1', accessNote: '东门进', serviceCode: '4829', declineReasons: [], failReasons: [{ value: 'nobody' }] });
  expect(visit.orders[0]).toMatchObject({ serialRequired: true, checklist: [], photos: [], readings: [{ key: 'k', unit: '' }], parts: [{ code: 'P-35UF' }], tools: ['真空泵'] });
});

it('knows a visit without orders', () => {
  expect(visitOf({ ...sent, orders: null }).orders).toEqual([]);
});
