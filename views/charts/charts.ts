import type { ReplicaId } from '../../core/protocol/position.ts';
import { fitRow } from '../row.ts';
import { plain, quiet, type Row } from '../span.ts';
import type { Chart, DrawChart } from './chart.ts';
import { type History, lagChart, latencyChart, writesChart } from './history.ts';

/** Draws all charts into so much room: lag, writes a second, and how long they took. */
export type DrawAll = (
  history: History,
  replicas: readonly ReplicaId[],
  width: number,
  height: number,
) => readonly Row[];

/** Draws anew only what has changed: once a second at most, though the screen is drawn more often. */
export function drawAllWith(draw: DrawChart): DrawAll {
  let drawn: { readonly history: History; readonly key: string; readonly rows: readonly Row[] } | null = null;
  return (history, replicas, width, height) => {
    const key = `${width}×${height} ${replicas.join(' ')}`;
    if (drawn?.history !== history || drawn.key !== key) {
      drawn = { history, key, rows: drawAll(draw, chartsOf(history, replicas), width, height) };
    }
    return drawn.rows;
  };
}

interface Titled {
  readonly title: string;
  readonly chart: Chart;
}

const chartsOf = (history: History, replicas: readonly ReplicaId[]): readonly [Titled, Titled, Titled] => [
  { title: 'entries behind the leader', chart: lagChart(history, replicas) },
  { title: 'writes acknowledged a second', chart: writesChart(history) },
  { title: 'how long they took', chart: latencyChart(history) },
];

/** A chart with its title needs so many rows, and so many columns beside others. */
const CHART_ROWS = 8;
const CHART_COLUMNS = 36;
const GAP = 2;
/** With fewer rows it becomes a row for each replica. */
const LINES_ROWS = 6;
/** Of which three, with a title above them, are the least that is worth one. */
const TITLED_MIN = 4;
/** Writes, and the slowest of them, drawn small: a row each. */
const SPARK_ROWS = 2;

/** As many charts as there is room for, beside or below each other; the others as sparklines. */
function drawAll(draw: DrawChart, charts: readonly [Titled, Titled, Titled], width: number, height: number): Row[] {
  const [lag, writes, latency] = charts;
  const beside = Math.floor((width + GAP) / (CHART_COLUMNS + GAP));
  if (beside >= 3 && height >= CHART_ROWS) return sideBySide(draw, charts, width, height);
  if (height >= 3 * CHART_ROWS) return stacked(draw, charts, width, height);
  if (height >= 2 * CHART_ROWS && beside >= 2) {
    const upper = Math.ceil(height / 2);
    return [...stacked(draw, [lag], width, upper), ...sideBySide(draw, [writes, latency], width, height - upper)];
  }
  const small = [...draw(writes.chart, width, 1), ...draw(latency.chart, width, SPARK_ROWS - 1)];
  const room = height - SPARK_ROWS;
  // A title must not cost the chart its lines.
  const titled = room > LINES_ROWS || (room < LINES_ROWS && room >= TITLED_MIN);
  const large = titled ? stacked(draw, [lag], width, room) : draw(lag.chart, width, room);
  return [...large, ...small].slice(0, height);
}

function stacked(draw: DrawChart, charts: readonly Titled[], width: number, height: number): Row[] {
  return charts.flatMap(({ title, chart }, i) => {
    const rows = Math.floor((height * (i + 1)) / charts.length) - Math.floor((height * i) / charts.length);
    return filled([[quiet(title)], ...draw(chart, width, rows - 1)], rows);
  });
}

function sideBySide(draw: DrawChart, charts: readonly Titled[], width: number, height: number): Row[] {
  const wide = Math.floor((width - GAP * (charts.length - 1)) / charts.length);
  const columns = charts.map((chart) => stacked(draw, [chart], wide, height));
  return Array.from({ length: height }, (_, y) =>
    columns.flatMap((rows, i) => [...(i === 0 ? [] : [plain(' '.repeat(GAP))]), ...fitRow(rows[y] ?? [], wide)]),
  );
}

const filled = (rows: readonly Row[], height: number): Row[] => Array.from({ length: height }, (_, y) => rows[y] ?? []);
