/** What a list shows, as the URL says it. */
export interface ListState {
  /** Free text of the list's own search box. */
  q: string;
  /** Chosen values by filter key; a key without values is absent. */
  filters: Record<string, string[]>;
  /** Column key, with a leading minus for descending; empty for the list's own order. */
  sort: string;
  /** The row whose detail is open. */
  selected: string;
}

/** Search parameters of a URL, one text value a key. */
export type Search = Record<string, string>;

const own = { q: 'q', sort: 'sort', selected: 'sel' } as const;

function splitValues(text: string): string[] {
  const values: string[] = [];
  let value = '';
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    if (char === '\\' && i + 1 < text.length) value += text.charAt(++i);
    else if (char === ',') {
      values.push(value);
      value = '';
    } else value += char;
  }
  values.push(value);
  return values.filter((one) => one !== '');
}

function joinValues(values: readonly string[]): string {
  return values.map((value) => value.replace(/[\\,]/g, '\\$&')).join(',');
}

/** Reads a list's state from the URL; parameters that are no filter of this list are left to others. */
export function readListState(search: Search, filterKeys: readonly string[]): ListState {
  const filters: Record<string, string[]> = {};
  for (const key of filterKeys) {
    const values = splitValues(search[key] ?? '');
    if (values.length > 0) filters[key] = values;
  }
  return { q: search[own.q] ?? '', filters, sort: search[own.sort] ?? '', selected: search[own.selected] ?? '' };
}

/** Writes a list's state into the URL's parameters, keeping those of others; empty values leave no parameter. */
export function writeListState(search: Search, state: ListState, filterKeys: readonly string[]): Search {
  const out: Search = { ...search };
  const put = (key: string, value: string) => {
    if (value === '') Reflect.deleteProperty(out, key);
    else out[key] = value;
  };
  put(own.q, state.q);
  put(own.sort, state.sort);
  put(own.selected, state.selected);
  for (const key of filterKeys) put(key, joinValues(state.filters[key] ?? []));
  return out;
}

/** Search text of a URL to parameters, the last of a repeated key winning. */
export function parseSearch(text: string): Search {
  return Object.fromEntries(new URLSearchParams(text));
}

/** Parameters to search text, commas and colons left readable. */
export function stringifySearch(search: Record<string, unknown>): string {
  const pairs = Object.entries(search)
    .filter((pair): pair is [string, string] => typeof pair[1] === 'string' && pair[1] !== '')
    .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value).replaceAll('%2C', ',').replaceAll('%3A', ':')}`);
  return pairs.length > 0 ? `?${pairs.join('&')}` : '';
}
