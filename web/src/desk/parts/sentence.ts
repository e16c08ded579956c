type Say = (key: string, other?: string) => string;

/** Puts parameters into the server's words of a code: {limit} as it is, {state|word:import.state} by its own word. */
export function sentence(say: Say, key: string, params: Record<string, unknown> = {}): string {
  return say(key).replace(/\{(\w+)(?:\|(\w+)(?::([\w.]+))?)?\}/g, (_, name: string, form?: string, prefix?: string) => {
    const value = params[name];
    if (Array.isArray(value)) return value.map(String).join(', ');
    const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
    return form === 'word' && prefix ? say(`${prefix}.${text}`, text) : text;
  });
}
