import { expect, it } from 'vitest';

import { exportRequest } from './exportRun';
import type { Column } from './types';

const columns: Column<{ n: number }>[] = [
  { key: 'n', title: 'N', width: 1, cell: (row) => row.n, sheet: 'n' },
  { key: 'act', title: '', width: 1, cell: () => undefined },
  { key: 'window', title: 'W', width: 1, cell: () => '', sheet: { at: ['promised.from', 'promised.to'], as: 'time' } },
  { key: 'state', title: 'S', width: 1, cell: () => '', sheet: { at: 'state', words: { open: '进行中' } } },
];

it('asks for the filters in force and the columns that are shown', () => {
  const source = { path: '/orders', query: { queue: 'live', state: ['ready', 'offered'], late: true, soon: undefined, outlet_id: '', brand: null } };
  expect(exportRequest('服务单', columns, source, 'xlsx')).toEqual({
    path: '/orders',
    query: { queue: ['live'], state: ['ready,offered'], late: ['true'] },
    title: '服务单',
    format: 'xlsx',
    columns: [
      { title: 'N', at: ['n'] },
      { title: 'W', at: ['promised.from', 'promised.to'], as: 'time' },
      { title: 'S', at: ['state'], words: { open: '进行中' } },
    ],
  });
});
