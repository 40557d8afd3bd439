import type { Chart } from './chart.ts';

/**
 * Where the scale ends: the next of 1, 2, 5, 10, 20, 50… at or above all values, so that the axis does not move with
 * every one of them. It begins at 0.
 */
export function topOf({ series, topMin }: Chart): number {
  const highest = Math.max(topMin, ...series.flatMap(({ values }) => values.filter((value) => value !== null)));
  const power = 10 ** Math.floor(Math.log10(highest));
  return (STEPS.find((step) => step * power >= highest) ?? 10) * power;
}

/** `0`, `0.5`, `12`, `1.2k`, `5M`: for an axis, on which round numbers stand, and for counts. */
export function shortNumber(value: number): string {
  if (value < 9.95) return trimmed(value);
  if (value < 999.5) return String(Math.round(value));
  return value < 999_950 ? `${trimmed(value / 1000)}k` : `${trimmed(value / 1_000_000)}M`;
}

/** How long ago, as `-2m` or `-90s`. */
export const agoText = (seconds: number): string => (seconds % 60 === 0 ? `-${seconds / 60}m` : `-${seconds}s`);

const STEPS = [1, 2, 5];

const trimmed = (value: number): string => value.toFixed(1).replace(/\.0$/, '');
