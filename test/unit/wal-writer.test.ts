import { describe, expect, test } from 'vitest';
import type { PersistBatch } from '../../core/protocol/io.ts';
import { segmentFile } from '../../core/wal/files.ts';
import { openWal, type Wal } from '../../core/wal/wal.ts';
import { GROUP_BYTES_MAX } from '../../core/wal/writer.ts';
import { MemoryDisk } from './support/wal-disk.ts';
import { batch, entries, entryAt, hardState, IDENTITY, linesOf, names, openLog, SILENT } from './support/wal-log.ts';
import { story as storyOf } from './support/wal-story.ts';

const FIRST = segmentFile(0);

/** The records of the first segment, or of another, in brief. */
const story = (disk: MemoryDisk, file = FIRST): string[] => storyOf(disk, file);

/** A segment opens with its identity and a hard state. */
const openingBytes = (disk: MemoryDisk, file: string): number =>
  Buffer.byteLength(linesOf(disk.read(file)).slice(0, 2).join(''));

describe('group commit', () => {
  test('what waits during a write goes together: one append, one sync, one call', () => {
    const disk = new MemoryDisk();
    const { wal, calls } = openLog(disk);
    wal.submit(batch(1, { add: entries(1, 1) }));
    for (let number = 2; number <= 6; number++) wal.submit(batch(number, { add: entries(number, number) }));
    disk.step();
    expect(calls).toEqual([]);
    disk.step();
    expect(calls).toEqual([1]);
    disk.step();
    expect(calls).toEqual([1]);
    disk.settle();
    expect(calls).toEqual([1, 6]);
    expect(disk.operations).toEqual([`append ${FIRST}`, `sync ${FIRST}`, `append ${FIRST}`, `sync ${FIRST}`]);
    expect(names(openLog(disk).recovered.entries)).toEqual(['1:1', '1:2', '1:3', '1:4', '1:5', '1:6']);
  });

  test('each group begins with the durable offset before it; a new term or vote stands before what follows it', () => {
    const disk = new MemoryDisk();
    const { wal } = openLog(disk);
    const first = wal.durableOffset;
    wal.submit(batch(1, { hard: hardState(1, 'n1'), add: entries(1, 2) }));
    wal.submit(batch(2, { hard: hardState(1, 'n1', 1), add: entries(3, 3) }));
    wal.submit(batch(3, { hard: hardState(1, 'n1', 2), add: entries(4, 4) }));
    wal.submit(batch(4, { hard: hardState(2, null, 2), truncateFrom: 3, add: entries(3, 3, 2) }));
    wal.submit(batch(5, { hard: hardState(2, null, 2), dirty: false }));
    wal.submit(batch(6, { hard: hardState(2, 'n3', 2) }));
    wal.submit(batch(7, { hard: hardState(3, 'n3', 2) }));
    disk.step();
    disk.step();
    const second = wal.durableOffset;
    disk.settle();
    expect(second).toBeGreaterThan(first);
    expect(story(disk)).toEqual([
      'identity 0 after 0:0',
      'term 0 vote null committed 0 durable 0',
      `term 1 vote n1 committed 0 durable ${first}`,
      'entry 1:1',
      'entry 1:2',
      `term 1 vote n1 committed 1 durable ${second}`,
      'entry 1:3',
      'entry 1:4',
      `term 2 vote null committed 2 durable ${second}`,
      'truncate 3',
      'entry 2:3',
      `term 2 vote n3 committed 2 durable ${second}`,
      `term 3 vote n3 committed 2 durable ${second}`,
    ]);
  });

  test('the durable offset moves with the fsync, not with the write', () => {
    const disk = new MemoryDisk();
    const { wal } = openLog(disk);
    const before = wal.durableEnd();
    expect(before).toEqual({ file: FIRST, size: disk.read(FIRST).length });
    wal.submit(batch(1, { add: entries(1, 1) }));
    disk.step();
    expect(disk.read(FIRST).length).toBeGreaterThan(before.size);
    expect(wal.durableEnd()).toEqual(before);
    disk.step();
    expect(wal.durableEnd()).toEqual({ file: before.file, size: disk.read(FIRST).length });
    expect(wal.durableOffset).toBe(disk.read(FIRST).length);
  });

  test('one write is bounded, however much waits', () => {
    const disk = new MemoryDisk();
    const { wal, calls } = openLog(disk);
    wal.submit(batch(1));
    const value = 'v'.repeat(1024 * 1024);
    const count = GROUP_BYTES_MAX / value.length + 4;
    for (let i = 1; i <= count; i++) wal.submit(batch(i + 1, { add: [entryAt(i, 1, value)] }));
    disk.settle();
    expect(calls).toEqual([1, GROUP_BYTES_MAX / value.length + 1, count + 1]);
  });
});

describe('batches with nothing to write', () => {
  test('one that waits for nothing is reported from within submit, and leaves nothing', () => {
    const disk = new MemoryDisk();
    const { wal, calls } = openLog(disk);
    wal.submit(batch(1, { dirty: false }));
    expect(calls).toEqual([1]);
    expect(disk.operations).toEqual([]);
    expect(story(disk)).toEqual(['identity 0 after 0:0', 'term 0 vote null committed 0 durable 0']);
  });

  test('one that waits keeps its place behind those before it', () => {
    const disk = new MemoryDisk();
    const { wal, calls } = openLog(disk);
    wal.submit(batch(1, { add: entries(1, 1) }));
    wal.submit(batch(2, { dirty: false }));
    wal.submit(batch(3, { dirty: false }));
    wal.submit(batch(4, { add: entries(2, 2) }));
    disk.step();
    expect(calls).toEqual([]);
    disk.step();
    expect(calls).toEqual([1, 3]);
    disk.settle();
    expect(calls).toEqual([1, 3, 4]);
  });

  test('a callback may submit: its batch waits its turn, without recursion', () => {
    const disk = new MemoryDisk();
    const calls: number[] = [];
    let depth = 0;
    let wal: Wal | undefined;
    const answers = new Map<number, PersistBatch>();
    for (let number = 2; number <= 9; number++) answers.set(number - 1, batch(number, { dirty: number === 5 }));
    const persisted = (number: number) => {
      expect(++depth).toBe(1);
      calls.push(number);
      const answer = answers.get(number);
      if (answer) wal?.submit(answer);
      depth--;
    };
    const opened = openWal(disk, IDENTITY, { ...SILENT, persisted });
    if (opened.verdict === 'ok') wal = opened.wal;
    wal?.submit(batch(1, { dirty: false }));
    expect(calls).toEqual([1, 2, 3, 4]);
    disk.settle();
    expect(calls).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(disk.operations).toEqual([`append ${FIRST}`, `sync ${FIRST}`]);
  });
});

describe('a failing disk', () => {
  test.each(['append', 'sync', 'create'] as const)('%s: reported once, and then nothing ever again', (operation) => {
    const disk = new MemoryDisk();
    const { wal, calls } = openLog(disk, 600);
    wal.submit(batch(1, { add: entries(1, 2) }));
    disk.settle();
    const { durableOffset } = wal;
    disk.failNext = operation;
    wal.submit(batch(2, { add: entries(3, 4) }));
    wal.submit(batch(3, { add: entries(5, 5) }));
    disk.settle();
    const operations = [...disk.operations];
    wal.submit(batch(4, { add: entries(9, 9) }));
    wal.submit(batch(5, { dirty: false }));
    const closed: (Error | null)[] = [];
    wal.close((error) => closed.push(error));
    expect(disk.step()).toBe(false);
    const error = new Error(`${operation} failed`);
    expect(calls).toEqual([1, error]);
    expect(closed).toEqual([error]);
    expect(disk.operations).toEqual(operations);
    // The group is not durable; the segment that was created for it is, if that went well.
    const created = operation === 'create' ? 0 : openingBytes(disk, segmentFile(durableOffset));
    expect(wal.durableOffset).toBe(durableOffset + created);
    expect(names(openLog(disk.crash(() => false)).recovered.entries)).toEqual(['1:1', '1:2']);
  });

  test('a failure during close is told to both', () => {
    const disk = new MemoryDisk();
    const { wal, calls } = openLog(disk);
    const closed: (Error | null)[] = [];
    disk.failNext = 'sync';
    wal.close((error) => closed.push(error));
    disk.settle();
    expect(calls).toEqual([new Error('sync failed')]);
    expect(closed).toEqual(calls);
  });
});

describe('segments', () => {
  test('a new one begins where the old one ends, which is fsynced before', () => {
    const disk = new MemoryDisk();
    const { wal, calls } = openLog(disk, 700);
    wal.submit(batch(1, { add: entries(1, 2) }));
    disk.settle();
    const base = wal.durableOffset;
    const second = segmentFile(base);
    wal.submit(batch(2, { add: entries(3, 4) }));
    disk.settle();
    expect(calls).toEqual([1, 2]);
    expect(disk.operations).toEqual([
      `append ${FIRST}`,
      `sync ${FIRST}`,
      `create ${second}`,
      `append ${second}`,
      `sync ${second}`,
    ]);
    expect(story(disk, second)).toEqual([
      `identity ${base} after 1:2`,
      `term 1 vote n1 committed 0 durable ${base}`,
      `term 1 vote n1 committed 0 durable ${base + openingBytes(disk, second)}`,
      'entry 1:3',
      'entry 1:4',
    ]);
    expect(wal.durableEnd()).toEqual({ file: segmentFile(base), size: disk.read(second).length });
    expect(names(openLog(disk).recovered.entries)).toEqual(['1:1', '1:2', '1:3', '1:4']);
  });

  test('none passes its bound, unless one group is larger: that has one of its own', () => {
    const disk = new MemoryDisk();
    const { wal } = openLog(disk, 1000);
    for (let at = 1; at <= 20; at++) {
      wal.submit(batch(at, { add: [entryAt(at, 1, 'v'.repeat(at === 10 ? 3000 : 50))] }));
      disk.settle();
    }
    const large = [...disk.contents()].filter(([, bytes]) => bytes.length > 1000);
    expect(large).toHaveLength(1);
    expect(story(disk, large[0]?.[0]).slice(3)).toEqual(['entry 1:10']);
    expect(disk.list().length).toBeGreaterThan(5);
    expect(openLog(disk, 1000).recovered.entries).toHaveLength(20);
  });

  test('a first segment takes the first group, however large', () => {
    const disk = new MemoryDisk();
    const { wal } = openLog(disk, 300);
    wal.submit(batch(1, { add: entries(1, 5) }));
    disk.settle();
    expect(disk.list()).toEqual([FIRST]);
  });

  test('a reopened log goes on in its last segment', () => {
    const disk = new MemoryDisk();
    const first = openLog(disk, 500);
    first.wal.submit(batch(1, { add: entries(1, 2) }));
    disk.settle();
    first.wal.submit(batch(2, { add: entries(3, 3) }));
    disk.settle();
    const bases = disk.list();
    expect(bases).toHaveLength(2);
    const second = openLog(disk, 10_000);
    second.wal.submit(batch(1, { add: entries(4, 4) }));
    disk.settle();
    expect(disk.list()).toEqual(bases);
    expect(names(openLog(disk).recovered.entries)).toEqual(['1:1', '1:2', '1:3', '1:4']);
  });
});

describe('close', () => {
  test('writes what waits, then names all of it as durable, then lets go', () => {
    const disk = new MemoryDisk();
    const { wal, calls } = openLog(disk);
    const closed: (Error | null)[] = [];
    wal.submit(batch(1, { hard: hardState(1, 'n1'), add: entries(1, 1) }));
    wal.submit(batch(2, { hard: hardState(1, 'n1', 1), add: entries(2, 2) }));
    wal.submit(batch(3, { hard: hardState(1, 'n1', 2), dirty: false }));
    wal.close((error) => closed.push(error));
    for (let step = 0; step < 4; step++) disk.step();
    expect(calls).toEqual([1, 3]);
    const end = wal.durableOffset;
    expect(closed).toEqual([]);
    disk.settle();
    expect(calls).toEqual([1, 3]);
    expect(closed).toEqual([null]);
    expect(story(disk).at(-1)).toBe(`term 1 vote n1 committed 2 durable ${end}`);
    expect(disk.operations.slice(-3)).toEqual([`append ${FIRST}`, `sync ${FIRST}`, 'close']);
    expect(disk.crash(() => false).contents()).toEqual(disk.contents());
  });

  test('an idle log closes at once, its hard state as it was found', () => {
    const disk = new MemoryDisk();
    const { wal } = openLog(disk);
    wal.submit(batch(1, { hard: hardState(4, 'n2'), add: entries(1, 1) }));
    disk.settle();
    openLog(disk).wal.close(() => {});
    disk.settle();
    expect(openLog(disk).recovered).toMatchObject({
      hardState: hardState(4, 'n2'),
      snapshot: null,
      entries: entries(1, 1),
    });
  });
});

test('a batch that does not follow is a bug, and says which: it would be a log that no restart reads', () => {
  const open = () => openLog(new MemoryDisk()).wal;
  expect(() => open().submit(batch(1, { add: entries(2, 2) }))).toThrow('entry 1:2 after LSN 0');
  expect(() => open().submit(batch(1, { add: [entryAt(1), entryAt(1)] }))).toThrow('entry 1:1 after LSN 1');
  expect(() => open().submit(batch(1, { truncateFrom: 2 }))).toThrow('truncation from 2, end 0');
  expect(() => open().submit(batch(1, { truncateFrom: 0 }))).toThrow('truncation from 0, end 0');
  const wal = open();
  wal.submit(batch(3));
  expect(() => wal.submit(batch(3))).toThrow('batch 3 after batch 3');
  wal.close(() => {});
  expect(() => wal.submit(batch(4))).toThrow('batch 4 after close');
});
