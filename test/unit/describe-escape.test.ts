import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeText } from '../../core/observe/escape.ts';

describe('escapeText', () => {
  test.each([
    ['C0 controls', 'a\x00b\x07\x1b[2J', String.raw`a\x00b\x07\x1b[2J`],
    ['newline, return and tab', '\n\r\t', String.raw`\n\r\t`],
    ['DEL and C1 controls', '\x7f\x9b', String.raw`\x7f\x9b`],
    ['bidi controls', '\u202e\u2066\u200f\u061c', String.raw`\u202e\u2066\u200f\u061c`],
    ['zero-width characters', '\u200b\u200d\ufeff\u2060\u00ad', String.raw`\u200b\u200d\ufeff\u2060\xad`],
    ['invisible letters and joiners', '\u3164\u115f\uffa0\u034f', String.raw`\u3164\u115f\uffa0\u034f`],
    ['line and paragraph separators', '\u2028\u2029', String.raw`\u2028\u2029`],
    ['tags, beyond the first plane', '\u{e0041}', String.raw`\u{e0041}`],
    ['lone surrogates', 'a\ud83d-\udc00', String.raw`a\ud83d-\udc00`],
  ])('shows %s', (_, text, expected) => {
    expect(escapeText(text)).toBe(expected);
  });

  test.each(['plain', 'größe', '数据', 'नमस्ते', '🦀', 'e\u0301', '❤\ufe0f', 'שלום', 'C:\\dir', ' '])(
    'leaves %s alone',
    (text) => {
      expect(escapeText(text)).toBe(text);
    },
  );

  test('leaves nothing that a terminal obeys, whatever it is given, and done twice it is as done once', () => {
    const anything = fc.array(fc.integer({ min: 0, max: 0x10ffff }), { size: 'medium' });
    fc.assert(
      fc.property(anything, (points) => {
        const shown = escapeText(String.fromCodePoint(...points));
        for (const character of shown) {
          const point = character.codePointAt(0) as number;
          expect(point < 0x20 || (point >= 0x7f && point < 0xa0), `control ${point}`).toBe(false);
          expect(point >= 0xd800 && point < 0xe000, `surrogate ${point}`).toBe(false);
        }
        expect(escapeText(shown)).toBe(shown);
      }),
    );
  });
});
