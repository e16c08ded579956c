const made = new Map<string, Intl.DateTimeFormat>();

/**
 * A formatter of times, made once for the same question: making one costs a hundred times as much as using it, and a
 * page shows thousands of times. Throws RangeError for a zone that does not exist.
 */
export function formatter(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${JSON.stringify(options)}`;
  const known = made.get(key);
  if (known) return known;
  const fresh = new Intl.DateTimeFormat(locale, options);
  made.set(key, fresh);
  return fresh;
}
