const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/**
 * What a form holds after its record was read again: untouched fields follow the record, touched ones stay. `clash` says
 * that a field was changed on both sides, to different things. Nothing when the record has not changed.
 */
export function mergeEdits<T extends object>(base: T, value: T, record: T): { value: T; clash: boolean } | undefined {
  if (same(base, record)) return undefined;
  const merged = { ...record };
  let clash = false;
  for (const key of Object.keys(value) as (keyof T)[]) {
    if (same(value[key], base[key])) continue;
    merged[key] = value[key];
    if (!same(record[key], base[key]) && !same(record[key], value[key])) clash = true;
  }
  return { value: merged, clash };
}
