import type { FieldVisit } from './model';

/** A visit with everything that proof can ask for, for tests. */
export const sampleVisit: FieldVisit = {
  id: 'v1',
  number: 'V2611-000001',
  state: 'dispatched',
  start: '2026-11-21T06:00:00Z',
  end: '2026-11-21T08:00:00Z',
  zone: 'Asia/Shanghai',
  customer: '王先生',
  address: '浙江省杭州市西湖区文三路 478 号',
  accessNote: '',
  serviceCode: '',
  orders: [
    {
      id: 'o1',
      number: 'S2611-000001',
      service: '维修',
      fault: '不制冷',
      instructions: '',
      due: '',
      model: 'KFR-35GW',
      serial: '',
      checklist: [
        { key: 'power', label: '断电验电', required: true },
        { key: 'clean', label: '清理现场', required: false },
      ],
      photos: [
        { slot: 'before', label: '维修前', min: 1 },
        { slot: 'plate', label: '铭牌', min: 0 },
      ],
      readings: [{ key: 'delta', label: '出回风温差', unit: '℃', required: true }],
      serialRequired: true,
      parts: [{ code: 'P-35UF', name: '电容', quantity: 1 }],
    },
  ],
  declineReasons: [],
  failReasons: [],
};
