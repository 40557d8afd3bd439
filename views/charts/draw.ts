import { quiet, type Row, type Span, toned } from '../span.ts';
import type { Chart, DrawChart } from './chart.ts';
import { openPlot, type Plot } from './plot.ts';
import { agoText, topOf } from './scale.ts';
import { drawSparklines, lastText } from './sparkline.ts';

/**
 * What draws charts, once the library for it is loaded: that takes some 50 ms, so it is asked for after the first frame.
 * Rejects if it cannot be loaded.
 */
export function loadCharts(): Promise<DrawChart> {
  loading ??= openPlot().then((plot) => (chart, width, height) => draw(plot, chart, width, height));
  return loading;
}

let loading: Promise<DrawChart> | null = null;

/** Smaller charts are drawn as sparklines. */
const WIDTH_MIN = 24;
const HEIGHT_MIN = 6;
/** The scale's middle is named from so many rows on, the middle of the time from so many columns on. */
const MIDDLE_ROWS_MIN = 5;
const MIDDLE_COLUMNS_MIN = 30;

function draw(plot: Plot, chart: Chart, width: number, height: number): readonly Row[] {
  if (width <= 0 || height <= 0) return [];
  if (chart.series.every(({ values }) => values.every((value) => value === null))) {
    return [[quiet('no figures yet'.slice(0, width))]];
  }
  if (width < WIDTH_MIN || height < HEIGHT_MIN) return drawSparklines(chart, width, height);
  return [legend(chart, width), ...body(plot, chart, width, height - 1)];
}

/**
 * Which line is which, and where each one is now. Without colour, crossing lines cannot be told apart, but what they
 * have come to still can be read here.
 */
function legend(chart: Chart, width: number): Row {
  const entries = chart.series.map((series) => toned(series.tone, `━ ${series.name} ${lastText(chart, series)}`));
  const row: Span[] = [];
  let used = 0;
  for (const [i, entry] of entries.entries()) {
    const gap = i === 0 ? '' : '  ';
    const kept = i === entries.length - 1 ? 0 : ELLIPSIS.length;
    if (used + gap.length + entry.text.length + kept > width) return [...row, quiet(ELLIPSIS.slice(0, width - used))];
    row.push(quiet(gap), entry);
    used += gap.length + entry.text.length;
  }
  return row;
}

const ELLIPSIS = '  …';

/** The lines, with the scale on the left and the time below. */
function body(plot: Plot, chart: Chart, width: number, height: number): Row[] {
  const { series, seconds, unit } = chart;
  const top = topOf(chart);
  const rows = height - 2;
  const scale = new Map([
    [0, unit(top)],
    [rows - 1, unit(0)],
  ]);
  if (rows >= MIDDLE_ROWS_MIN) scale.set(Math.floor((4 * rows - 1) / 8), unit(top / 2));
  const labelled = Math.max(...[...scale.values()].map((label) => label.length)) + 1;
  const lines = series.map(({ values }) =>
    Array.from({ length: seconds }, (_, i) => heightOf(values[values.length - seconds + i] ?? null, top)),
  );
  const plotted = plot(lines, width - labelled, rows).map((runs, y): Row => {
    const label = `${scale.get(y) ?? ''} `.padStart(labelled);
    return [quiet(label), ...runs.map(({ text, line }) => toned(toneOf(chart, line), text))];
  });
  return [...plotted, [quiet(' '.repeat(labelled) + times(seconds, width - labelled))]];
}

const heightOf = (value: number | null, top: number): number | null => (value === null ? null : value / top);

const toneOf = ({ series }: Chart, line: number | null): Span['tone'] =>
  line === null ? 'quiet' : (series[line]?.tone ?? 'quiet');

/** The labels below the axis, `columns` wide. */
function times(seconds: number, columns: number): string {
  const [first, middle, last] = [agoText(seconds), agoText(seconds / 2), 'now'];
  if (columns < MIDDLE_COLUMNS_MIN) return first + last.padStart(columns - first.length);
  const half = Math.floor((columns - middle.length) / 2);
  return (first.padEnd(half) + middle).padEnd(columns - last.length) + last;
}
