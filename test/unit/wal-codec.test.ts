import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type EntryFields, STANDINGS, WRITE_MODES } from '../../core/protocol/entry.ts';
import { lsn, type Position, replicaId, term, writeId } from '../../core/protocol/position.ts';
import {
  encodeRecord,
  KEY_BYTES_MAX,
  NAME_BYTES_MAX,
  parseEntry,
  parseRecord,
  sealEntry,
  VALUE_BYTES_MAX,
} from '../../core/wal/codec.ts';
import { sealLine } from '../../core/wal/line.ts';

const put = (key: string, value: string): EntryFields => ({
  term: term(2),
  lsn: lsn(17),
  id: writeId('w9'),
  command: { op: 'put', key, value },
  mode: 'quorum',
  session: { session: 'c1', seq: 3 },
});
const noop: EntryFields = { term: term(1), lsn: lsn(1), id: null, command: { op: 'noop' }, mode: null, session: null };

/** A line whose seal is right, whatever it says. */
const sealed = (fields: object): string => sealLine(`${JSON.stringify(fields).slice(0, -1)},`);
const plain = { type: 'entry', term: 2, lsn: 17, op: 'put', key: 'x', value: '1' };

const count = fc.integer({ min: 1, max: 999_999_999_999_999 });
const words = fc.string({ unit: 'binary', maxLength: 40 });
const names = words.filter((name) => Buffer.byteLength(name) <= NAME_BYTES_MAX);
const fieldsOfEntries: fc.Arbitrary<EntryFields> = fc.record({
  term: count.map(term),
  lsn: count.map(lsn),
  id: fc.option(names.map(writeId)),
  command: fc.oneof(
    fc.constant({ op: 'noop' as const }),
    fc.record({ op: fc.constant('put' as const), key: words, value: fc.string({ unit: 'binary' }) }),
    fc.record({ op: fc.constant('delete' as const), key: words }),
  ),
  mode: fc.option(fc.constantFrom(...WRITE_MODES)),
  session: fc.option(fc.record({ session: names, seq: count })),
});

describe('entries', () => {
  test('a line reads as it always has: the format is what is on disks already', () => {
    expect(sealEntry(put('x', '1')).line).toBe(
      '{"type":"entry","term":2,"lsn":17,"op":"put","key":"x","value":"1","mode":"quorum","id":"w9",' +
        '"session":"c1","seq":3,"crc":"d3309d7d"}',
    );
    expect(sealEntry(noop).line).toBe('{"type":"entry","term":1,"lsn":1,"op":"noop","crc":"f0aa7188"}');
    expect(sealEntry({ ...noop, command: { op: 'delete', key: 'x\n"é' } }).line).toBe(
      '{"type":"entry","term":1,"lsn":1,"op":"delete","key":"x\\n\\"é","crc":"cb601457"}',
    );
  });

  test('what is sealed is parsed back, the very line kept, its bytes counted', () => {
    fc.assert(
      fc.property(fieldsOfEntries, (fields) => {
        const entry = sealEntry(fields);
        expect(entry).toEqual({ ...fields, line: entry.line, bytes: Buffer.byteLength(`${entry.line}\n`) });
        expect(parseEntry(entry.line)).toEqual(entry);
        expect(parseRecord(entry.line)).toEqual({ type: 'entry', entry });
        expect(encodeRecord({ type: 'entry', entry })).toBe(entry.line);
        expect(entry.line).not.toContain('\n');
      }),
      { numRuns: 1000 },
    );
  });

  test.each(['__proto__', 'constructor', 'toString', '', '\u2028', '\0'])('%j is a key like any other', (key) => {
    const entry = sealEntry(put(key, key));
    expect(parseEntry(entry.line)?.command).toEqual({ op: 'put', key, value: key });
  });

  test('any flipped bit makes it no entry', () => {
    const bytes = Buffer.from(sealEntry(put('ключ', '\\ "1"')).line);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped.writeUInt8((flipped[bit >> 3] as number) ^ (1 << (bit & 7)), bit >> 3);
      expect(parseEntry(flipped.toString()), `bit ${bit}`).toBeNull();
    }
  });

  test('no part of it is an entry, nor anything longer', () => {
    const { line } = sealEntry(put('x', '1'));
    for (let length = 0; length < line.length; length++) expect(parseEntry(line.slice(0, length))).toBeNull();
    for (const extra of ['\n', ' ', '\r', '}', '\0']) expect(parseEntry(line + extra)).toBeNull();
  });

  test('bounds are in bytes of UTF-8, and sealing holds them as parsing does', () => {
    const [keyMax, valueMax] = ['é'.repeat(KEY_BYTES_MAX / 2), 'é'.repeat(VALUE_BYTES_MAX / 2)];
    const [nameMax, seqMax] = ['é'.repeat(NAME_BYTES_MAX / 2), Number.MAX_SAFE_INTEGER];
    const largest = { ...put(keyMax, valueMax), id: writeId(nameMax), session: { session: nameMax, seq: seqMax } };
    expect(parseEntry(sealEntry(largest).line)).toMatchObject(largest);
    const beyond: [string, EntryFields, object][] = [
      ['key', put(`${keyMax}a`, ''), { key: `${keyMax}a` }],
      ['value', put('x', `${valueMax}a`), { value: `${valueMax}a` }],
      ['id', { ...noop, id: writeId(`${nameMax}a`) }, { id: `${nameMax}a` }],
      ['session', { ...noop, session: { session: `${nameMax}a`, seq: 1 } }, { session: `${nameMax}a`, seq: 1 }],
      ['seq', { ...noop, session: { session: 'c', seq: seqMax + 1 } }, { session: 'c', seq: seqMax + 1 }],
      ['seq', { ...noop, session: { session: 'c', seq: 0 } }, { session: 'c', seq: 0 }],
      ['term', { ...noop, term: term(0) }, { term: 0 }],
      ['lsn', { ...noop, lsn: lsn(1.5) }, { lsn: 1.5 }],
      ['surrogate in key', put('\ud800', ''), { key: '\ud800' }],
      ['surrogate in value', put('x', '\udc00\ud800'), { value: '\udc00\ud800' }],
    ];
    for (const [name, fields, raw] of beyond) {
      expect(() => sealEntry(fields), name).toThrow(RangeError);
      expect(parseEntry(sealed({ ...plain, ...raw })), name).toBeNull();
    }
  });

  test('a refusal to seal tells the facts, not the contents', () => {
    expect(() => sealEntry(put('x', 'v'.repeat(VALUE_BYTES_MAX + 1)))).toThrow(
      'entry out of bounds: 2:17 put, id of 2 bytes, key of 1 bytes, value of 1048577 bytes, session of 2 bytes, seq 3',
    );
  });

  test.each([
    ['no type', { ...plain, type: undefined }],
    ['another type', { ...plain, type: 'hard-state' }],
    ['no key', { ...plain, key: undefined }],
    ['a number for a value', { ...plain, value: 1 }],
    ['an unknown operation', { ...plain, op: 'increment' }],
    ['a term in quotes', { ...plain, term: '2' }],
    ['a negative LSN', { ...plain, lsn: -1 }],
    ['an LSN too large', { ...plain, lsn: 1e15 }],
    ['an unknown mode', { ...plain, mode: 'eventually' }],
    ['an id that is none', { ...plain, id: 7 }],
    ['a seq without session', { ...plain, seq: 1 }],
    ['a session without seq', { ...plain, session: 'c' }],
    ['a seq in quotes', { ...plain, session: 'c', seq: '1' }],
  ])('%s makes it no entry, however well sealed', (_, fields) => {
    expect(parseEntry(sealed(plain))).not.toBeNull();
    expect(parseEntry(sealed(fields))).toBeNull();
  });

  test('fields of a later version are ignored, in the line they stay', () => {
    const line = sealed({ ...plain, colour: 'red' });
    expect(parseEntry(line)).toMatchObject({ line, command: { op: 'put', key: 'x', value: '1' } });
  });

  test('parsing never throws', () => {
    const depth = '['.repeat(1_000_000);
    const hostile = [
      '',
      '"crc":"00000000"}',
      depth,
      sealLine(depth),
      sealLine('['),
      sealLine('null '),
      sealLine('{"a":{'),
      '[]',
    ];
    for (const line of hostile) expect(parseRecord(line)).toBeNull();
    const objects = fc.json().map((json) => sealLine(`${json.slice(0, -1)},`));
    fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary' }), objects), (line) => parseEntry(line) === null));
  });

  test('a sealed line with a line break inside is no record: it would be two in the file', () => {
    const line = sealLine('{"type":"entry","term":2,\n"lsn":17,"op":"noop",');
    expect(() => JSON.parse(line)).not.toThrow();
    expect(parseEntry(line)).toBeNull();
  });

  test('nor is one that UTF-8 cannot hold: the file would not have the line that the sockets had', () => {
    const line = sealLine('{"type":"entry","term":2,"lsn":17,"op":"noop","note":"\ud800",');
    expect(() => JSON.parse(line)).not.toThrow();
    expect(parseEntry(line)).toBeNull();
  });
});

describe('the other records', () => {
  const replica = replicaId('n2');
  const members = [replicaId('n1'), replica];

  test('they read as they always have', () => {
    const after = { term: term(2), lsn: lsn(17) };
    const start = { base: 4096, after };
    expect(encodeRecord({ type: 'identity', cluster: 'a "b"', replica, members, start })).toBe(
      '{"type":"identity","version":2,"cluster":"a \\"b\\"","replica":"n2","members":["n1","n2"],"base":4096,' +
        '"after":"2:17","crc":"af4a676a"}',
    );
    const vote = { term: term(3), votedFor: replica, committedLsn: lsn(12), standing: 'voter', durable: 4096 } as const;
    expect(encodeRecord({ type: 'hard-state', ...vote })).toBe(
      '{"type":"hard-state","term":3,"votedFor":"n2","committedLsn":12,"standing":"voter","durable":4096,"crc":"fc6ab9fe"}',
    );
    expect(encodeRecord({ type: 'truncate', from: lsn(9) })).toBe('{"type":"truncate","from":9,"crc":"7e24f897"}');
  });

  test('what is encoded is parsed back', () => {
    const position: fc.Arbitrary<Position> = fc.record({ term: count.map(term), lsn: count.map(lsn) });
    const identity = fc.record({
      type: fc.constant('identity' as const),
      cluster: names,
      replica: names.map(replicaId),
      members: fc.array(names.map(replicaId)),
      start: fc.option(fc.record({ base: count, after: position })),
    });
    const vote = fc.record({
      type: fc.constant('hard-state' as const),
      term: fc.nat().map(term),
      votedFor: fc.option(names.map(replicaId)),
      committedLsn: fc.nat().map(lsn),
      standing: fc.constantFrom(...STANDINGS),
      durable: fc.nat(),
    });
    const truncate = fc.record({ type: fc.constant('truncate' as const), from: count.map(lsn) });
    fc.assert(
      fc.property(fc.oneof(identity, vote, truncate), (record) => {
        expect(parseRecord(encodeRecord(record))).toEqual(record);
        expect(parseEntry(encodeRecord(record))).toBeNull();
      }),
    );
  });

  const vote = { type: 'hard-state', term: 1, votedFor: null, committedLsn: 0, standing: 'voter', durable: 0 };
  test.each([
    ['a truncation from 0', { type: 'truncate', from: 0 }],
    ['a hard state without a durable offset', { ...vote, durable: undefined }],
    ['a vote for a number', { ...vote, votedFor: 1 }],
    ['a negative term', { ...vote, term: -1 }],
    ['no standing', { ...vote, standing: undefined }],
    ['a standing that is none', { ...vote, standing: 'observer' }],
    [
      'members that are none',
      { type: 'identity', version: 2, cluster: 'c', replica: 'n1', members: 'n1', base: 0, after: '0:0' },
    ],
    ['no end before it', { type: 'identity', version: 2, cluster: 'c', replica: 'n1', members: ['n1'], base: 0 }],
    ['no base', { type: 'identity', version: 2, cluster: 'c', replica: 'n1', members: ['n1'], after: '0:0' }],
    ['no version', { type: 'identity', cluster: 'c', replica: 'n1', members: ['n1'], base: 0 }],
    ['a type to come', { type: 'snapshot' }],
  ])('%s is no record, however well sealed', (_, fields) => {
    expect(parseRecord(sealed(vote))).not.toBeNull();
    expect(parseRecord(sealed(fields))).toBeNull();
  });

  test('an identity of another version is known for one, whatever its other fields', () => {
    expect(parseRecord(sealed({ type: 'identity', version: 1, owner: [] }))).toEqual({
      type: 'other-version',
      version: 1,
    });
  });
});
