import { describe, expect, test } from 'vitest';
import { lsn, ORIGIN, replicaId, term } from '../../core/protocol/position.ts';
import { encodeRecord, type Identity, parseRecord } from '../../core/wal/codec.ts';
import { segmentBase, segmentFile } from '../../core/wal/files.ts';
import { openingOf } from '../../core/wal/group.ts';
import { sealLine } from '../../core/wal/line.ts';
import { MemoryDisk } from './support/wal-disk.ts';
import {
  batch,
  entries,
  entryLines,
  hardState,
  IDENTITY,
  linesOf,
  logOf,
  openLog,
  refusal,
  type SegmentBytes,
  verdictOn,
} from './support/wal-log.ts';

/** A log of several groups, three segments and one truncation, cleanly closed. */
function closedLog(): MemoryDisk {
  const disk = new MemoryDisk();
  const { wal } = openLog(disk, 1100);
  wal.submit(batch(1, { hard: hardState(1, 'n2'), add: entries(1, 3) }));
  disk.settle();
  wal.submit(batch(2, { hard: hardState(1, 'n2', 3), add: entries(4, 5) }));
  disk.settle();
  wal.submit(batch(3, { hard: hardState(2, null, 3), truncateFrom: 5, add: entries(5, 6, 2) }));
  disk.settle();
  wal.submit(batch(4, { hard: hardState(3, 'n1', 6), add: entries(7, 9, 3) }));
  disk.settle();
  wal.close(() => {});
  disk.settle();
  return disk;
}

const segmentsOf = (disk: MemoryDisk): SegmentBytes[] =>
  [...disk.contents()].map(([file, bytes]) => ({ base: segmentBase(file) ?? -1, bytes }));
/** The same segments, the one at `index` changed by `edit` line by line. */
function withLines(segments: readonly SegmentBytes[], index: number, edit: (lines: string[]) => void): SegmentBytes[] {
  return segments.map((segment, i) => {
    if (i !== index) return segment;
    const lines = linesOf(segment.bytes);
    edit(lines);
    return { base: segment.base, bytes: Buffer.from(lines.join('')) };
  });
}

describe('an intact log', () => {
  test('no log at all is empty', () => {
    expect(verdictOn([])).toEqual({ verdict: 'empty', cut: null, repairs: [] });
  });

  test('truncations are replayed, the last hard state counts, nothing is cut', () => {
    const segments = segmentsOf(closedLog());
    expect(segments).toHaveLength(3);
    const verdict = verdictOn(segments);
    expect(verdict).toMatchObject({ verdict: 'ok', hardState: hardState(3, 'n1', 6), cut: null });
    const expected = [...entries(1, 4), ...entries(5, 6, 2), ...entries(7, 9, 3)];
    expect(verdict.verdict === 'ok' && verdict.entries).toEqual(expected);
  });

  test('what is kept beyond the named durable offset is rewritten, byte for byte, and nothing else', () => {
    const [segment] = [logOf(entryLines(1, 2), entryLines(3, 4))];
    const text = Buffer.from(segment.bytes).toString();
    const durable = text.lastIndexOf('{"type":"hard-state"');
    expect(verdictOn([segment])).toMatchObject({
      verdict: 'ok',
      durable,
      end: text.length,
      segments: [{ base: 0, after: ORIGIN }],
      repairs: [{ type: 'rewrite', file: segmentFile(0), at: durable, bytes: Buffer.from(text.slice(durable)) }],
    });
  });

  test('committedLsn is a hint: never above what the log holds', () => {
    const ahead = encodeRecord({ type: 'hard-state', ...hardState(1, 'n1', 7), durable: 0 });
    const segment = logOf(entryLines(1, 2));
    const text = Buffer.from(segment.bytes).toString();
    const [identity = '', , ...rest] = text.split(/(?<=\n)/);
    const bytes = Buffer.from([identity, `${ahead}\n`, ...rest].join(''));
    expect(verdictOn([{ base: 0, bytes }])).toMatchObject({ verdict: 'ok', hardState: { committedLsn: 2 } });
  });
});

describe('damage to what was durable is named', () => {
  test('every single flipped bit: file, line and the LSN expected there', () => {
    const segments = segmentsOf(closedLog());
    const pristine = verdictOn(segments);
    if (pristine.verdict !== 'ok') throw new Error(pristine.verdict);
    let tried = 0;
    let expected = 1;
    for (const [index, { base, bytes }] of segments.entries()) {
      let start = 0;
      for (const [number, text] of linesOf(bytes).entries()) {
        const end = start + Buffer.byteLength(text);
        for (let bit = start * 8; bit < end * 8 && base + end <= pristine.durable; bit++) {
          const flipped = bytes.slice();
          flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
          const verdict = verdictOn(segments.with(index, { base, bytes: flipped }));
          if (verdict.verdict !== 'corrupt') throw new Error(`${segmentFile(base)}: bit ${bit}: ${verdict.verdict}`);
          const { file, line, lsn } = verdict;
          if (file !== segmentFile(base) || line !== number + 1 || lsn !== expected) {
            throw new Error(
              `bit ${bit} of ${segmentFile(base)}:${number + 1} (${expected}) reported as ${verdict.message}`,
            );
          }
          tried++;
        }
        const record = parseRecord(text.trimEnd());
        if (record?.type === 'entry') expected = record.entry.lsn + 1;
        if (record?.type === 'truncate') expected = record.from;
        start = end;
      }
    }
    expect(tried).toBe(pristine.durable * 8);
  });

  const damages: [string, (segments: SegmentBytes[]) => SegmentBytes[], string][] = [
    [
      'a line is gone',
      (log) => withLines(log, 0, (lines) => lines.splice(4, 1)),
      ', line 5: entry 1:3 where LSN 2 was',
    ],
    ['lines are swapped', (log) => withLines(log, 0, (l) => l.splice(3, 2, l[4] ?? '', l[3] ?? '')), 'LSN 1 was'],
    [
      'a line is there twice',
      (log) => withLines(log, 0, (l) => l.splice(4, 0, l[3] ?? '')),
      ', line 5: entry 1:1 where',
    ],
    ['a line is empty', (log) => withLines(log, 0, (lines) => lines.splice(3, 0, '\n')), ', line 4: no valid record'],
    [
      'a newline is gone',
      (log) => withLines(log, 0, (l) => l.splice(3, 1, (l[3] ?? '').trimEnd())),
      ', line 4: no valid',
    ],
    ['a stray byte', (log) => withLines(log, 1, (lines) => lines.splice(2, 0, ' ')), 'line 3: no valid record'],
    [
      'the end of a file is gone',
      (log) => withLines(log, 0, (lines) => lines.pop()),
      '.ndjson (a file is missing, or this one is not whole)',
    ],
    [
      'half a line at the end is gone',
      (log) => withLines(log, 1, (l) => l.push((l.pop() ?? '').slice(0, 9))),
      ' cut short',
    ],
    [
      'a file goes on too long',
      (log) => withLines(log, 0, (lines) => lines.push(lines.findLast((line) => line.includes('hard-state')) ?? '')),
      '(this one is too long), where LSN 6 was',
    ],
    ['a file is empty', (log) => withLines(log, 1, (lines) => lines.splice(0)), ', line 1: nothing where LSN'],
    ['the first file is missing', (log) => log.slice(1), 'wal-000000000000.ndjson, line 1: no such file'],
    ['a file in the middle is missing', (log) => log.toSpliced(1, 1), 'line 10: the end, at offset 1086 of the log'],
    [
      'an identity is missing',
      (log) => withLines(log, 1, (lines) => lines.splice(0, 1)),
      ', line 1: no identity record',
    ],
  ];
  test.each(damages)('%s', (_, damage, message) => {
    const segments = segmentsOf(closedLog());
    const verdict = verdictOn(damage(segments));
    expect(verdict).toMatchObject({ verdict: 'corrupt', message: expect.stringContaining(message) });
  });

  test('a hard state that is gone is missed by the next: without it a vote would be forgotten', () => {
    const lines = linesOf(logOf(entryLines(1, 2), [], entryLines(3, 4)).bytes);
    const bytes = Buffer.from(lines.toSpliced(4, 1).join(''));
    const message = expect.stringContaining('line 5: a hard state that stood at or after offset');
    expect(verdictOn([{ base: 0, bytes }])).toMatchObject({ verdict: 'corrupt', line: 5, lsn: 3, message });
  });

  test('a page of zeros, and bytes that are no UTF-8', () => {
    const segment = logOf(entryLines(1, 8), entryLines(9, 9));
    for (const fill of [0, 0xff]) {
      const bytes = segment.bytes.slice().fill(fill, 512, 1024);
      const intact = linesOf(segment.bytes.subarray(0, 512)).length;
      expect(verdictOn([{ base: 0, bytes }])).toMatchObject({ verdict: 'corrupt', line: intact, lsn: intact - 2 });
    }
  });

  test('a tail written twice, a gap, and an older term are no torn writes, even in the last group', () => {
    const twice = logOf(entryLines(1, 2), [...entryLines(3, 4), ...entryLines(3, 4)]);
    expect(verdictOn([twice])).toMatchObject({ verdict: 'corrupt', line: 8, lsn: 5 });
    const gap = logOf(entryLines(1, 2), [...entryLines(3, 3), ...entryLines(5, 5)]);
    expect(verdictOn([gap])).toMatchObject({ verdict: 'corrupt', line: 7, lsn: 4 });
    const older = logOf([...entryLines(1, 2, 2), ...entryLines(3, 3, 1)]);
    expect(verdictOn([older])).toMatchObject({ verdict: 'corrupt', line: 5, lsn: 3 });
    const beyond = logOf([...entryLines(1, 2), encodeRecord({ type: 'truncate', from: lsn(4) })]);
    expect(verdictOn([beyond])).toMatchObject({ verdict: 'corrupt', line: 5, lsn: 3 });
  });

  test('a hard state written before the one before it: an old vote must not count again', () => {
    const lines = linesOf(logOf([], []).bytes);
    const bytes = Buffer.from([...lines, lines[1]].join(''));
    const message = expect.stringContaining('an older hard state (durable 131, after 245)');
    expect(verdictOn([{ base: 0, bytes }])).toMatchObject({ verdict: 'corrupt', line: 4, lsn: 1, message });
  });

  test('a byte order mark, which a decoder would swallow', () => {
    const bytes = Buffer.concat([Buffer.from('\ufeff'), logOf(entryLines(1, 2)).bytes]);
    expect(verdictOn([{ base: 0, bytes }])).toMatchObject({ verdict: 'corrupt', line: 1, lsn: 1 });
  });

  test('an identity in the middle, and that of another file', () => {
    const [first, second] = segmentsOf(closedLog()) as [SegmentBytes, SegmentBytes];
    const identity = linesOf(first.bytes)[0] as string;
    const doubled = { base: 0, bytes: Buffer.from(identity + identity) };
    expect(verdictOn([doubled])).toMatchObject({ verdict: 'corrupt', line: 2, lsn: 1 });
    const copied = { base: second.base, bytes: Buffer.from(identity) };
    expect(verdictOn([first, copied])).toMatchObject({
      verdict: 'corrupt',
      file: segmentFile(second.base),
      line: 1,
      lsn: 6,
    });
  });

  test('a segment without a hard state at its beginning: without it a vote might be forgotten', () => {
    const [identity = '', , ...rest] = linesOf(logOf(entryLines(1, 2)).bytes);
    const bytes = Buffer.from([identity, ...rest].join(''));
    const message = expect.stringContaining('line 2: no hard state where');
    expect(verdictOn([{ base: 0, bytes }])).toMatchObject({ verdict: 'corrupt', line: 2, lsn: 1, message });
  });

  test('the beginning of a log in the middle', () => {
    const segments = segmentsOf(closedLog());
    const begins = encodeRecord({ type: 'rebuilt' });
    for (const [index, line] of [
      [0, 4],
      [1, 3],
    ] as const) {
      const wrong = withLines(segments, index, (lines) => lines.splice(line - 1, 0, `${begins}\n`));
      const message = expect.stringContaining(`line ${line}: the beginning of a log where`);
      expect(verdictOn(wrong)).toMatchObject({ verdict: 'corrupt', message });
    }
  });

  test('a hard state after the damage proves it, even one whose own newline before it is what rotted', () => {
    const segment = logOf(entryLines(1, 2), []);
    const text = Buffer.from(segment.bytes).toString();
    const at = text.lastIndexOf('{"type":"hard-state"') - 1;
    const bytes = segment.bytes.slice();
    bytes[at] = 0x0b;
    expect(verdictOn([{ base: 0, bytes }])).toMatchObject({ verdict: 'corrupt', line: 4, lsn: 2 });
  });

  test('a refusal touches nothing and says where', () => {
    const lines = linesOf(logOf(entryLines(1, 2), entryLines(3, 3)).bytes);
    const disk = MemoryDisk.holding(new Map([[segmentFile(0), Buffer.from(lines.toSpliced(2, 1).join(''))]]));
    const before = disk.contents();
    expect(refusal(disk)).toEqual({
      verdict: 'refused',
      code: 'corrupt',
      message:
        'wal-000000000000.ndjson, line 3: entry 1:2 where LSN 1 was expected. This part of the log was durable: ' +
        'it is no torn write, the file has been damaged. Nothing was changed.',
    });
    expect(disk.contents()).toEqual(before);
  });
});

describe('a log of somebody else is refused', () => {
  const others: [string, Partial<Identity>, string][] = [
    ['another cluster', { cluster: 'mine' }, 'belongs to cluster test, not to mine. Each cluster needs'],
    [
      'another replica',
      { replica: replicaId('n2') },
      'belongs to replica n1, not to n2. Put the folders back in their places.',
    ],
    ['fewer replicas', { members: ['n1', 'n2'].map(replicaId) }, 'belongs to a cluster of n1, n2, n3, not of n1, n2.'],
  ];
  test.each(others)('%s', (_, other, message) => {
    const disk = closedLog();
    const before = disk.contents();
    const refused = refusal(disk, { ...IDENTITY, ...other });
    expect(refused).toMatchObject({ code: 'foreign', message: expect.stringContaining(message) });
    expect(disk.contents()).toEqual(before);
  });

  test('one file from elsewhere is enough', () => {
    const segments = segmentsOf(closedLog());
    const last = segments.at(-1) as SegmentBytes;
    const identity = encodeRecord({
      type: 'identity',
      ...IDENTITY,
      cluster: 'other',
      start: { base: last.base, after: ORIGIN },
    });
    const mixed = withLines(segments, segments.length - 1, (lines) => lines.splice(0, 1, `${identity}\n`));
    const message = expect.stringContaining(`${segmentFile(last.base)} belongs to cluster other`);
    expect(verdictOn(mixed)).toEqual({ verdict: 'foreign', message });
  });

  test.each([null, '', '{"type":"iden'])(
    'a log that should be there and is empty (%j) is missed, not made anew',
    (torn) => {
      const disk = MemoryDisk.holding(new Map(torn === null ? [] : [[segmentFile(0), Buffer.from(torn)]]));
      const before = disk.contents();
      expect(refusal(disk, IDENTITY, { mayBeNew: false }).code).toBe('missing');
      expect(disk.contents()).toEqual(before);
    },
  );

  test('an identity that could not be read again is not written', () => {
    const disk = new MemoryDisk();
    const long = { ...IDENTITY, cluster: 'c'.repeat(513) };
    expect(() => refusal(disk, long)).toThrow('identity out of bounds: a name is at most 512 bytes');
    expect(disk.list()).toEqual([]);
  });

  test('the order of the replicas does not matter', () => {
    const members = IDENTITY.members.toReversed();
    expect(verdictOn(segmentsOf(closedLog()), { ...IDENTITY, members })).toMatchObject({ verdict: 'ok' });
  });

  test('another version is left alone, not cut as if it were torn', () => {
    const bytes = Buffer.from(`${sealLine('{"type":"identity","version":1,"who":"n1",')}\n{"type":"news"}\n`);
    const message = expect.stringContaining('is of format version 1, this lockstep reads 2');
    expect(verdictOn([{ base: 0, bytes }])).toEqual({ verdict: 'foreign', message });
  });
});

test('surplus behind the end of a segment that is followed by another is damage, whatever the next one proves', () => {
  const first = logOf(entryLines(1, 2));
  const base = first.bytes.length;
  const start = { base, after: { term: term(1), lsn: lsn(2) } };
  const next = { base, bytes: Buffer.from(openingOf(IDENTITY, start, hardState(1, 'n1')).text) };
  expect(verdictOn([first, next])).toMatchObject({ verdict: 'ok', end: base + next.bytes.length });
  const surplus = { base: 0, bytes: Buffer.concat([first.bytes, Buffer.from('{"type":"ent')]) };
  expect(verdictOn([surplus, next])).toMatchObject({ verdict: 'corrupt', file: segmentFile(0), line: 5, lsn: 3 });
});
