/** What an event says about its record, as far as a reader is told of changes. */
export interface Fact {
  priority?: string;
  service_type?: string;
  category?: string;
  unit_id?: string;
  reason?: string;
}

const keys = ['priority', 'service_type', 'category', 'unit_id'] as const;

/** One thing that a correction changed. */
export interface Change {
  key: (typeof keys)[number];
  from: string;
  to: string;
}

/** Reads the texts of an event's body; whatever else it holds is left out. */
export function factOf(data: unknown): Fact {
  if (typeof data !== 'object' || data === null) return {};
  const fact: Fact = {};
  for (const [key, value] of Object.entries(data)) {
    if ((key === 'reason' || keys.some((one) => one === key)) && typeof value === 'string' && value !== '') fact[key as keyof Fact] = value;
  }
  return fact;
}

/** What differs between two events of the same record, in the order that people ask for it. */
export function changes(before: Fact, now: Fact): Change[] {
  return keys.filter((key) => (before[key] ?? '') !== (now[key] ?? '')).map((key) => ({ key, from: before[key] ?? '', to: now[key] ?? '' }));
}
