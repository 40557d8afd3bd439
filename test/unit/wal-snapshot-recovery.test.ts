// What a log with snapshots is worth after a stop of any kind.
import { describe, expect, test } from 'vitest';
import { encodeRecord } from '../../core/wal/codec.ts';
import { SNAPSHOT_PART, segmentBase, segmentFile, snapshotLsn } from '../../core/wal/files.ts';
import { sealLine } from '../../core/wal/line.ts';
import { recover } from '../../core/wal/recovery.ts';
import { SnapshotSum } from '../../core/wal/snapshot-file.ts';
import { openWal } from '../../core/wal/wal.ts';
import { MemoryDisk } from './support/wal-disk.ts';
import { batch, entries, entryAt, hardState, IDENTITY, linesOf, openLog, refusal, SILENT } from './support/wal-log.ts';
import { at, brief, found, large, part, SEGMENT, snapshotAt } from './support/wal-story.ts';

/** Three segments of one entry each, of which a snapshot has the first two, and one more that is begun. */
function compacted(): MemoryDisk {
  const disk = new MemoryDisk();
  const { wal } = openLog(disk, SEGMENT);
  const hard = hardState(1, 'n3');
  for (let lsn = 1; lsn <= 3; lsn++) {
    wal.submit(batch(lsn, { hard, add: large(lsn) }));
    disk.settle();
  }
  wal.submit(part(4, '1:2', { hard, keys: ['a', 'b', 'c'] }));
  wal.submit(batch(5, { hard, add: large(4) }));
  disk.settle();
  return disk;
}

/** The same with some of its files changed; null: gone. */
function changed(disk: MemoryDisk, changes: Readonly<Record<string, string | Uint8Array | null>>): MemoryDisk {
  const files = disk.contents();
  for (const [name, content] of Object.entries(changes)) {
    if (content === null) files.delete(name);
    else files.set(name, typeof content === 'string' ? Buffer.from(content) : content);
  }
  return MemoryDisk.holding(files);
}

const verdictOn = (disk: MemoryDisk) => recover(IDENTITY, disk);

describe('a snapshot that was whole and is not any more is named', () => {
  const SNAPSHOT = snapshotAt('1:2');

  test('every single flipped bit: file and line', () => {
    const disk = compacted();
    const bytes = disk.read(SNAPSHOT);
    let line = 1;
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      const verdict = verdictOn(changed(disk, { [SNAPSHOT]: flipped }));
      if (
        verdict.verdict !== 'corrupt' ||
        verdict.file !== SNAPSHOT ||
        verdict.line !== line ||
        verdict.offset !== null
      ) {
        throw new Error(`bit ${bit} in line ${line}: ${JSON.stringify(verdict)}`);
      }
      if ((bit & 7) === 7 && bytes[bit >> 3] === 10) line++;
    }
    expect(line).toBe(7);
  });

  const edits: [string, (lines: string[]) => string[], string][] = [
    ['nothing is left', () => [], 'line 1: the end'],
    ['its end is gone', (lines) => lines.slice(0, -1), 'line 6: the end'],
    ['a piece is gone', (lines) => lines.toSpliced(3, 1), 'line 5: the end of 3 other pieces'],
    ['a piece is there twice', (lines) => lines.toSpliced(3, 1, lines[2] ?? ''), 'line 6: the end of 3 other pieces'],
    ['pieces are swapped', (l) => l.toSpliced(3, 2, l[4] ?? '', l[3] ?? ''), 'line 6: the end of 3 other pieces'],
    [
      'its end counts others',
      (lines) => lines.toSpliced(-1, 1, endOf(lines.slice(0, -1), 4)),
      'line 6: the end of 4 other pieces',
    ],
    [
      'its end is cut short',
      (lines) => lines.toSpliced(-1, 1, (lines.at(-1) ?? '').trimEnd()),
      'line 6: no valid record',
    ],
    ['something follows its end', (lines) => [...lines, lines[2] ?? ''], 'line 7: a record beyond the end'],
    ['its head is gone', (lines) => lines.toSpliced(1, 1), 'line 2: no snapshot record'],
    ['its identity is gone', (lines) => lines.slice(1), 'line 1: no identity record'],
    ['another record is in it', (lines) => lines.toSpliced(3, 0, `${entryAt(1).line}\n`), 'line 4: no valid record'],
    ['bytes that are no UTF-8', (lines) => lines.toSpliced(3, 1, '\xff\n'), 'line 4: no valid record'],
  ];
  test.each(edits)('%s', (_, edit, message) => {
    const disk = compacted();
    const text = edit(linesOf(disk.read(SNAPSHOT)).filter((line) => line !== '')).join('');
    const damaged = changed(disk, { [SNAPSHOT]: Buffer.from(text, 'latin1') });
    expect(verdictOn(damaged)).toMatchObject({ verdict: 'corrupt', file: SNAPSHOT, lsn: 2 });
    const before = damaged.contents();
    expect(refusal(damaged)).toMatchObject({ code: 'corrupt', message: expect.stringContaining(message) });
    expect(damaged.contents()).toEqual(before);
  });

  test('even if the segments alone would do: what was durable has changed', () => {
    const disk = new MemoryDisk();
    const { wal } = openLog(disk);
    wal.submit(batch(1, { add: entries(1, 4) }));
    wal.submit(part(2, '1:3'));
    disk.settle();
    const bytes = disk.read(snapshotAt('1:3')).slice(0, -1);
    expect(verdictOn(changed(disk, { [snapshotAt('1:3')]: bytes }))).toMatchObject({ verdict: 'corrupt', line: 5 });
  });

  test('one under the name of another', () => {
    const disk = compacted();
    const wrong = changed(disk, { [SNAPSHOT]: null, [snapshotAt('1:3')]: disk.read(SNAPSHOT) });
    expect(refusal(wrong).message).toContain('line 2: the position 1:2 in the snapshot at LSN 3');
  });

  test('one of somebody else, or of another version, is left alone', () => {
    const disk = compacted();
    const [identity = '', ...rest] = linesOf(disk.read(SNAPSHOT));
    const other = `${encodeRecord({ type: 'identity', ...IDENTITY, cluster: 'mine', start: null })}\n`;
    expect(refusal(changed(disk, { [SNAPSHOT]: [other, ...rest].join('') }))).toMatchObject({
      code: 'foreign',
      message: expect.stringContaining(`${SNAPSHOT} belongs to cluster mine`),
    });
    const later = `${sealLine('{"type":"identity","version":3,')}\n`;
    expect(identity).not.toBe(later);
    expect(refusal(changed(disk, { [SNAPSHOT]: [later, ...rest].join('') })).message).toContain('format version 3');
  });
});

describe('segments that are missing', () => {
  /** Before anything is removed: three segments, and a snapshot of what is in the first two. */
  function uncleared(): MemoryDisk {
    const disk = new MemoryDisk();
    const { wal } = openLog(disk, SEGMENT);
    const hard = hardState(1, 'n3');
    for (let lsn = 1; lsn <= 3; lsn++) {
      wal.submit(batch(lsn, { hard, add: large(lsn) }));
      disk.settle();
    }
    wal.submit(part(4, '1:2', { hard }));
    for (let step = 0; step < 2; step++) disk.step();
    expect(disk.operations.at(-1)).toMatch(/^discard/);
    return MemoryDisk.holding(disk.contents());
  }

  test('are not missed where a snapshot has what was in them, nor is what is wrong with the others', () => {
    const disk = uncleared();
    const [, first = '', second = '', third = ''] = disk.list();
    const expected = 'term 1 vote n3 1:2=ab 1:3';
    for (const gone of [[], [first], [second], [first, second]]) {
      const left = changed(disk, Object.fromEntries(gone.map((file) => [file, null])));
      const { recovered } = openLog(left, SEGMENT);
      expect(brief(recovered)).toBe(expected);
      expect(left.list()).toEqual([snapshotAt('1:2'), third]);
    }
    for (const file of [first, second]) {
      const spoiled = changed(disk, { [file]: disk.read(file).map((byte, index) => (index === 300 ? 0 : byte)) });
      expect(found(spoiled)).toBe(expected);
    }
  });

  test('are missed where it has not', () => {
    const disk = compacted();
    const [, first = '', second = ''] = disk.list();
    expect(refusal(changed(disk, { [first]: null })).message).toContain(`no such file, though there is ${second}`);
    const all = Object.fromEntries([first, second].map((file) => [file, null]));
    expect(refusal(changed(disk, all))).toMatchObject({
      code: 'corrupt',
      message: expect.stringContaining('the end, though the log was durable up to offset'),
    });
  });

  test('a snapshot that is missing is missed by the segments, and by its mark', () => {
    const disk = compacted();
    expect(refusal(changed(disk, { [snapshotAt('1:2')]: null })).message).toContain(
      `${segmentFile(0)}, line 1: no such`,
    );
    const installed = new MemoryDisk();
    const { wal } = openLog(installed);
    wal.submit(part(1, '2:5', { installs: true }));
    installed.settle();
    expect(refusal(changed(installed, { [snapshotAt('2:5')]: null })).message).toContain(
      'the mark of a snapshot at 2:5, which is not there, where LSN 1 was expected',
    );
  });

  test('the opening of the first that counts was durable before those before it went', () => {
    const disk = compacted();
    const [, first = ''] = disk.list();
    const [, last = ''] = disk.list().slice(1);
    for (const [bytes, line] of [
      [100, 1],
      [200, 2],
    ] as const) {
      const alone = changed(disk, { [last]: null, [first]: disk.read(first).slice(0, bytes) });
      // No snapshot of before: where it says how much was durable, it must not be what tells.
      const snapshot = snapshotText('1:2', { durable: 0 });
      for (const each of [alone, changed(alone, { [snapshotAt('1:2')]: snapshot })]) {
        expect(verdictOn(each)).toMatchObject({ verdict: 'corrupt', file: first, line });
      }
    }
  });
});

describe('a log and a snapshot that do not go together', () => {
  /** One segment: entries 1 to 4, a snapshot of three. */
  function small(): MemoryDisk {
    const disk = new MemoryDisk();
    const { wal } = openLog(disk);
    wal.submit(batch(1, { add: entries(1, 4) }));
    wal.submit(part(2, '1:3'));
    disk.settle();
    return disk;
  }
  const FIRST = segmentFile(0);

  test('the log ends below what the snapshot knows to have been durable: no torn write', () => {
    const disk = small();
    const lines = linesOf(disk.read(FIRST)).filter((line) => line !== '');
    // Without the snapshot it would be one: nothing in the log says that its last group was durable.
    const torn = changed(disk, { [FIRST]: `${lines.slice(0, -1).join('')}{"type":` });
    expect(verdictOn(torn)).toMatchObject({ verdict: 'corrupt', file: FIRST, line: 7 });
    expect(verdictOn(changed(torn, { [snapshotAt('1:3')]: null }))).toMatchObject({ verdict: 'ok', cut: { line: 7 } });
    const short = changed(disk, { [FIRST]: lines.slice(0, -1).join('') });
    expect(refusal(short).message).toContain('line 7: the end, though the log was durable up to offset 850');
  });

  test('the log does not hold its position', () => {
    const disk = small();
    const text = snapshotText('2:3', { durable: 850 });
    const verdict = verdictOn(changed(disk, { [snapshotAt('1:3')]: text }));
    expect(verdict).toMatchObject({ verdict: 'corrupt', file: snapshotAt('1:3'), line: 2, lsn: 3 });
    expect(verdict.verdict === 'corrupt' && verdict.message).toContain('the position 2:3, which the log does not hold');
  });

  test.each([
    ['a mark that goes back', ['mark 2:9', 'mark 2:5']],
    ['a mark of the same position in another term', ['mark 3:9']],
    ['a truncation in a snapshot', ['mark 2:9', 'truncate 9']],
    ['an entry that does not follow the mark', ['mark 2:9', 'entry 5']],
  ])('%s', (_, records) => {
    const disk = new MemoryDisk();
    const { wal } = openLog(disk);
    wal.submit(part(1, '2:9', { installs: true }));
    disk.settle();
    const lines = linesOf(disk.read(FIRST)).slice(0, 3);
    const text = [...lines, ...records.map((record) => `${encoded(record)}\n`)].join('');
    expect(verdictOn(changed(disk, { [FIRST]: text }))).toMatchObject({ verdict: 'corrupt', line: 3 + records.length });
  });

  const encoded = (record: string): string => {
    const [type, what = ''] = record.split(' ');
    if (type === 'mark') return encodeRecord({ type: 'snapshot-mark', position: at(what) });
    if (type === 'truncate') return encodeRecord({ type: 'truncate', from: at(`1:${what}`).lsn });
    return entryAt(Number(what), 2).line;
  };
});

test('an older snapshot, and one from a leader without its mark, are of no use and no harm', () => {
  const disk = compacted();
  const durable = 100;
  const others = changed(disk, {
    [snapshotAt('1:1')]: snapshotText('1:1', { durable }),
    [snapshotAt('5:9')]: snapshotText('5:9', { durable, installs: true }),
  });
  expect(found(others)).toBe('term 1 vote n3 1:2=abc 1:3 1:4');
  openLog(others, SEGMENT);
  expect(others.list().flatMap((file) => snapshotLsn(file) ?? [])).toEqual([2]);
  // Damaged, the older one is as little use. The newest decides, whatever it is.
  const damaged = changed(disk, { [snapshotAt('1:1')]: 'nothing\n' });
  expect(found(damaged)).toBe('term 1 vote n3 1:2=abc 1:3 1:4');
  expect(verdictOn(changed(disk, { [snapshotAt('5:9')]: 'nothing\n' }))).toMatchObject({ verdict: 'corrupt', line: 1 });
});

test('what a segment says of the end before it must be so', () => {
  const disk = new MemoryDisk();
  const { wal } = openLog(disk, SEGMENT);
  for (let lsn = 1; lsn <= 3; lsn++) {
    wal.submit(batch(lsn, { add: large(lsn) }));
    disk.settle();
  }
  const third = disk.list().at(-1) ?? '';
  const [, ...rest] = linesOf(disk.read(third));
  for (const [after, verdict] of [
    ['1:2', 'ok'],
    ['1:1', 'corrupt'],
    ['2:2', 'corrupt'],
    ['1:3', 'corrupt'],
  ] as const) {
    const start = { base: segmentBase(third) ?? 0, after: at(after) };
    const identity = encodeRecord({ type: 'identity', ...IDENTITY, start });
    const text = [`${identity}\n`, ...rest].join('');
    const where = verdict === 'ok' ? {} : { file: third, line: 1, lsn: 3 };
    expect(verdictOn(changed(disk, { [third]: text }))).toMatchObject({ verdict, ...where });
  }
});

/** The last line of a snapshot of these lines, whatever it counts. */
function endOf(lines: readonly string[], pieces: number): string {
  const sum = new SnapshotSum();
  for (const line of lines) sum.add(line.trimEnd());
  return `${encodeRecord({ type: 'snapshot-end', pieces, sum: sum.value })}\n`;
}

/** The file of a snapshot of two keys, whole. */
function snapshotText(
  position: string,
  { durable, installs = false }: { durable: number; installs?: boolean },
): string {
  const lines = [
    encodeRecord({ type: 'identity', ...IDENTITY, start: null }),
    encodeRecord({ type: 'snapshot', position: at(position), installs, durable }),
    ...(part(1, position).snapshot?.pieces ?? []).map(({ line }) => line),
  ].map((line) => `${line}\n`);
  return [...lines, endOf(lines, 2)].join('');
}

test('a snapshot that was never whole, and no log: it goes, or it would be in the way of the first one', () => {
  for (const options of [{}, { mayBeNew: false, rebuild: true }]) {
    const disk = MemoryDisk.holding(new Map([[SNAPSHOT_PART, Buffer.from('unfinished')]]));
    expect(openWal(disk, IDENTITY, SILENT, options)).toMatchObject({ verdict: 'ok', recovered: { entries: [] } });
    expect(disk.list()).toEqual([expect.stringMatching(/^wal-/)]);
    expect(disk.crash(() => false).list()).toEqual(disk.list());
  }
});
