import { describe, expect, test } from 'vitest';
import type { Guarantees, Light } from '../../core/observe/guarantees.ts';
import { textOf } from '../../views/span.ts';
import { INITIAL } from '../../views/state.ts';
import { widthOf } from '../../views/width.ts';
import { panel, pictureOf } from './views-drawing.ts';
import { running } from './views-fakes.ts';

const grey: Light = { light: 'grey', observed: 0, example: null };
const green = (observed: number): Light => ({ light: 'green', observed, example: null });
const amber: Light = {
  light: 'amber',
  observed: 12,
  example: "an 'any' read on n2 saw 1:3, when 1:5 was acknowledged already",
};
const red: Light = {
  light: 'red',
  observed: 1234,
  example: 'w17 (k4), acknowledged under quorum at 1:17, was rolled back',
};
const ALL_GREY: Guarantees = {
  oneLeaderPerTerm: grey,
  noAcknowledgedWriteLost: grey,
  readYourWrites: grey,
  monotonicReads: grey,
};
const MIXED: Guarantees = {
  oneLeaderPerTerm: green(1),
  noAcknowledgedWriteLost: red,
  readYourWrites: amber,
  monotonicReads: grey,
};
const withLights = (guarantees: Guarantees, scrolled = 0) => {
  const base = running({ guarantees });
  return { ...base, scrolled: { ...base.scrolled, guarantees: scrolled } };
};
const lights = (guarantees: Guarantees, width: number, height: number, scrolled = 0): string[] =>
  panel('guarantees', withLights(guarantees, scrolled), width, height);

describe('the four lights', () => {
  test('wide: name, glyph and word, how often tested, and the examples', () => {
    expect(lights(MIXED, 76, 6)).toEqual([
      '● one leader per term          kept          tested in 1 term',
      '✗ no acknowledged write lost   BROKEN        tested by 1234 writes',
      '  w17 (k4), acknowledged under quorum at 1:17, was rolled back',
      '▲ token reads see your writes  missed        tested by 12 reads',
      "  an 'any' read on n2 saw 1:3, when 1:5 was acknowledged already",
      '○ token reads never go back    not seen yet  press w',
    ]);
  });

  test('narrow: shorter names, in columns that stay where they are', () => {
    expect(lights(MIXED, 43, 4)).toEqual([
      '● one leader per term   kept    1 test',
      '✗ no acknowledged loss  BROKEN  1234 tests',
      '▲ reads see your writes missed  12 tests',
      '○ reads never go back   press w',
    ]);
    expect(lights(MIXED, 34, 4)).toEqual([
      '● one leader per term   kept',
      '✗ no acknowledged loss  BROKEN',
      '▲ reads see your writes missed',
      '○ reads never go back   press w',
    ]);
  });

  test('a light has its tone, and its word too', () => {
    const rows = pictureOf('guarantees', withLights(MIXED), 43, 4).rows;
    expect(rows.map((row) => row[0]?.tone)).toEqual(['good', 'bad', 'warn', 'quiet']);
  });

  test('grey says what to press: to read makes sense once there is a token', () => {
    expect(lights(ALL_GREY, 43, 4).map((line) => line.slice(-7))).toEqual(['not yet', 'press w', 'press w', 'press w']);
    const base = withLights(ALL_GREY);
    const written = { ...base, seen: { ...base.seen, token: '1:2' as const } };
    const lines = panel('guarantees', written, 43, 4);
    expect(lines.map((line) => line.slice(-7))).toEqual(['not yet', 'press w', 'press t', 'press t']);
    expect(lights(ALL_GREY, 80, 9)).toContain('  test it: press w, then t');
  });

  test('before the first snapshot', () => {
    expect(panel('guarantees', INITIAL, 40, 5)).toEqual(['nothing has been observed yet']);
  });
});

describe('room', () => {
  test('the four lights come first, then what is broken, then what is allowed', () => {
    expect(lights(MIXED, 60, 5)[2]).toMatch(/^ {2}w17 \(k4\)/);
    const later = { ...MIXED, noAcknowledgedWriteLost: amber, monotonicReads: red };
    expect(lights(later, 60, 5).at(-1)).toMatch(/^ {2}w17 \(k4\)/);
    expect(lights(MIXED, 43, 6).slice(1, 4)).toEqual([
      '✗ no acknowledged loss  BROKEN  1234 tests',
      '  w17 (k4), acknowledged under quorum at',
      '  1:17, was rolled back',
    ]);
    expect(lights(MIXED, 43, 8)[5]).toBe("  an 'any' read on n2 saw 1:3, when 1:5 was");
  });

  test('an example that is cut ends in an ellipsis, and the title says that there is more', () => {
    expect(lights(MIXED, 43, 5)[2]).toBe('  w17 (k4), acknowledged under quorum at …');
    expect(textOf(pictureOf('guarantees', withLights(MIXED), 43, 5).aside)).toBe('3 more rows, ↑↓');
    expect(pictureOf('guarantees', withLights(MIXED), 43, 8).aside).toEqual([]);
  });

  test('scrolling shows all that is said, and ends where it ends', () => {
    const all = lights(MIXED, 43, 8);
    for (let above = 1; above <= 4; above++) expect(lights(MIXED, 43, 4, above)).toEqual(all.slice(above, above + 4));
    expect(lights(MIXED, 43, 4, 99)).toEqual(all.slice(4));
  });

  test('with room to spare it explains itself; without, nothing is half explained', () => {
    const lines = lights(MIXED, 100, 20);
    expect(lines).toContain('  two leaders of one term could write two histories');
    expect(lines.at(-2)).toMatch(/^missed: it happened/);
    expect(lines.at(-1)).toMatch(/^BROKEN: it must never happen/);
    for (let height = 6; height < 20; height++) {
      const shown = lights(MIXED, 100, height);
      const meanings = shown.filter((line) => /^ {2}(?:two leaders|what was|a token read finds|what one)/.test(line));
      expect([0, 4]).toContain(meanings.length);
    }
  });

  test('an example with characters that a terminal obeys, wide ones and no end to it', () => {
    const example = `\x1b[2J漢字漢字\n${'😀'.repeat(400)}`;
    const hostile = { ...MIXED, noAcknowledgedWriteLost: { ...red, example } };
    const rows = pictureOf('guarantees', withLights(hostile), 43, 20).rows;
    for (const row of rows) expect(widthOf(textOf(row).trimEnd())).toBeLessThanOrEqual(43);
    expect(rows.map(textOf).join('')).toContain('\\x1b[2J漢字');
  });
});
