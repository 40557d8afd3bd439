import { createContext, useContext } from 'react';

/** What a colour means here. Each one also has a glyph or a word beside it: nothing is said by colour alone. */
export type Tone = 'plain' | 'quiet' | 'leader' | 'good' | 'warn' | 'bad' | 'doubt' | 'paused';

/** Properties of Ink's `Text`, for each tone. */
export type Theme = Readonly<Record<Tone, TextStyle>>;
export interface TextStyle {
  readonly color?: string;
  readonly dimColor?: boolean;
}

/** Okabe and Ito's palette, which colour-blind eyes tell apart. */
export const COLOURS: Theme = {
  plain: {},
  quiet: { dimColor: true },
  leader: { color: 'rgb(86,180,233)' },
  good: { color: 'rgb(0,158,115)' },
  warn: { color: 'rgb(230,159,0)' },
  bad: { color: 'rgb(213,94,0)' },
  doubt: { color: 'rgb(240,228,66)' },
  paused: { color: 'rgb(204,121,167)' },
};

/** No colour, and no dimming either: many terminals draw it as grey. */
export const COLOURLESS: Theme = {
  plain: {},
  quiet: {},
  leader: {},
  good: {},
  warn: {},
  bad: {},
  doubt: {},
  paused: {},
};

const ThemeContext = createContext<Theme>(COLOURLESS);
export const ThemeProvider = ThemeContext.Provider;
export const useTheme = (): Theme => useContext(ThemeContext);
