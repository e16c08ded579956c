import { describe, expect, it } from 'vitest';

import type { ImportMapping, ImportTarget } from '../parts/types';
import { fill, filledBy, unfilled } from './importMapping';

const mapping: ImportMapping = {
  target: 'units',
  columns: [
    { field: 'serial', from: ['机号', '旧机号'], first: true },
    { field: 'sold_on', from: ['购买日'], format: '2/1/2006' },
  ],
};
const target: ImportTarget = {
  name: 'units',
  label: '机器',
  can_undo: true,
  can_export: true,
  fields: [
    { name: 'serial', label: '机号', type: 'text', required: true },
    { name: 'model', label: '机型', type: 'text', required: true },
    { name: 'sold_on', label: '购买日期', type: 'day' },
  ],
};

describe('a mapping', () => {
  it('says what fills a field', () => {
    expect(filledBy(mapping, 'serial')).toEqual({ from: '机号', other: '' });
    expect(filledBy(mapping, 'model')).toEqual({ from: '', other: '' });
  });

  it('takes a column or a constant for a field that had none', () => {
    expect(fill(mapping, 'model', { from: '型号', other: '' }).columns?.at(-1)).toEqual({ field: 'model', from: ['型号'] });
    expect(fill(mapping, 'model', { from: '', other: 'KF-35' }).columns?.at(-1)).toEqual({ field: 'model', default: 'KF-35' });
  });

  it('keeps the rest of a column whose default changes, and forgets it with the column', () => {
    expect(fill(mapping, 'sold_on', { from: '购买日', other: '2020-01-01' }).columns?.[1]).toEqual({ field: 'sold_on', from: ['购买日'], format: '2/1/2006', default: '2020-01-01' });
    expect(fill(mapping, 'sold_on', { from: '安装日', other: '' }).columns?.[1]).toEqual({ field: 'sold_on', from: ['安装日'] });
  });

  it('drops a field that nothing fills and leaves the given mapping as it was', () => {
    expect(fill(mapping, 'serial', { from: '', other: '' }).columns?.map((one) => one.field)).toEqual(['sold_on']);
    expect(mapping.columns).toHaveLength(2);
  });

  it('names the required fields that are missing', () => {
    expect(unfilled(mapping, target)).toEqual(['机型']);
    expect(unfilled({ target: 'units', columns: [] }, target)).toEqual(['机号', '机型']);
  });
});
