import { expect, it } from 'vitest';

import { defaultZone } from '@/lib/instant';

import { zoneOfWork } from './zone';

const outlets = [
  { id: 'hz', zone: 'Asia/Shanghai', point: { lat: 30.27, lon: 120.15 } },
  { id: 'ny', zone: 'America/New_York', point: { lat: 40.71, lon: -74 } },
  { id: 'la', zone: 'America/Los_Angeles', point: { lat: 34.05, lon: -118.24 } },
  { id: 'akl', zone: 'Pacific/Auckland', point: { lat: -36.85, lon: 174.76 } },
  { id: 'bare', zone: 'Europe/Berlin' },
];

it.each([
  ['as the server says, who knows which outlet serves the place', { zone: 'America/New_York', lat: 37.77, lon: -122.42 }, 'America/New_York'],
  ['of its outlet, wherever it lies', { outlet_id: 'ny', lat: 34, lon: -118 }, 'America/New_York'],
  ['of an outlet without a place', { outlet_id: 'bare' }, 'Europe/Berlin'],
  ['of China by its division', { division: '330106', lat: 40.7, lon: -74 }, 'Asia/Shanghai'],
  ['of a town of China', { division: '330106001' }, 'Asia/Shanghai'],
  ['of the near coast', { lat: 37.77, lon: -122.42 }, 'America/Los_Angeles'],
  ['of the other coast', { lat: 42.36, lon: -71.06 }, 'America/New_York'],
  ['over the date line', { lat: -21.13, lon: -175.2 }, 'Pacific/Auckland'],
  ['of an outlet that is not known any more, by its place', { outlet_id: 'gone', lat: 35, lon: -117 }, 'America/Los_Angeles'],
  ['of nothing known', {}, defaultZone],
])('zone %s', (_, place, want) => {
  expect(zoneOfWork(outlets, place)).toBe(want);
});

it('has a zone where there is no outlet', () => {
  expect(zoneOfWork([], { lat: 1, lon: 2 })).toBe(defaultZone);
});
