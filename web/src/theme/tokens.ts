/** What a colour says. Never alone: a tone always goes with an icon and a word. */
export type Tone = 'neutral' | 'info' | 'busy' | 'good' | 'warn' | 'bad';

interface ToneColours {
  fg: string;
  bg: string;
}

/** The look of one mode. Pairs of fg on bg keep a contrast of at least 4.5. */
export interface Palette {
  accent: string; // fill of the primary button, focus ring
  accentText: string; // links and selected words on bg and surface
  accentSoft: string; // ground of what is selected
  onAccent: string;
  bg: string; // page
  surface: string; // cards, tables, rail
  raised: string; // popovers, hover
  line: string;
  lineStrong: string; // borders of inputs
  text: string;
  textSoft: string;
  shadow: string;
  tones: Record<Tone, ToneColours>;
}

export const light: Palette = {
  accent: '#0b7285',
  accentText: '#0b6577',
  accentSoft: '#e3f4f6',
  onAccent: '#ffffff',
  bg: '#f4f6f8',
  surface: '#ffffff',
  raised: '#f4f7f9',
  line: '#e3e8ec',
  lineStrong: '#b9c3cc',
  text: '#1c2329',
  textSoft: '#56626d',
  shadow: '0 6px 24px rgb(16 32 44 / 12%)',
  tones: {
    neutral: { fg: '#4b5560', bg: '#eef1f3' },
    info: { fg: '#1d5fbf', bg: '#e8f0fd' },
    busy: { fg: '#5b3fc4', bg: '#efebfd' },
    good: { fg: '#166c2f', bg: '#e6f4ea' },
    warn: { fg: '#8a5a00', bg: '#fff4d6' },
    bad: { fg: '#b42318', bg: '#fdecea' },
  },
};

export const dark: Palette = {
  accent: '#148094',
  accentText: '#56c7d7',
  accentSoft: '#143840',
  onAccent: '#ffffff',
  bg: '#111417',
  surface: '#181c20',
  raised: '#20262b',
  line: '#2a3138',
  lineStrong: '#4a555f',
  text: '#e6eaee',
  textSoft: '#a3aeb9',
  shadow: '0 6px 24px rgb(0 0 0 / 55%)',
  tones: {
    neutral: { fg: '#b4bec8', bg: '#2a3037' },
    info: { fg: '#8db9ff', bg: '#172a47' },
    busy: { fg: '#bda9ff', bg: '#261f45' },
    good: { fg: '#7fd99a', bg: '#16301f' },
    warn: { fg: '#f0c05a', bg: '#352a10' },
    bad: { fg: '#ff9d94', bg: '#3a1a18' },
  },
};

/** Latin glyphs from the system, Chinese ones from whatever the machine has, mainland forms first. */
export const fontStack =
  'system-ui, -apple-system, "Segoe UI", Roboto, "PingFang SC", "HarmonyOS Sans SC", "MiSans", "Microsoft YaHei", "Noto Sans SC", "Noto Sans CJK SC", "Source Han Sans SC", sans-serif';

export const monoStack = 'ui-monospace, "SF Mono", Consolas, "Liberation Mono", "Noto Sans Mono CJK SC", monospace';

/** Corner radii and the 8-px grid. */
export const shape = { radius: 6, radiusLarge: 10, unit: 8 } as const;

/** Custom properties of a palette, as the style sheets of both faces use them. */
export function cssVariables(palette: Palette): Record<string, string> {
  const { tones, ...plain } = palette;
  const out: Record<string, string> = { '--font': fontStack, '--mono': monoStack, '--radius': `${shape.radius}px`, '--radius-l': `${shape.radiusLarge}px` };
  for (const [name, value] of Object.entries(plain)) {
    out[`--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`] = value;
  }
  for (const [tone, colours] of Object.entries(tones)) {
    out[`--${tone}`] = colours.fg;
    out[`--${tone}-soft`] = colours.bg;
  }
  return out;
}
