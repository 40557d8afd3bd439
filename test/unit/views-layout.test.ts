import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fits, HEIGHT_MIN, type Layout, layout, type Rect, type Size, WIDTH_MIN } from '../../views/layout.ts';
import { PANELS, type PanelName } from '../../views/panel-names.ts';

const at = (columns: number, rows: number, replicas: number, more: { focus?: PanelName; zoomed?: boolean } = {}) => {
  const recent = more.focus ? [more.focus, ...PANELS] : PANELS;
  return layout({ size: { columns, rows }, replicas, recent, zoomed: more.zoomed ?? false });
};

/** A slot a line: where it is, and its panels, the one that is shown in capitals. */
const drawn = ({ slots }: Layout): string[] =>
  slots.map(({ rect, tabs, shown }) => {
    const names = tabs.map((panel) => (panel === shown ? panel.toUpperCase() : panel));
    return `${rect.x},${rect.y} ${rect.width}×${rect.height} ${names.join('|')}`;
  });

describe('where the panels are', () => {
  test('60×20, the smallest: three places, tabs in the last', () => {
    expect(drawn(at(60, 20, 3))).toEqual([
      '0,2 60×5 REPLICAS',
      '0,7 60×5 LOGS',
      '0,12 60×6 SESSION|guarantees|links|charts|events',
    ]);
  });

  test('80×24, a plain terminal: the events have a place of their own', () => {
    expect(drawn(at(80, 24, 3))).toEqual([
      '0,2 80×5 REPLICAS',
      '0,7 80×5 LOGS',
      '0,12 80×5 SESSION|guarantees|links|charts',
      '0,17 80×4 EVENTS',
    ]);
  });

  test('70×60, portrait: all of them, one above the other', () => {
    expect(drawn(at(70, 60, 3))).toEqual([
      '0,3 70×6 REPLICAS',
      '0,9 70×6 LOGS',
      '0,15 70×11 SESSION',
      '0,26 70×6 GUARANTEES',
      '0,32 70×6 LINKS',
      '0,38 70×11 CHARTS',
      '0,49 70×8 EVENTS',
    ]);
  });

  test('120×40 with five replicas: all of them, in two columns', () => {
    expect(drawn(at(120, 40, 5))).toEqual([
      '0,3 69×8 REPLICAS',
      '0,11 69×10 LOGS',
      '0,21 69×16 EVENTS',
      '69,3 51×10 SESSION',
      '69,13 51×6 GUARANTEES',
      '69,19 51×8 LINKS',
      '69,27 51×10 CHARTS',
    ]);
  });

  test('160×50', () => {
    expect(drawn(at(160, 50, 3))).toEqual([
      '0,3 92×6 REPLICAS',
      '0,9 92×8 LOGS',
      '0,17 92×30 EVENTS',
      '92,3 68×14 SESSION',
      '92,17 68×7 GUARANTEES',
      '92,24 68×7 LINKS',
      '92,31 68×16 CHARTS',
    ]);
  });

  test('250×70 with nine replicas', () => {
    expect(drawn(at(250, 70, 9))).toEqual([
      '0,3 145×12 REPLICAS',
      '0,15 145×14 LOGS',
      '0,29 145×38 EVENTS',
      '145,3 105×20 SESSION',
      '145,23 105×10 GUARANTEES',
      '145,33 105×13 LINKS',
      '145,46 105×21 CHARTS',
    ]);
  });
});

test('of panels that share a place, the one that had the focus last is shown', () => {
  expect(drawn(at(80, 24, 3, { focus: 'links' }))[2]).toBe('0,12 80×5 session|guarantees|LINKS|charts');
});

test('zoomed, the panel in focus has all the room', () => {
  expect(drawn(at(80, 24, 3, { focus: 'events', zoomed: true }))).toEqual(['0,2 80×19 EVENTS']);
});

test('what is smaller than the smallest window does not fit', () => {
  expect(fits({ columns: WIDTH_MIN, rows: HEIGHT_MIN })).toBe(true);
  expect(fits({ columns: WIDTH_MIN - 1, rows: HEIGHT_MIN })).toBe(false);
  expect(fits({ columns: WIDTH_MIN, rows: HEIGHT_MIN - 1 })).toBe(false);
});

test('in every window the parts fill it without overlap, each panel has one place, and each place room', () => {
  const sizes: fc.Arbitrary<Size> = fc.record({
    columns: fc.integer({ min: WIDTH_MIN, max: 300 }),
    rows: fc.integer({ min: HEIGHT_MIN, max: 100 }),
  });
  fc.assert(
    fc.property(sizes, fc.integer({ min: 0, max: 9 }), fc.constantFrom(...PANELS), (size, replicas, focus) => {
      const { header, slots, footer, framed } = at(size.columns, size.rows, replicas, { focus });
      const cells = [header, footer, ...slots.map(({ rect }) => rect)].flatMap(cellsOf);
      expect(new Set(cells).size).toBe(cells.length);
      expect(cells.length).toBe(size.columns * size.rows);
      expect(slots.flatMap(({ tabs }) => tabs).toSorted()).toEqual(PANELS.toSorted());
      expect(slots.some(({ shown }) => shown === focus)).toBe(true);
      for (const { rect } of slots) expect(rect.height).toBeGreaterThanOrEqual(framed ? 4 : 3);
    }),
  );
});

const cellsOf = ({ x, y, width, height }: Rect): string[] =>
  Array.from({ length: width * height }, (_, i) => `${x + (i % width)},${y + Math.floor(i / width)}`);
