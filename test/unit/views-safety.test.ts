// Whatever comes, and whatever is typed: the picture is the window, to the cell, and nothing in it is obeyed.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toAscii } from '../../views/ascii.ts';
import type { DrawAll } from '../../views/charts/charts.ts';
import type { Size } from '../../views/layout.ts';
import { step } from '../../views/model.ts';
import { rowWidth } from '../../views/row.ts';
import { clicked, panelAt, screenPicture } from '../../views/screen.ts';
import { plain, textOf } from '../../views/span.ts';
import type { Dashboard } from '../../views/state.ts';
import { widthOf } from '../../views/width.ts';
import { CONNECTED, changed, dashboardAfter, snapshotChange } from './views-fakes.ts';
import { actionsOf } from './views-states.ts';
import { hostileTexts, OBEYED } from './views-texts.ts';

const SIZES: readonly Size[] = [
  { columns: 60, rows: 20 },
  { columns: 80, rows: 24 },
  { columns: 70, rows: 60 },
  { columns: 120, rows: 40 },
  { columns: 100, rows: 32 },
  { columns: 250, rows: 70 },
];

/** Charts that keep to their room, full to the last cell. */
const charts: DrawAll = (_history, _replicas, width, height) =>
  Array.from({ length: height }, () => [plain('⣿'.repeat(width))]);

function expectWindow(dashboard: Dashboard, size: Size, title: string): void {
  const picture = screenPicture({ dashboard, size, title, charts });
  expect(picture).toHaveLength(size.rows);
  for (const row of picture) {
    expect(rowWidth(row)).toBe(size.columns);
    expect(widthOf(textOf(row))).toBe(size.columns);
    for (const { text } of row) {
      expect(text).not.toMatch(OBEYED);
      const ascii = toAscii(text);
      expect(ascii).toMatch(/^[\x20-\x7e]*$/);
      expect(ascii).toHaveLength(widthOf(text));
    }
  }
}

const states = fc
  .constantFrom(1, 3, 5, 9)
  .chain((count) =>
    actionsOf(count).map((actions) =>
      dashboardAfter(changed(CONNECTED), changed(snapshotChange({}, {}, count)), ...actions),
    ),
  );

test.each(SIZES)('$columns×$rows is filled whatever happens', (size) => {
  fc.assert(
    fc.property(states, hostileTexts, (dashboard, title) => expectWindow(dashboard, size, title)),
    { numRuns: 40 },
  );
});

test('wherever one clicks, what comes of it can be drawn', () => {
  const places = fc.tuple(fc.constantFrom(...SIZES), fc.nat(249), fc.nat(69));
  fc.assert(
    fc.property(states, places, (dashboard, [size, x, y]) => {
      const parts = { dashboard, size, title: '', charts };
      const command = clicked(parts, x, y);
      expect(command === null).toBe(panelAt(parts, x, y) === null || dashboard.overlay !== null);
      if (command !== null) expectWindow(step(dashboard, { type: 'command', command }).dashboard, size, '');
    }),
    { numRuns: 100 },
  );
});
