import fc from 'fast-check';

/** What anybody can write as a key, a value or a name, and what a terminal or a measure may trip over. */
const PIECES = [
  ...['a', 'lockstep', ' ', '   ', '-', '1'],
  // Wide, and half wide.
  ...['漢', '字漢字', 'ｆ', 'ﾊ', '\u3000', '👍', '⌚'],
  // Of no width of their own, with a letter and without one.
  ...[
    'e\u0301',
    'x\u0301',
    '\u0301',
    'ﾊﾞ',
    '\uff9e',
    'क्षि',
    'नि',
    '\u0903',
    'กำ',
    '\u0e33',
    '가',
    '\u1100\u1161',
    '\u1161',
  ],
  // What changes the width of what is before it.
  ...['❤\ufe0f', '\ufe0f', '1\ufe0f\u20e3', '\u20e3', '👍🏽', '🏽', '👩‍👩‍👧', '🇩🇪', '🇩'],
  // Of the dashboard's own.
  ...['●', '…', '│', '⣿', 'é', 'ß', '\u00a0'],
];

/** What a terminal obeys or hides. */
const CONTROLS = [
  ...['\x1b[2J', '\x1b]0;owned\x07', '\x1b[31m', '\x9b31m', '\x1b', '\x00', '\b', '\r', '\n', '\t', '\x7f', '\x85'],
  ...['\u202e', '\u2066', '\u200b', '\u200d', '\ufeff', '\u2028', '\u034f', '\u3164', '\ud800', '\udc00', '\u{e0041}'],
];

/** Text of all kinds; nothing in it is to be escaped that a terminal would obey. */
export const texts = (maxLength = 12): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...PIECES), { maxLength }).map((pieces) => pieces.join(''));

/** Text meant to do harm: obeyed, hidden, wide, or very long. */
export const hostileTexts: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: fc.array(fc.constantFrom(...PIECES, ...CONTROLS), { maxLength: 8 }).map((p) => p.join('')) },
  { weight: 1, arbitrary: fc.constantFrom(...PIECES, ...CONTROLS).map((piece) => piece.repeat(500)) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
);

/** No character of a picture is one of these. */
export const OBEYED = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
