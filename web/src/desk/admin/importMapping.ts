import type { ImportMapping, ImportTarget } from '../parts/types';

/** What fills one field of a new import: a column of the sheet, and what stands for its empty cells. */
export interface Filled {
  from: string;
  other: string;
}

type Column = NonNullable<ImportMapping['columns']>[number];

/** What fills a field; empty texts when nothing does. */
export function filledBy(mapping: ImportMapping, field: string): Filled {
  const column = mapping.columns?.find((one) => one.field === field);
  return { from: column?.from?.[0] ?? '', other: column?.default ?? '' };
}

/** The mapping with another column for a field. What a saved mapping says besides (formats, values) stays, unless the column changes. */
export function fill(mapping: ImportMapping, field: string, now: Filled): ImportMapping {
  const columns = mapping.columns ?? [];
  const before = columns.find((one) => one.field === field);
  const rest = columns.filter((one) => one.field !== field);
  if (now.from === '' && now.other === '') return { ...mapping, columns: rest };
  const kept: Column = before && before.from?.[0] === now.from ? { ...before } : { field, ...(now.from === '' ? {} : { from: [now.from] }) };
  if (now.other === '') delete kept.default;
  else kept.default = now.other;
  return { ...mapping, columns: before ? columns.map((one) => (one === before ? kept : one)) : [...rest, kept] };
}

/** Labels of the required fields that nothing fills yet. */
export function unfilled(mapping: ImportMapping, target: ImportTarget): string[] {
  return (target.fields ?? []).filter((field) => field.required && !mapping.columns?.some((one) => one.field === field.name)).map((field) => field.label);
}
