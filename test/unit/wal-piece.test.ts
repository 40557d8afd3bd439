import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lsn, term } from '../../core/protocol/position.ts';
import { SESSION_WINDOW } from '../../core/protocol/sessions.ts';
import type { SessionWrite, SnapshotPiece } from '../../core/protocol/snapshot.ts';
import { KEY_BYTES_MAX, NAME_BYTES_MAX, parseRecord, VALUE_BYTES_MAX } from '../../core/wal/codec.ts';
import { sealLine } from '../../core/wal/line.ts';
import { parsePiece, sealPiece } from '../../core/wal/piece.ts';

const branches: SnapshotPiece = {
  type: 'branches',
  branches: [
    { term: term(1), firstLsn: lsn(1) },
    { term: term(4), firstLsn: lsn(17) },
  ],
};
const key: SnapshotPiece = { type: 'key', key: 'x', value: 'é\n', lsn: lsn(12) };
const session: Extract<SnapshotPiece, { type: 'session' }> = {
  type: 'session',
  session: 'c1',
  floorSeq: 3,
  lastLsn: lsn(19),
  writes: [
    [4, lsn(18), 4503599627370495],
    [5, lsn(19), 0],
  ],
};
const forgotten: SnapshotPiece = { type: 'forgotten', lsn: lsn(9) };

/** A line whose seal is right, whatever it says. */
const sealed = (fields: object): string => sealLine(`${JSON.stringify(fields).slice(0, -1)},`);

test('they read as they always have', () => {
  expect([branches, key, session, forgotten].map((piece) => sealPiece(piece).line)).toEqual([
    '{"type":"branches","branches":[{"term":1,"firstLsn":1},{"term":4,"firstLsn":17}],"crc":"8fe8f831"}',
    '{"type":"key","key":"x","value":"é\\n","lsn":12,"crc":"a90bed92"}',
    '{"type":"session","session":"c1","floorSeq":3,"lastLsn":19,"writes":[[4,18,4503599627370495],[5,19,0]],"crc":"1b7568c9"}',
    '{"type":"forgotten","lsn":9,"crc":"3d0c2c52"}',
  ]);
});

test('what is sealed is parsed back, the very line kept, its bytes counted', () => {
  const at = fc.integer({ min: 1, max: 999_999_999_999_999 }).map(lsn);
  const seq = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
  const words = fc.string({ unit: 'binary', maxLength: 40 });
  const fingerprint = fc.integer({ min: 0, max: 2 ** 52 - 1 });
  const pieces: fc.Arbitrary<SnapshotPiece> = fc.oneof(
    fc.record({
      type: fc.constant('branches' as const),
      branches: fc.array(fc.record({ term: at.map(term), firstLsn: at })),
    }),
    fc.record({ type: fc.constant('key' as const), key: words, value: fc.string({ unit: 'binary' }), lsn: at }),
    fc.record({
      type: fc.constant('session' as const),
      session: words,
      floorSeq: fc.oneof(fc.constant(0), seq),
      lastLsn: at,
      writes: fc.array(fc.tuple(seq, at, fingerprint)),
    }),
    fc.record({ type: fc.constant('forgotten' as const), lsn: at }),
  );
  fc.assert(
    fc.property(pieces, (piece) => {
      const made = sealPiece(piece);
      expect(made).toEqual({ piece, line: made.line, bytes: Buffer.byteLength(`${made.line}\n`) });
      expect(parsePiece(made.line)).toEqual(made);
      // It is no record of the log.
      expect(parseRecord(made.line)).toBeNull();
      expect(made.line).not.toContain('\n');
    }),
    { numRuns: 1000 },
  );
});

test('any flipped bit makes it no piece', () => {
  for (const piece of [branches, key, session, forgotten]) {
    const bytes = Buffer.from(sealPiece(piece).line);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8((flipped[bit >> 3] as number) ^ (1 << (bit & 7)), bit >> 3);
      expect(parsePiece(flipped.toString()), `bit ${bit}`).toBeNull();
    }
  }
});

describe('bounds are those of entries, and sealing holds them as parsing does', () => {
  const many = <Item>(count: number, item: Item): Item[] => Array.from({ length: count }, () => item);
  const write: SessionWrite = [1, lsn(1), 0];
  const branch = { term: term(1), firstLsn: lsn(1) };
  const [keyMax, valueMax] = ['é'.repeat(KEY_BYTES_MAX / 2), 'é'.repeat(VALUE_BYTES_MAX / 2)];
  const nameMax = 'é'.repeat(NAME_BYTES_MAX / 2);

  test.each<[string, SnapshotPiece]>([
    ['a key and its value', { ...key, key: keyMax, value: valueMax }],
    ['an empty key', { ...key, key: '', value: '' }],
    ['a name', { ...session, session: nameMax, floorSeq: Number.MAX_SAFE_INTEGER }],
    ['writes', { ...session, writes: many(SESSION_WINDOW, write) }],
    ['no writes', { ...session, writes: [], floorSeq: 0 }],
    ['branches', { type: 'branches', branches: many(1000, branch) }],
  ])('at the bound: %s', (_, piece) => {
    expect(parsePiece(sealPiece(piece).line)?.piece).toEqual(piece);
  });

  test.each<[string, SnapshotPiece]>([
    ['a key', { ...key, key: `${keyMax}a` }],
    ['a value', { ...key, value: `${valueMax}a` }],
    ['a surrogate', { ...key, value: '\ud800' }],
    ['an LSN', { ...key, lsn: lsn(0) }],
    ['a name', { ...session, session: `${nameMax}a` }],
    ['a floor', { ...session, floorSeq: -1 }],
    ['a floor that is no number', { ...session, floorSeq: Number.NaN }],
    ['a last LSN', { ...session, lastLsn: lsn(1e15) }],
    ['too many writes', { ...session, writes: many(SESSION_WINDOW + 1, write) }],
    ['a write without a number', { ...session, writes: [[0, lsn(1), 0]] }],
    ['a write that stands nowhere', { ...session, writes: [[1, lsn(0), 0]] }],
    ['a fingerprint', { ...session, writes: [[1, lsn(1), 0.5]] }],
    ['too many branches', { type: 'branches', branches: many(1001, branch) }],
    ['a branch before the first term', { type: 'branches', branches: [{ ...branch, term: term(0) }] }],
    ['a branch before the first entry', { type: 'branches', branches: [{ ...branch, firstLsn: lsn(0) }] }],
    ['where sessions were forgotten', { type: 'forgotten', lsn: lsn(1.5) }],
  ])('beyond it: %s', (_, piece) => {
    expect(() => sealPiece(piece)).toThrow('piece of a snapshot out of bounds');
    expect(parsePiece(sealed(piece))).toBeNull();
  });

  test('a refusal to seal tells the facts, not the contents', () => {
    expect(() => sealPiece({ ...key, value: `${valueMax}a` })).toThrow(
      'key of 1 bytes, value of 1048577 bytes, LSN 12',
    );
    expect(() => sealPiece({ ...session, floorSeq: -1 })).toThrow('session of 2 bytes, 2 writes above -1, to LSN 19');
  });
});

test.each([
  ['no type', { ...key, type: undefined }],
  ['another type', { ...key, type: 'entry' }],
  ['a number for a key', { ...key, key: 1 }],
  ['no value', { ...key, value: undefined }],
  ['an LSN in quotes', { ...key, lsn: '12' }],
  ['a session that is none', { ...session, session: 1 }],
  ['a floor in quotes', { ...session, floorSeq: '3' }],
  ['no writes', { ...session, writes: undefined }],
  ['a write that is none', { ...session, writes: [{ seq: 1 }] }],
  ['a write of two', { ...session, writes: [[1, 1]] }],
  ['a write of four', { ...session, writes: [[1, 1, 1, 1]] }],
  ['branches that are none', { ...branches, branches: {} }],
  ['a branch that is none', { ...branches, branches: [null] }],
  ['a term in quotes', { ...branches, branches: [{ term: '1', firstLsn: 1 }] }],
])('%s makes it no piece, however well sealed', (_, fields) => {
  for (const piece of [key, session, branches]) expect(parsePiece(sealed(piece))).not.toBeNull();
  expect(parsePiece(sealed(fields))).toBeNull();
});

test('fields of a later version are ignored, in the line they stay', () => {
  const line = sealed({ ...key, colour: 'red' });
  expect(parsePiece(line)).toEqual({ piece: key, line, bytes: Buffer.byteLength(line) + 1 });
});
