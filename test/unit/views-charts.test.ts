// The charts' panel: which charts have room beside or below each other, and when they are drawn anew.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { replicaId } from '../../core/protocol/position.ts';
import type { DrawChart } from '../../views/charts/chart.ts';
import { drawAllWith } from '../../views/charts/charts.ts';
import { loadCharts } from '../../views/charts/draw.ts';
import { type History, NO_HISTORY, sample } from '../../views/charts/history.ts';
import { chartsPanel } from '../../views/panels/charts.ts';
import { rowWidth } from '../../views/row.ts';
import { plain, textOf } from '../../views/span.ts';
import { linesOf } from './views-drawing.ts';
import { dashboardAfter, running, snapshotOf } from './views-fakes.ts';

const REPLICAS = [1, 2, 3].map((n) => replicaId(`n${n}`));
const HISTORY: History = [0, 40, 7].reduce(
  (history, entries) =>
    sample(
      history,
      snapshotOf(
        { rate: { acknowledged: entries, p50Ms: 3, p99Ms: 9 } },
        { n2: { lag: { entries, bytes: 0, ms: 0 } } },
      ),
    ),
  NO_HISTORY,
);

/** Fills its place with the initial of its first line: n, a or p. */
const filling: DrawChart = ({ series }, width, height) => {
  const initial = series[0]?.name[0] ?? '?';
  return Array.from({ length: height }, () => [plain(initial.repeat(width))]);
};

/** What stands where: rows that look alike once. */
function arrangement(width: number, height: number): string[] {
  const rows = drawAllWith(filling)(HISTORY, REPLICAS, width, height).map((row) => textOf(row).trimEnd());
  expect(rows).toHaveLength(height);
  const shapes = rows.map((row) => row.replaceAll(/([nap])\1+/g, '$1').replaceAll(/ {2,}/g, ' '));
  return shapes.filter((shape, i) => shape !== shapes[i - 1]);
}

describe('the three charts', () => {
  test('stand beside each other where it is wide', () => {
    expect(arrangement(120, 10)).toEqual([
      'entries behind the leader writes acknowledged a second how long they took',
      'n a p',
    ]);
  });

  test('stand one below the other where it is high', () => {
    expect(arrangement(40, 24)).toEqual([
      ...['entries behind the leader', 'n'],
      ...['writes acknowledged a second', 'a'],
      ...['how long they took', 'p'],
    ]);
  });

  test('or the lag above the two others', () => {
    expect(arrangement(80, 16)).toEqual([
      ...['entries behind the leader', 'n'],
      ...['writes acknowledged a second how long they took', 'a p'],
    ]);
  });

  test('or the two others in a row each; a title never costs the lag its lines', () => {
    expect(arrangement(47, 12)).toEqual(['entries behind the leader', 'n', 'a', 'p']);
    expect(arrangement(47, 9)).toEqual(['entries behind the leader', 'n', 'a', 'p']);
    expect(arrangement(47, 8)).toEqual(['n', 'a', 'p']);
    expect(arrangement(47, 6)).toEqual(['entries behind the leader', 'n', 'a', 'p']);
    expect(arrangement(47, 4)).toEqual(['n', 'a', 'p']);
  });
});

test('they are drawn once for one history in one size', () => {
  let drawn = 0;
  const draw = drawAllWith((...of) => {
    drawn += 1;
    return filling(...of);
  });
  const first = draw(HISTORY, REPLICAS, 80, 16);
  expect(draw(HISTORY, REPLICAS, 80, 16)).toBe(first);
  expect(drawn).toBe(3);
  for (const again of [
    () => draw([...HISTORY], REPLICAS, 80, 16),
    () => draw(HISTORY, REPLICAS, 81, 16),
    () => draw(HISTORY, REPLICAS, 80, 17),
    () => draw(HISTORY, REPLICAS.slice(1), 80, 17),
  ]) {
    const before = drawn;
    again();
    expect(drawn).toBe(before + 3);
  }
});

test('they keep to their room, with the library that draws them, also before anything is known', async () => {
  const charts = drawAllWith(await loadCharts());
  const dashboards = [dashboardAfter(), running(), { ...running(), seen: { ...running().seen, history: HISTORY } }];
  fc.assert(
    fc.property(
      fc.constantFrom(...dashboards),
      fc.integer({ min: 30, max: 150 }),
      fc.integer({ min: 1, max: 40 }),
      (dashboard, width, height) => {
        const { rows } = chartsPanel(dashboard, width, height, charts);
        expect(rows.length).toBeLessThanOrEqual(height);
        for (const row of rows) expect(rowWidth(row)).toBeLessThanOrEqual(width);
      },
    ),
  );
});

test('while the library is being loaded, it says so', () => {
  expect(linesOf(chartsPanel(running(), 40, 5, null).rows)).toEqual(['the charts are being loaded…']);
});
