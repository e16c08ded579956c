/** Browsers by what they call themselves; the first that fits: most call themselves by their ancestors' names too. */
const browsers = [
  ['MicroMessenger', 'WeChat'],
  ['EdgA?|EdgiOS', 'Edge'],
  ['OPR|Opera', 'Opera'],
  ['SamsungBrowser', 'Samsung Internet'],
  ['Firefox|FxiOS', 'Firefox'],
  ['(?:Headless)?Chrome|CriOS|Chromium', 'Chrome'],
  ['Safari', 'Safari'],
] as const;

const systems = [
  ['iPhone', 'iPhone'],
  ['iPad', 'iPad'],
  ['HarmonyOS', 'HarmonyOS'],
  ['Android', 'Android'],
  ['Windows', 'Windows'],
  ['Mac OS X|Macintosh', 'macOS'],
  ['CrOS', 'ChromeOS'],
  ['Linux|X11', 'Linux'],
] as const;

/** A device as people know it, from what its browser sends: “Chrome · Windows”; what nobody knows stays as it is. */
export function deviceOf(agent: string): string {
  const found = [browsers, systems].flatMap((list) => list.find(([pattern]) => new RegExp(`\\b(?:${pattern})(?:\\b|/)`).test(agent))?.[1] ?? []);
  return found.length > 0 ? found.join(' · ') : agent.split(' ')[0] ?? '';
}
