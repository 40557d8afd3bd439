import type { Row } from '../span.ts';
import type { Tone } from '../theme.ts';

/** Lines over the last seconds, up to now. */
export interface Chart {
  readonly series: readonly Series[];
  /** How far back it looks. */
  readonly seconds: number;
  /** The scale never ends lower, so that a single late entry is not drawn as a mountain. */
  readonly topMin: number;
  /** A value with its unit, as it stands at the axis and in the legend: plain ASCII, a few characters. */
  readonly unit: (value: number) => string;
}

export interface Series {
  /** Plain ASCII, a few characters: it stands in the legend. */
  readonly name: string;
  readonly tone: Tone;
  /** One a second, the oldest first, the newest last, none negative; null where there is none. */
  readonly values: readonly (number | null)[];
}

/** A picture of at most `height` rows, none wider than `width`. */
export type DrawChart = (chart: Chart, width: number, height: number) => readonly Row[];
