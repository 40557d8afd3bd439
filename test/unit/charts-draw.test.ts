import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import type { Chart, Series } from '../../views/charts/chart.ts';
import { loadCharts } from '../../views/charts/draw.ts';
import { SPARKS } from '../../views/charts/sparkline.ts';
import { type Row, textOf } from '../../views/span.ts';
import type { Tone } from '../../views/theme.ts';

const listeners = () => process.eventNames().map((name) => `${String(name)} ${process.listenerCount(name)}`);
const listenersBefore = listeners();
const draw = await loadCharts();

const SECONDS = 120;

const line = (name: string, tone: Tone, value: (second: number) => number | null): Series => ({
  name,
  tone,
  values: Array.from({ length: SECONDS }, (_, second) => value(second)),
});
const chartOf = (...series: Series[]): Chart => ({
  series,
  seconds: SECONDS,
  topMin: 10,
  unit: (value) => `${value}/s`,
});
const rising = line('up', 'hue1', (second) => second);
const falling = line('down', 'hue2', (second) => 119 - second);
const nothing = line('none', 'hue3', () => null);

/** A picture's columns in which something of this tone is drawn in braille, row by row. */
const drawnIn = (rows: readonly Row[], tone: Tone): number[][] =>
  rows.map((row) => {
    const cells = row.flatMap((span) => [...span.text].map((character) => ({ character, tone: span.tone })));
    return cells.flatMap((cell, x) => (cell.tone === tone && /[\u2801-\u28ff]/.test(cell.character) ? [x] : []));
  });

describe('a chart', () => {
  test('looks like this', () => {
    expect(draw(chartOf(rising), 40, 10).map(textOf)).toEqual([
      '━ up 119/s',
      '200/s ⡇                                 ',
      '      ⡇                                 ',
      '      ⡇                               ⢀⣀',
      '100/s ⡇                       ⣀⣀⠤⠤⠖⠒⠋⠉⠁ ',
      '      ⡇              ⢀⣀⣠⠤⠴⠒⠒⠉⠉          ',
      '      ⡇      ⣀⣀⡠⠤⠔⠒⠊⠉⠁                  ',
      '  0/s ⡇⡤⠤⠒⠒⠋⠉⠁                          ',
      '      ⠓⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒',
      '      -2m            -1m             now',
    ]);
  });

  test('has the lines in their own tones and all else quiet', () => {
    const rows = draw(chartOf(rising, falling), 60, 14);
    expect(rows[0]?.filter(({ tone }) => tone !== 'quiet')).toMatchObject([
      { text: '━ up 119/s', tone: 'hue1' },
      { text: '━ down 0/s', tone: 'hue2' },
    ]);
    const plot = rows.slice(1);
    expect(new Set(plot.flatMap((row) => row.map(({ tone }) => tone)))).toEqual(new Set(['quiet', 'hue1', 'hue2']));
    const [rises, falls] = [drawnIn(plot, 'hue1'), drawnIn(plot, 'hue2')];
    const middle = (xs: number[] = []) => (Math.min(...xs) + Math.max(...xs)) / 2;
    expect(middle(rises[10])).toBeLessThan(middle(rises[7]));
    expect(middle(falls[10])).toBeGreaterThan(middle(falls[7]));
  });

  test('shows the highest value of its scale in the uppermost row, and 0 in the lowest, just above the axis', () => {
    for (let height = 6; height < 30; height++) {
      const rows = draw(
        chartOf(
          line('top', 'hue1', () => 20),
          line('none', 'hue2', () => 0),
        ),
        50,
        height,
      );
      const ys = (tone: Tone) => drawnIn(rows, tone).flatMap((xs, y) => (xs.length > 0 ? [y] : []));
      expect(ys('hue1')).toEqual([1]);
      expect(ys('hue2')).toEqual([height - 3]);
    }
  });

  test('shows the oldest value in the first column, and the newest in the last, or near it if it is wide', () => {
    for (let width = 24; width < 300; width++) {
      const oldest = line('oldest', 'hue1', (second) => (second < 2 ? 5 : null));
      const newest = line('newest', 'hue2', (second) => (second > 117 ? 5 : null));
      const rows = draw(chartOf(oldest, newest), width, 9);
      const last = Math.max(...drawnIn(rows.slice(1), 'hue2').flat());
      expect(last).toBeGreaterThanOrEqual(width - 1 - Math.floor(width / SECONDS));
      const axis = Math.min(...drawnIn(rows, 'quiet').flat());
      expect(Math.min(...drawnIn(rows.slice(1), 'hue1').flat())).toBe(axis + 1);
    }
  });

  test.each([0, 1, 60, 118, 119])('shows a value that stands alone, at second %i', (at) => {
    const alone = line('alone', 'hue1', (second) => (second === at ? 5 : null));
    expect(drawnIn(draw(chartOf(alone), 60, 14), 'hue1').flat()).not.toEqual([]);
  });

  test('leaves a gap where there is no value', () => {
    const gap = line('gap', 'hue1', (second) => (second >= 40 && second < 80 ? null : 5));
    const xs = drawnIn(draw(chartOf(gap), 126, 9), 'hue1').flat();
    expect(xs.filter((x) => x > 50 && x < 80)).toEqual([]);
    expect(Math.min(...xs)).toBeLessThan(10);
    expect(Math.max(...xs)).toBe(125);
  });

  test('draws lines that are shorter than its time up to now', () => {
    const short: Series = { name: 'short', tone: 'hue1', values: [5, 5, 5] };
    const xs = drawnIn(draw(chartOf(short), 60, 14), 'hue1').flat();
    expect(Math.min(...xs)).toBeGreaterThan(50);
    expect(Math.max(...xs)).toBe(59);
  });

  test('names in the legend what has no value now, and cuts what has no place', () => {
    expect(textOf(draw(chartOf(rising, nothing), 60, 14)[0] ?? [])).toBe('━ up 119/s  ━ none –');
    expect(textOf(draw(chartOf(rising, falling, nothing), 25, 14)[0] ?? [])).toBe('━ up 119/s  ━ down 0/s  …');
    expect(textOf(draw(chartOf(rising, falling, nothing), 24, 14)[0] ?? [])).toBe('━ up 119/s  …');
  });

  test('without a single value says so', () => {
    expect(draw(chartOf(nothing), 60, 14)).toMatchObject([[{ text: 'no figures yet', tone: 'quiet' }]]);
  });

  test('keeps within its size, and writes nothing but what it is made of', () => {
    const glyphs = new RegExp(`^[ -~\u2801-\u28ff━–…${SPARKS.join('')}]*$`);
    for (let width = 0; width < 70; width++) {
      for (let height = 0; height < 10; height++) {
        const texts = draw(chartOf(rising, falling, nothing), width, height).map(textOf);
        expect(texts.length).toBeLessThanOrEqual(height);
        for (const text of texts) {
          expect(text.length).toBeLessThanOrEqual(width);
          expect(text).toMatch(glyphs);
        }
      }
    }
  });
});

describe('a chart in little room', () => {
  test('is a row for each line, as high as its highest seconds, on one scale', () => {
    const peak = line('peak', 'hue1', (second) => (second === 60 ? 20 : 0));
    const half = line('half', 'hue2', (second) => (second < 60 ? null : 9));
    const rows = draw(chartOf(peak, half), 20, 5);
    expect(rows.map(textOf)).toEqual(['peak ▁▁▁▁▁█▁▁▁▁▁ 0/s', 'half      ▅▅▅▅▅▅ 9/s']);
    expect(rows.map((row) => row.map(({ tone }) => tone))).toEqual([
      ['quiet', 'hue1', 'quiet'],
      ['quiet', 'hue2', 'quiet'],
    ]);
  });

  test('draws lines that are shorter than its time up to now', () => {
    const short: Series = { name: 'short', tone: 'hue1', values: new Array(60).fill(10) };
    expect(draw(chartOf(short), 20, 5).map(textOf)).toEqual(['short     █████ 10/s']);
  });

  test('shows as many lines as it has rows', () => {
    expect(draw(chartOf(rising, falling), 60, 1)).toHaveLength(1);
  });

  test('at last is the values alone', () => {
    expect(draw(chartOf(rising, falling), 12, 2).map(textOf)).toEqual(['up 119/s', 'down 0/s']);
  });
});

describe('the screen on which charts are drawn', () => {
  test('adds no listener to the process', () => {
    expect(listenersBefore).not.toEqual([]);
    expect(listeners()).toEqual(listenersBefore);
  });

  test('is one, whatever the sizes, and keeps nothing of what was drawn before', async () => {
    const first = draw(chartOf(rising), 60, 14);
    for (const [width, height] of [
      [40, 10],
      [100, 30],
      [60, 14],
    ] as const)
      draw(chartOf(falling), width, height);
    expect(draw(chartOf(rising), 60, 14)).toEqual(first);
    expect(await loadCharts()).toBe(draw);
    const blessed = createRequire(import.meta.url)('blessed') as { Screen: { total: number } };
    expect(blessed.Screen.total).toBe(1);
  });
});
