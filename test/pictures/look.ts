import type { Colour } from '../pty/cells.ts';

/** The colours of a terminal in a picture, each `#rrggbb`. */
export interface Look {
  readonly background: string;
  readonly foreground: string;
  /** Of the bar above the screen, and of the line around both. */
  readonly bar: string;
  readonly edge: string;
  /** The terminal's sixteen: black, red, green, yellow, blue, magenta, cyan, white, and the same ones bright. */
  readonly palette: readonly string[];
}

export const DARK: Look = {
  background: '#0d1117',
  foreground: '#d6dce4',
  bar: '#171c24',
  edge: '#30363d',
  palette: (
    '#484f58 #e5684f #3fb27f #d9a520 #5a9fe0 #c07ab8 #3fb8c4 #b9c2cc ' +
    '#7a828c #ff8a70 #5fd39f #f5c84b #80bfff #e09bd6 #6cdbe6 #ffffff'
  ).split(' '),
};

export const LIGHT: Look = {
  background: '#ffffff',
  foreground: '#24292f',
  bar: '#f2f4f7',
  edge: '#d0d7de',
  palette: (
    '#24292f #b3331c #0a7048 #8a5a00 #0a5fa8 #8c3c78 #0b6e78 #6e7781 ' +
    '#57606a #cc4a30 #12855a #a06c00 #1f75c4 #a5528f #15838f #8c959f'
  ).split(' '),
};

/** What a colour of a cell is in a picture; `otherwise` if it is the terminal's own. */
export function paint(colour: Colour, { palette }: Look, otherwise: string): string {
  if (colour === null) return otherwise;
  if (typeof colour === 'string') return colour;
  return palette[colour] ?? (colour < 232 ? cubeColour(colour - 16) : grey(colour - 232));
}

/** So much of `ink` on `paper`: 0 is all paper, 1 all ink. */
export function mix(ink: string, paper: string, share: number): string {
  const [over, under] = [channels(ink), channels(paper)];
  return rgb(over.map((value, channel) => value * share + (under[channel] ?? 0) * (1 - share)));
}

/** Of xterm's 6×6×6 cube. */
function cubeColour(index: number): string {
  const steps = [Math.floor(index / 36), Math.floor(index / 6) % 6, index % 6];
  return rgb(steps.map((step) => (step === 0 ? 0 : 55 + 40 * step)));
}

const grey = (index: number): string => rgb([0, 1, 2].map(() => 8 + 10 * index));

const channels = (colour: string): number[] => [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));

const rgb = (values: readonly number[]): string =>
  `#${values.map((value) => Math.round(value).toString(16).padStart(2, '0')).join('')}`;
