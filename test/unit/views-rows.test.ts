// Widths: what is measured is what is drawn, and nothing is lost or pushed off where rows are cut, joined and wrapped.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toAscii } from '../../views/ascii.ts';
import { compose, type Placed } from '../../views/canvas.ts';
import { fitRow, rowWidth, skipRow, takeRow, wrapRow } from '../../views/row.ts';
import { bold, plain, quiet, type Row, textOf, toned } from '../../views/span.ts';
import { charactersOf, clipTo, padTo, skip, take, widthOf } from '../../views/width.ts';
import { texts } from './views-texts.ts';

fc.configureGlobal({ numRuns: 300 });
const rowsOfText: fc.Arbitrary<Row> = fc.array(
  fc
    .tuple(
      fc.constantFrom(plain, quiet, (text: string) => bold(text, 'key')),
      texts(6),
    )
    .map(([draw, text]) => draw(text)),
  { maxLength: 5 },
);
const widths = fc.integer({ min: 0, max: 40 });
const characters = (row: Row): string[] => row.flatMap(({ text }) => charactersOf(text));
const words = (row: Row): string => textOf(row).replaceAll(/\s/g, '');

describe('texts', () => {
  test.each([
    ['ascii', 5],
    ['漢字', 4],
    ['e\u0301', 1],
    ['👍', 2],
    ['…', 1],
    ['', 0],
  ])('%j takes %i columns', (text, width) => {
    expect(widthOf(text)).toBe(width);
  });

  test('of the dashboard’s own glyphs are measured as those of others are', () => {
    for (let code = 0xa0; code < 0x3000; code += 1) {
      const { text } = plain(String.fromCharCode(code));
      // Beside a wide character none is taken for one of the dashboard's own.
      expect([text, widthOf(text)]).toEqual([text, widthOf(`${text} 漢`) - 3]);
    }
  });

  test('are clipped with an ellipsis, and padded at either side', () => {
    expect(clipTo('lockstep', 8)).toBe('lockstep');
    expect(clipTo('lockstep', 5)).toBe('lock…');
    expect(clipTo('漢字漢', 4)).toBe('漢…');
    expect(clipTo('漢字', 0)).toBe('');
    expect(padTo('漢字漢', 4)).toBe('漢… ');
    expect(padTo('17', 4, 'right')).toBe('  17');
  });

  test('fall in two wherever they are cut: half a wide character is a blank', () => {
    expect([take('a漢b', 2), skip('a漢b', 2)]).toEqual(['a', ' b']);
    expect([take('e\u0301x', 1), skip('e\u0301x', 1)]).toEqual(['e\u0301', 'x']);
    expect([take('ab', -1), skip('ab', -1)]).toEqual(['', 'ab']);
    expect([take('漢', 9), skip('漢', 9)]).toEqual(['漢', '']);
  });
});

describe('spans', () => {
  test.each([
    ['❤\ufe0f', '❤\\u{fe0f}'],
    ['👍🏽', '👍\\u{1f3fd}'],
    ['1\u20e3', '1\\u{20e3}'],
    ['🇩🇪', '\\u{1f1e9}\\u{1f1ea}'],
    ['\u0301e', '\\u{301}e'],
    ['e\u0301x\u0301', '\u00e9x\u0301'],
    ['\u1112\u1161\u11ab', '한'],
    ['\u1161', '\\u{1161}'],
    ['👩\u200d👧', '👩\\u200d👧'],
    ['น้ำ', 'น้\u0e4dา'],
  ])('%j is drawn as %j: as wide in every terminal', (text, drawn) => {
    expect(plain(text).text).toBe(drawn);
  });

  test('are as wide as their characters one by one, also where they meet', () => {
    fc.assert(
      fc.property(rowsOfText, (row) => {
        const text = textOf(row);
        const one = charactersOf(text).reduce((width, character) => width + widthOf(character), 0);
        expect(widthOf(text)).toBe(one);
        for (const span of row) expect(plain(span.text).text).toBe(span.text);
      }),
    );
  });
});

describe('a row', () => {
  test('is as wide as it is made, whatever is in it', () => {
    fc.assert(
      fc.property(rowsOfText, widths, (row, width) => {
        expect(rowWidth(fitRow(row, width))).toBe(width);
      }),
    );
  });

  test('that fits is left as it is, else it ends in an ellipsis', () => {
    expect(textOf(fitRow([plain('ab'), quiet('cd')], 4))).toBe('abcd');
    expect(textOf(fitRow([plain('ab'), quiet('cd')], 3))).toBe('ab…');
    expect(textOf(fitRow([plain('ab')], 4))).toBe('ab  ');
    expect(textOf(fitRow([plain('a漢')], 2))).toBe('a…');
    expect(textOf(fitRow([plain('漢字')], 3))).toBe('漢…');
    expect(textOf(fitRow([plain('漢字漢')], 4))).toBe('漢 …');
    expect(fitRow([plain('ab')], -1)).toEqual([]);
  });

  test('falls in two without loss but of halves, and the parts keep their looks', () => {
    fc.assert(
      fc.property(rowsOfText, widths, (row, width) => {
        const [first, rest] = [takeRow(row, width), skipRow(row, width)];
        const whole = rowWidth(row);
        expect(rowWidth(first)).toBe(Math.min(width, whole));
        expect(rowWidth(rest)).toBe(Math.max(0, whole - width));
        const joined = textOf([...first, ...rest]);
        if (joined !== textOf(row)) {
          // One character was cut in half: two blanks or more are in its place.
          const before = characters(row);
          const after = characters([...first, ...rest]);
          const at = before.findIndex((character, i) => character !== after[i]);
          const halves = widthOf(before[at] ?? '');
          expect(halves).toBeGreaterThan(1);
          expect(after.slice(at, at + halves)).toEqual(Array.from({ length: halves }, () => ' '));
          expect(after.slice(at + halves)).toEqual(before.slice(at + 1));
        }
      }),
    );
    const row = [bold('漢字', 'leader'), quiet('x')];
    expect(takeRow(row, 3)).toEqual([bold('漢 ', 'leader')]);
    expect(skipRow(row, 3)).toEqual([bold(' ', 'leader'), quiet('x')]);
  });
});

describe('wrapped', () => {
  const lines = (row: Row, width: number, indent?: number) => wrapRow(row, width, indent).map(textOf);

  test('words stand one under the other, indented from the second row on', () => {
    expect(lines([plain('12:00 '), bold('n1 leads term 2')], 12, 6)).toEqual([
      '12:00 n1 ',
      '      leads ',
      '      term 2',
    ]);
  });

  test('a word that fits to the last column is not cut for the blank behind it', () => {
    expect(lines([plain('one two six')], 7)).toEqual(['one two', 'six']);
    expect(lines([plain('one two'), plain(' six')], 7)).toEqual(['one two', 'six']);
  });

  test('a word longer than a row is broken, a wide character is not', () => {
    expect(lines([plain('abcdefgh')], 5, 2)).toEqual(['abcde', '  fgh']);
    expect(lines([plain('漢字漢字')], 5)).toEqual(['漢字', '漢字']);
    expect(lines([plain('漢字漢')], 4, 9)).toEqual(['漢字', '  漢']);
  });

  test('an accent stays with its letter', () => {
    expect(lines([plain('one \u0301two')], 5)).toEqual(['one \u0301t', 'wo']);
  });

  test('no row is wider than it may be, and nothing is lost but blanks', () => {
    fc.assert(
      fc.property(
        rowsOfText,
        fc.integer({ min: 2, max: 40 }),
        fc.integer({ min: 0, max: 45 }),
        (row, width, indent) => {
          const wide = charactersOf(textOf(row)).some((character) => widthOf(character) > 2);
          const wrapped = wrapRow(row, width, indent);
          for (const one of wrapped) expect(rowWidth(one)).toBeLessThanOrEqual(width);
          if (!wide) expect(wrapped.map(words).join('')).toBe(words(row));
        },
      ),
    );
  });

  test('what is wider than any row ends, too', () => {
    expect(lines([plain(`${'ﾊ'}${'\uff9e'.repeat(9)}x`)], 4)).toEqual(['    ', 'x']);
    expect(lines([plain('漢字')], 1)).toHaveLength(3);
  });
});

describe('pictures on a canvas', () => {
  const at = (x: number, y: number, width: number, height: number, ...texts: string[]): Placed => ({
    rect: { x, y, width, height },
    rows: texts.map((text) => [plain(text)]),
  });
  const drawn = (columns: number, rows: number, ...placed: Placed[]) => compose({ columns, rows }, placed).map(textOf);

  test('later ones lie over earlier ones', () => {
    expect(drawn(6, 3, at(0, 0, 6, 3, 'aaaaaa', 'aaaaaa', 'aaaaaa'), at(2, 1, 2, 1, 'bb'))).toEqual([
      'aaaaaa',
      'aabbaa',
      'aaaaaa',
    ]);
  });

  test('rows that a picture lacks are blank, those beyond its place are not drawn', () => {
    expect(drawn(4, 3, at(0, 0, 4, 3, 'aaaa', 'aaaa', 'aaaa'), at(1, 0, 2, 2, 'b'))).toEqual(['ab a', 'a  a', 'aaaa']);
    expect(drawn(3, 2, at(0, 1, 3, 1, 'abc', 'def'))).toEqual(['   ', 'abc']);
    expect(drawn(3, 1, at(0, 0, 5, 4, 'abcde'))).toEqual(['ab…']);
  });

  test('a wide character under an edge leaves a blank, and moves nothing', () => {
    expect(drawn(6, 1, at(0, 0, 6, 1, '漢字漢'), at(1, 0, 2, 1, 'bb'))).toEqual([' bb 漢']);
    expect(drawn(6, 1, at(0, 0, 6, 1, '漢字漢'), at(3, 0, 2, 1, 'bb'))).toEqual(['漢 bb ']);
  });

  test('the window is filled to the column whatever is put where', () => {
    const placed = fc
      .tuple(fc.nat(20), fc.nat(6), fc.nat(20), fc.nat(6), fc.array(rowsOfText, { maxLength: 6 }))
      .map(([x, y, width, height, rows]): Placed => ({ rect: { x, y, width, height }, rows }));
    fc.assert(
      fc.property(fc.array(placed, { maxLength: 4 }), (all) => {
        const picture = compose({ columns: 20, rows: 6 }, all);
        expect(picture).toHaveLength(6);
        for (const row of picture) expect([rowWidth(row), widthOf(textOf(row))]).toEqual([20, 20]);
      }),
    );
  });
});

test('in ASCII a row is ASCII, and as wide', () => {
  fc.assert(
    fc.property(rowsOfText, (row) => {
      for (const { text } of row) {
        expect(toAscii(text)).toMatch(/^[\x20-\x7e]*$/);
        expect(toAscii(text)).toHaveLength(widthOf(text));
      }
    }),
  );
  expect(toAscii(toned('plain', '▸ n1 ● 漢').text)).toBe('> n1 * ??');
});
