import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WRITE_MODES } from '../../core/protocol/entry.ts';
import { lsn, replicaId, term, writeId } from '../../core/protocol/position.ts';
import { parseEntry } from '../../core/wal/codec.ts';
import { scanEntryLine } from '../../core/wal/entry-line.ts';
import { scanKeyLine } from '../../core/wal/key-line.ts';
import { quoted, sealLine } from '../../core/wal/line.ts';
import { parsePiece } from '../../core/wal/piece.ts';
import { encodeAcknowledged, readAcknowledged } from '../../core/wire/acknowledged.ts';
import { encodeAnswer, readWrite } from '../../core/wire/client-lines.ts';
import { encodeToReplica, parseFromReplica, parseToReplica, type ToReplica } from '../../core/wire/replica-channel.ts';
import { readWriteLine } from '../../core/wire/write-line.ts';

// What is read and written without JSON says what JSON would say.

const counts = fc.integer({ min: 1, max: 999_999_999_999_999 });
const texts = fc.oneof(fc.string({ unit: 'grapheme-ascii', maxLength: 40 }), fc.string({ unit: 'binary' }));
const modes = fc.constantFrom(...WRITE_MODES);

/** A line as an encoder would write it, with here and there a unit changed, dropped or doubled. */
const spoiled = (lines: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(
      lines,
      fc.nat(),
      fc.constantFrom('', '"', '\\', '0', ' ', ',', '}', '\n', '\u0000', 'é', '-', '.'),
      fc.nat(2),
    )
    .map(([line, at, text, dropped]) => {
      const place = at % (line.length + 1);
      return line.slice(0, place) + text + line.slice(place + dropped);
    });

interface Put {
  readonly term: number;
  readonly lsn: number;
  readonly key: string;
  readonly value: string;
  readonly mode: string;
  readonly id: string;
}
const entryOf = ({ term, lsn, key, value, mode, id }: Put) => ({
  type: 'entry',
  term,
  lsn,
  op: 'put',
  key,
  value,
  mode,
  id,
});

/** What JSON says of a line, but for what is not there. */
function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return 'no JSON';
  }
}
const withoutUndefined = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

test('quoted text is what JSON.stringify makes of it', () => {
  fc.assert(
    fc.property(fc.oneof(texts, fc.string({ unit: 'binary', maxLength: 200 })), (text) => {
      expect(quoted(text)).toBe(JSON.stringify(text));
    }),
  );
  expect(quoted('\ud800')).toBe(JSON.stringify('\ud800'));
});

describe('a line in the short form', () => {
  const plain = texts.filter((text) => JSON.stringify(text) === `"${text}"`);

  test('an entry', () => {
    const heads = fc
      .record({ term: counts, lsn: counts, key: plain, value: plain, mode: modes, id: plain })
      .map((fields) => JSON.stringify(entryOf(fields)));
    const sealed = (head: string): string => sealLine(`${head.slice(0, -1)},`);
    fc.assert(
      fc.property(heads, (head) => {
        expect({ ...scanEntryLine(sealed(head)), crc: 0 }).toEqual({ ...JSON.parse(sealed(head)), crc: 0 });
      }),
    );
    fc.assert(
      fc.property(spoiled(heads), (head) => {
        const line = sealed(head);
        const read = scanEntryLine(line);
        if (read) expect({ ...read, crc: 0 }).toEqual({ ...(jsonOf(line) as object), crc: 0 });
      }),
    );
    const [head] = fc.sample(heads, 1);
    const good = sealed(head as string);
    const digit = good.at(-3) === '0' ? '1' : '0';
    expect(parseEntry(good)).not.toBeNull();
    expect(parseEntry(`${good.slice(0, -3)}${digit}"}`)).toBeNull();
  });

  test('a key of a snapshot, and what it takes in bytes', () => {
    const heads = fc
      .record({ type: fc.constant('key'), key: plain, value: plain, lsn: counts })
      .map((fields) => JSON.stringify(fields));
    const sealed = (head: string): string => sealLine(`${head.slice(0, -1)},`);
    const asJson = (line: string) => {
      const { crc, ...piece } = jsonOf(line) as { readonly crc: string };
      return { piece, line, bytes: Buffer.byteLength(line) + 1 };
    };
    fc.assert(
      fc.property(heads, (head) => {
        expect(scanKeyLine(sealed(head))).toEqual(asJson(sealed(head)));
      }),
    );
    fc.assert(
      fc.property(spoiled(heads), (head) => {
        const read = scanKeyLine(sealed(head));
        if (read) expect(read).toEqual(asJson(sealed(head)));
      }),
    );
    const good = sealed('{"type":"key","key":"k","value":"v","lsn":1}');
    expect(parsePiece(good)).not.toBeNull();
    const digit = good.at(-3) === '0' ? '1' : '0';
    expect(parsePiece(`${good.slice(0, -3)}${digit}"}`)).toBeNull();
    expect(scanKeyLine(sealed('{"type":"key","key":"k","value":"v","lsn":1,"and":"more"}'))).toBeNull();
  });

  test('a write to a leader', () => {
    const writes = fc
      .record({
        id: plain.filter((id) => id.length > 0 && id.length <= 40).map(writeId),
        term: counts.map(term),
        mode: modes,
        key: plain.filter((key) => key.length > 0),
        value: fc.option(plain),
        session: fc.option(fc.record({ session: plain.filter((name) => name.length > 0), seq: counts })),
        token: fc.option(fc.record({ term: counts.map(term), lsn: counts.map(lsn) }), { nil: undefined }),
      })
      .map(
        ({ key, value, token, ...write }): ToReplica => ({
          type: 'write',
          write: {
            ...write,
            command: value === null ? { op: 'delete', key } : { op: 'put', key, value },
            ...(token ? { token } : {}),
          },
        }),
      );
    fc.assert(
      fc.property(writes, (message) => {
        expect(parseToReplica(encodeToReplica(message))).toEqual({ message });
      }),
    );
    fc.assert(
      fc.property(spoiled(writes.map(encodeToReplica)), (line) => {
        const read = readWriteLine(line);
        if (read) expect(read).toEqual(jsonOf(line));
      }),
    );
    const [sample] = fc.sample(
      writes.filter((one) => one.type === 'write' && !one.write.session && !one.write.token),
      1,
    );
    expect(readWriteLine(encodeToReplica(sample as ToReplica)) === null).toBe(
      sample?.type === 'write' && sample.write.command.op === 'delete',
    );
  });

  test("a client's write", () => {
    const lines = fc
      .record(
        { id: fc.oneof(counts, plain), op: fc.constant('write'), key: plain, value: plain, mode: modes },
        { requiredKeys: ['op', 'key', 'value'] },
      )
      .map(({ id, op, key, value, mode }) => JSON.stringify({ id, op, key, value, mode }));
    fc.assert(
      fc.property(lines, (line) => {
        expect(withoutUndefined(readWrite(line) ?? {})).toEqual(JSON.parse(line));
      }),
    );
    fc.assert(
      fc.property(spoiled(lines), (line) => {
        const read = readWrite(line);
        if (read) expect(withoutUndefined(read)).toEqual(jsonOf(line));
      }),
    );
  });

  test('acknowledgements', () => {
    const messages = fc
      .record({
        term: counts.map(term),
        durableOn: fc.subarray(['n1', 'n2', 'n3'].map(replicaId)),
        writes: fc.array(fc.tuple(texts.map(writeId), counts.map(lsn))).map((pairs) => pairs.flat()),
      })
      .map((fields) => ({ type: 'acknowledged' as const, ...fields }));
    fc.assert(
      fc.property(messages, (message) => {
        const line = encodeAcknowledged(message);
        expect(JSON.parse(line)).toEqual(message);
        expect(parseFromReplica(line)).toEqual({ message });
        const read = readAcknowledged(line);
        if (line.includes('\\')) expect(read).toBeNull();
        else expect(read).toEqual(message);
      }),
    );
    fc.assert(
      fc.property(spoiled(messages.map(encodeAcknowledged)), (line) => {
        const read = readAcknowledged(line);
        if (read) expect(read).toEqual(jsonOf(line));
      }),
    );
  });
});

test.each([
  '{"op":"write","key":"a","value":"b","mode":"}',
  '{"id":1,"op":"write","key":"a","value":"b","mode":"',
  '{"id":1,"op":"write","key":"a","value":"b","mode":"quorumx"}',
])('what is no write is not taken for one: %s', (line) => expect(readWrite(line)).toBeNull());

test.each(['"crc":"x","session":"s","seq":3,', '"crc":"garbage{{{'])('a seal is where it must be: %s', (end) => {
  const head = '{"type":"entry","term":1,"lsn":1,"op":"put","key":"k","value":"v","mode":"quorum","id":"w1",';
  expect(scanEntryLine(sealLine(head))).not.toBeNull();
  expect(scanEntryLine(sealLine(head + end))).toBeNull();
});

test('an answer is what JSON.stringify makes of its id and its result', () => {
  const results = fc.record(
    {
      v: fc.constant(1),
      writeId: texts,
      outcome: fc.constantFrom('ok', 'unknown'),
      position: fc.constantFrom('2:17', '1:1'),
      mode: modes,
      durableOn: fc.subarray(['n1', 'n2', 'n3'], { minLength: 1 }),
      ms: fc.double({ min: 0, max: 5000, noNaN: true }),
      replaces: fc.constant('1:4'),
    },
    { requiredKeys: ['v', 'writeId', 'outcome', 'position', 'mode', 'durableOn', 'ms'] },
  );
  fc.assert(
    fc.property(
      fc.option(fc.oneof(counts, texts, fc.double({ noNaN: true, noDefaultInfinity: true })), { nil: undefined }),
      results,
      (id, { position, ...rest }) => {
        const result = { ...rest, position, ...(rest.outcome === 'ok' ? { token: position } : {}) };
        expect(JSON.parse(encodeAnswer(id, result))).toEqual(JSON.parse(JSON.stringify({ id, ...result })));
      },
    ),
  );
});
