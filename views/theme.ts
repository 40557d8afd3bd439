import type { ThemeName } from './theme-names.ts';

/**
 * What a colour means here. Each one also has a glyph or a word beside it: nothing is said by colour alone. The hues
 * mean nothing by themselves: they tell terms, and lines of a chart, apart.
 */
export type Tone =
  | 'plain'
  | 'quiet'
  | 'frame'
  | 'focus'
  | 'key'
  | 'leader'
  | 'good'
  | 'warn'
  | 'bad'
  | 'doubt'
  | 'paused'
  | Hue;
export const HUES = ['hue1', 'hue2', 'hue3', 'hue4', 'hue5', 'hue6'] as const;
export type Hue = (typeof HUES)[number];

/** Properties of Ink's `Text`, for each tone. */
export type Theme = Readonly<Record<Tone, TextStyle>>;
export interface TextStyle {
  readonly color?: string;
  readonly dimColor?: boolean;
  readonly bold?: boolean;
  readonly underline?: boolean;
}

/** Okabe and Ito's palette, which colour-blind eyes tell apart. */
const DARK: Theme = {
  plain: {},
  quiet: { dimColor: true },
  frame: { color: 'rgb(100,108,118)' },
  focus: { color: 'rgb(86,180,233)' },
  key: { color: 'rgb(86,180,233)' },
  leader: { color: 'rgb(86,180,233)' },
  good: { color: 'rgb(0,158,115)' },
  warn: { color: 'rgb(230,159,0)' },
  bad: { color: 'rgb(230,100,20)' },
  doubt: { color: 'rgb(240,228,66)' },
  paused: { color: 'rgb(204,121,167)' },
  hue1: { color: 'rgb(86,180,233)' },
  hue2: { color: 'rgb(204,121,167)' },
  hue3: { color: 'rgb(0,158,115)' },
  hue4: { color: 'rgb(240,228,66)' },
  hue5: { color: 'rgb(230,159,0)' },
  hue6: { color: 'rgb(230,100,20)' },
};

/** The same hues, dark enough to be read on white. */
const LIGHT: Theme = {
  plain: {},
  quiet: { color: 'rgb(95,100,108)' },
  frame: { color: 'rgb(138,144,152)' },
  focus: { color: 'rgb(0,95,160)' },
  key: { color: 'rgb(0,95,160)' },
  leader: { color: 'rgb(0,95,160)' },
  good: { color: 'rgb(0,112,80)' },
  warn: { color: 'rgb(150,90,0)' },
  bad: { color: 'rgb(180,60,0)' },
  doubt: { color: 'rgb(115,100,0)' },
  paused: { color: 'rgb(145,60,110)' },
  hue1: { color: 'rgb(0,95,160)' },
  hue2: { color: 'rgb(145,60,110)' },
  hue3: { color: 'rgb(0,112,80)' },
  hue4: { color: 'rgb(115,100,0)' },
  hue5: { color: 'rgb(150,90,0)' },
  hue6: { color: 'rgb(180,60,0)' },
};

/** The terminal's own bright colours, which its user has chosen to be seen, and nothing dimmed. */
const CONTRAST: Theme = {
  plain: { bold: true },
  quiet: {},
  frame: {},
  focus: { color: 'yellowBright', bold: true },
  key: { color: 'yellowBright', bold: true },
  leader: { color: 'cyanBright', bold: true },
  good: { color: 'greenBright', bold: true },
  warn: { color: 'yellowBright', bold: true },
  bad: { color: 'redBright', bold: true },
  doubt: { color: 'yellowBright', underline: true },
  paused: { color: 'magentaBright', bold: true },
  hue1: { color: 'cyanBright', bold: true },
  hue2: { color: 'magentaBright', bold: true },
  hue3: { color: 'greenBright', bold: true },
  hue4: { color: 'whiteBright', bold: true },
  hue5: { color: 'yellowBright', bold: true },
  hue6: { color: 'redBright', bold: true },
};

/** Weight alone. */
const MONO: Theme = {
  ...same({}),
  quiet: { dimColor: true },
  frame: { dimColor: true },
  focus: { bold: true },
  key: { bold: true },
  leader: { bold: true },
  warn: { bold: true },
  bad: { bold: true, underline: true },
};

export const THEMES: Readonly<Record<ThemeName, Theme>> = {
  dark: DARK,
  light: LIGHT,
  contrast: CONTRAST,
  mono: MONO,
};

/** No colour, and no weight either: many terminals draw dim text as grey. */
export const COLOURLESS: Theme = same({});

function same(style: TextStyle): Theme {
  const tones = Object.keys(DARK) as Tone[];
  return Object.fromEntries(tones.map((tone) => [tone, style])) as Record<Tone, TextStyle>;
}
