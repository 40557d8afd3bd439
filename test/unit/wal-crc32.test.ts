import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crc32, crc32Of, utf8Bytes } from '../../core/wal/crc32.ts';

/** Any sequence of UTF-16 units, lone surrogates among them. */
const anyUnits = fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units));
/** Long stretches of ASCII with other characters at any offset. */
const mixed = fc
  .array(fc.oneof(fc.string(), fc.string({ unit: 'binary', maxLength: 3 })))
  .map((parts) => parts.join(''));

test.each([
  ['', 0],
  ['a', 0xe8b7be43],
  ['123456789', 0xcbf43926],
  ['The quick brown fox jumps over the lazy dog', 0x414fa339],
  ['\0\0\0\0', 0x2144df1c],
])('the CRC-32 of %j is known', (text, expected) => {
  expect(crc32(text)).toBe(expected);
});

test('crc32 and utf8Bytes agree with zlib and Node on any string', () => {
  fc.assert(
    fc.property(fc.oneof(anyUnits, mixed), (text) => {
      const bytes = Buffer.from(text);
      expect(crc32(text)).toBe(zlibCrc32(bytes));
      expect(crc32Of(bytes, 0, bytes.length)).toBe(zlibCrc32(bytes));
      expect(utf8Bytes(text)).toBe(bytes.length);
    }),
    { numRuns: 2000 },
  );
});

test.each([
  '\x7f',
  '\x80',
  '\u07ff',
  '\u0800',
  '\ud7ff',
  '\ue000',
  '\uffff',
  '\u{10000}',
  '\u{10ffff}',
  '\ud800',
  '\udc00',
])('a character at an edge of UTF-8 is counted right: %j', (character) => {
  for (const text of [character, `abc${character}`, `${character}abcd`, `a${character}${character}b`]) {
    expect(crc32(text)).toBe(zlibCrc32(Buffer.from(text)));
    expect(utf8Bytes(text)).toBe(Buffer.byteLength(text));
  }
  // Long text is counted in parts, and none of them ends within a character.
  for (let before = 16 * 1024 - 8; before <= 16 * 1024; before++) {
    const text = `${'x'.repeat(before)}${character.repeat(3)}yz`;
    expect(utf8Bytes(text)).toBe(Buffer.byteLength(text));
  }
});
