import type { Guarantees, Light } from '../core/observe/guarantees.ts';
import type { Tone } from './theme.ts';

/** How a guarantee's light looks: a glyph of its own beside the colour. */
export const LIGHTS: Readonly<
  Record<Light['light'], { readonly glyph: string; readonly tone: Tone; readonly word: string }>
> = {
  grey: { glyph: '○', tone: 'quiet', word: 'not seen yet' },
  green: { glyph: '●', tone: 'good', word: 'kept' },
  amber: { glyph: '▲', tone: 'warn', word: 'missed' },
  red: { glyph: '✗', tone: 'bad', word: 'BROKEN' },
};

/** The promises by name. */
export const PROMISE_NAMES: Readonly<Record<keyof Guarantees, string>> = {
  oneLeaderPerTerm: 'one leader per term',
  noAcknowledgedWriteLost: 'no acknowledged write lost',
  readYourWrites: 'token reads see your writes',
  monotonicReads: 'token reads never go back',
};
