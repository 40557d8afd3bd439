import { quiet, type Row, toned } from '../span.ts';
import type { Chart, Series } from './chart.ts';
import { topOf } from './scale.ts';

/** The glyphs of a sparkline, from nothing to the top. */
export const SPARKS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** For want of room: one row for each line of the chart, as many as fit, all on one scale. */
export function drawSparklines(chart: Chart, width: number, height: number): readonly Row[] {
  const top = topOf(chart);
  const names = Math.max(...chart.series.map(({ name }) => name.length));
  const lasts = Math.max(...chart.series.map((series) => lastText(chart, series).length));
  const room = Math.min(width - names - lasts - 2, chart.seconds);
  return chart.series.slice(0, height).map((series) => {
    const { name, tone } = series;
    const last = lastText(chart, series);
    if (room < SPARKS_MIN) return [toned(tone, `${name} ${last}`.slice(0, width))];
    return [quiet(name.padEnd(names + 1)), toned(tone, sparks(chart, series, room, top)), quiet(` ${last}`)];
  });
}

/** The newest value with its unit. */
export function lastText({ unit }: Chart, { values }: Series): string {
  const last = values.at(-1) ?? null;
  return last === null ? '–' : unit(last);
}

const SPARKS_MIN = 4;

/** Each glyph stands for some seconds, and shows the worst of them: a peak must not vanish. Blank: no value. */
function sparks({ seconds }: Chart, { values }: Series, columns: number, top: number): string {
  return Array.from({ length: columns }, (_, column) => {
    const from = values.length - seconds + Math.floor((column * seconds) / columns);
    const to = values.length - seconds + Math.floor(((column + 1) * seconds) / columns);
    const known = values.slice(Math.max(0, from), Math.max(0, to)).filter((value) => value !== null);
    if (known.length === 0) return ' ';
    return sparkOf(Math.max(...known) / top);
  }).join('');
}

/** Something, however little, is more than nothing. */
function sparkOf(height: number): string {
  const rising = SPARKS.length - 1;
  return SPARKS[height === 0 ? 0 : 1 + Math.min(rising - 1, Math.floor(height * rising))] ?? '';
}
