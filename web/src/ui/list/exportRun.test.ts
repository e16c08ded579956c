import { expect, it, vi } from 'vitest';

import { csvCell, exportList, exportStore } from './exportRun';

vi.mock('@/lib/download', () => ({ saveAs: vi.fn() }));

it.each([
  ['C2611-1', 'C2611-1'],
  ['a,b', '"a,b"'],
  ['他说"好"', '"他说""好"""'],
  ['=HYPERLINK("x")', `"'=HYPERLINK(""x"")"`],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['-5', '-5'],
  ['two\nlines', '"two\nlines"'],
])('%s as a cell', (value, want) => {
  expect(csvCell(value)).toBe(want);
});

it('reads every page and tells how far it is', async () => {
  const { saveAs } = await import('@/lib/download');
  const pages: Record<string, { items: { n: number }[]; next_cursor?: string; total: number }> = { '': { items: [{ n: 1 }, { n: 2 }], next_cursor: 'x', total: 3 }, x: { items: [{ n: 3 }], total: 3 } };
  await exportList('cases', [{ key: 'n', title: 'N', width: 1, cell: (row: { n: number }) => row.n }], (cursor) => Promise.resolve(pages[cursor ?? ''] ?? { items: [] }));
  const [blob, name] = vi.mocked(saveAs).mock.calls[0] ?? [];
  expect(await blob?.text()).toBe('N\r\n1\r\n2\r\n3\r\n');
  expect(name).toMatch(/^cases-\d{4}-\d\d-\d\d\.csv$/);
  expect(exportStore.get()[0]).toMatchObject({ title: 'cases', state: 'done', done: 3, total: 3 });
});

it('says why it failed', async () => {
  await exportList('cases', [], () => Promise.reject(new TypeError('no network')));
  expect(exportStore.get()[0]).toMatchObject({ state: 'failed' });
});
