// Files are decoded by blocks of whole lines: what comes out is what comes out of each line by itself.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lsn, term, writeId } from '../../core/protocol/position.ts';
import { encodeRecord, parseRecord, sealEntry } from '../../core/wal/codec.ts';
import { isSealed, isSealedIn, sealLine } from '../../core/wal/line.ts';
import { linesIn, recordOf, textOf } from '../../core/wal/lines.ts';

/** Line by line, with another decoder. */
function plainly(bytes: Buffer): unknown[] {
  const lines: unknown[] = [];
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(10, start);
    const stop = newline < 0 ? bytes.length : newline;
    const line = bytes.subarray(start, stop);
    const text = line.toString('utf8');
    const next = Math.min(stop + 1, bytes.length);
    lines.push({ start, next, text: line.equals(Buffer.from(text)) ? text : null, terminated: newline >= 0 });
    start = next;
  }
  return lines;
}

const found = (bytes: Uint8Array): unknown[] =>
  [...linesIn(bytes)].map((line) => {
    const { start, next, terminated } = line;
    return { start, next, text: textOf(line), terminated };
  });

const BLOCK = 64 * 1024;
const ascii = fc.integer({ min: 0, max: 300 }).map((length) => Buffer.from('x'.repeat(length)));
const large = fc
  .constantFrom(BLOCK - 2, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK)
  .map((length) => Buffer.alloc(length, 'y'));
const other = fc.constantFrom('ö', '語', '🙂', '\ufeff', '\0', '').map((text) => Buffer.from(text));
const invalid = fc.constantFrom([0xff], [0xc3], [0xf0, 0x9f]).map((bytes) => Buffer.from(bytes));
const line = fc.oneof(
  { weight: 40, arbitrary: ascii },
  { weight: 2, arbitrary: large },
  { weight: 2, arbitrary: other },
  { weight: 1, arbitrary: invalid },
);

test('lines of any kind and length', () => {
  const files = fc.tuple(fc.array(line, { maxLength: 800, size: 'max' }), fc.boolean());
  fc.assert(
    fc.property(files, ([lines, isTorn]) => {
      const bytes = Buffer.concat(lines.flatMap((each) => [each, Buffer.from('\n')]));
      const file = isTorn ? bytes.subarray(0, bytes.length - 1) : bytes;
      expect(found(file)).toEqual(plainly(file));
    }),
    { numRuns: 50 },
  );
});

test('the record of a line in a block is that of the line by itself', () => {
  const text = fc.oneof(fc.stringMatching(/^[a-z:0-9"\\ ]{0,40}$/), fc.string({ unit: 'grapheme', maxLength: 5 }));
  const entry = fc.record({ key: text, value: text, at: fc.integer({ min: 1, max: 1e12 }), isLast: fc.boolean() });
  const lineOf = ({ key, value, at }: { key: string; value: string; at: number }): string =>
    sealEntry({
      ...{ term: term(1), lsn: lsn(at), id: writeId(`w${at}`), mode: 'quorum', session: null },
      command: { op: 'put', key: key.toWellFormed(), value: value.toWellFormed() },
    }).line;
  const cut = fc.option(fc.record({ line: fc.nat(), at: fc.nat(), to: fc.constantFrom('', '\n', '"', '}', '0', 'x') }));
  fc.assert(
    fc.property(fc.array(entry, { minLength: 1, maxLength: 20 }), cut, (entries, damage) => {
      const lines = entries.map(lineOf);
      lines.push(encodeRecord({ type: 'truncate', from: lsn(7) }));
      if (damage) {
        const index = damage.line % lines.length;
        const line = lines[index] as string;
        const at = damage.at % line.length;
        lines[index] = `${line.slice(0, at)}${damage.to}${line.slice(at + 1)}`;
      }
      for (const line of linesIn(Buffer.from(`${lines.join('\n')}\n`))) {
        const alone = textOf(line);
        expect(recordOf(line)).toEqual(alone === null ? null : parseRecord(alone));
      }
    }),
    { numRuns: 500 },
  );
});

test('a seal is the same in bytes as in text, wherever the line is', () => {
  const heads = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((head) => head.isWellFormed());
  fc.assert(
    fc.property(heads, fc.nat(20), fc.nat(), (head, before, at) => {
      const bytes = Buffer.from(sealLine(head));
      const sealedIn = (): boolean => {
        const file = Buffer.concat([Buffer.alloc(before, 'x'), bytes, Buffer.from('\nx')]);
        return isSealedIn(file, before, before + bytes.length);
      };
      expect(sealedIn()).toBe(true);
      const bit = at % (bytes.length * 8);
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(sealedIn()).toBe(false);
      expect(isSealed(bytes.toString())).toBe(false);
      expect(isSealedIn(bytes, bytes.length - 10, bytes.length)).toBe(false);
    }),
  );
});
