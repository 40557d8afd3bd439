// A disk without room: what does not fit waits, and nothing is lost by it.
import { describe, expect, test } from 'vitest';
import { segmentFile } from '../../core/wal/files.ts';
import { MemoryDisk } from './support/wal-disk.ts';
import { batch, entries, entryAt, hardState, names, openLog } from './support/wal-log.ts';
import { part, snapshotAt } from './support/wal-story.ts';

const FIRST = segmentFile(0);
const PART = 'snapshot.part';

/** A log of two entries whose disk is full from now on. */
function full(segmentBytesMax?: number) {
  const disk = new MemoryDisk();
  const open = openLog(disk, segmentBytesMax);
  open.wal.submit(batch(1, { add: entries(1, 2) }));
  disk.settle();
  disk.operations.length = 0;
  disk.isFull = true;
  const [size] = [disk.read(FIRST).length];
  return { disk, size, ...open };
}

const reread = (disk: MemoryDisk): string[] => names(openLog(MemoryDisk.holding(disk.contents())).recovered.entries);

test('what did fit is taken back, all batches wait, and go when there is room: each is told once', () => {
  const { disk, wal, calls, size } = full();
  wal.submit(batch(2, { add: entries(3, 3) }));
  wal.submit(batch(3, { dirty: false }));
  disk.step();
  expect(disk.read(FIRST).length).toBeGreaterThan(size);
  disk.settle();
  expect(disk.read(FIRST)).toHaveLength(size);
  expect(calls).toEqual([1, 'full: no room to append']);
  wal.submit(batch(4, { add: entries(4, 4) }));
  for (let tries = 0; tries < 3; tries++) {
    wal.retry();
    disk.settle();
  }
  expect(calls).toEqual([1, 'full: no room to append']);
  expect(disk.operations.slice(0, 4)).toEqual([
    `append ${FIRST}`,
    `cut ${FIRST} ${size}`,
    `append ${FIRST}`,
    `cut ${FIRST} ${size}`,
  ]);
  disk.isFull = false;
  // Nobody but `retry` tries again.
  expect(disk.step()).toBe(false);
  wal.retry();
  wal.retry();
  disk.settle();
  expect(calls).toEqual([1, 'full: no room to append', 'freed', 2, 3, 4]);
  expect(names(openLog(disk).recovered.entries)).toEqual(['1:1', '1:2', '1:3', '1:4']);
});

test('there is room when it is written, not yet durable: then it may be full again', () => {
  const { disk, wal, calls } = full();
  wal.submit(batch(2, { add: entries(3, 3) }));
  disk.settle();
  disk.isFull = false;
  wal.retry();
  disk.step();
  expect(calls.slice(1)).toEqual(['full: no room to append', 'freed']);
  disk.settle();
  disk.isFull = true;
  wal.submit(batch(3, { add: entries(4, 4) }));
  disk.settle();
  expect(calls.slice(2)).toEqual(['freed', 2, 'full: no room to append']);
});

test('the process may die at any point of it: nothing that was not reported is there, unless whole', () => {
  for (let steps = 0; steps < 8; steps++) {
    const { disk, wal } = full();
    wal.submit(batch(2, { hard: hardState(2), add: entries(3, 3, 2) }));
    for (let step = 0; step < steps; step++) {
      if (!disk.step()) wal.retry();
      disk.isFull = steps < 4;
    }
    for (const left of [MemoryDisk.holding(disk.contents()), disk.crash(() => true)]) {
      expect([
        ['1:1', '1:2'],
        ['1:1', '1:2', '2:3'],
      ]).toContainEqual(names(openLog(left).recovered.entries));
    }
  }
});

describe('so does', () => {
  test('a segment that does not fit: it is made anew', () => {
    const { disk, wal, calls } = full(700);
    const second = segmentFile(wal.durableOffset);
    wal.submit(batch(2, { add: [entryAt(3, 1, 'v'.repeat(300))] }));
    disk.settle();
    expect(calls).toEqual([1, 'full: no room to create']);
    expect(disk.operations).toEqual([`create ${second}`, `discard ${second}`]);
    expect(disk.list()).toEqual([FIRST]);
    disk.isFull = false;
    wal.retry();
    disk.settle();
    expect(calls).toEqual([1, 'full: no room to create', 'freed', 2]);
    expect(reread(disk)).toEqual(['1:1', '1:2', '1:3']);
  });

  test('a part of a snapshot, the first or another: the parts before it stay', () => {
    const { disk, wal, calls } = full();
    wal.submit(part(2, '1:2', { last: false }));
    disk.settle();
    expect(disk.operations).toEqual([`create ${PART}`, `discard ${PART}`]);
    disk.isFull = false;
    wal.retry();
    disk.settle();
    const { length } = disk.read(PART);
    disk.isFull = true;
    wal.submit(part(3, '1:2', { index: 1, keys: ['c'] }));
    wal.submit(batch(4, { add: entries(3, 3) }));
    disk.settle();
    expect(disk.operations.at(-1)).toBe(`cut ${PART} ${length}`);
    expect(disk.read(PART)).toHaveLength(length);
    disk.isFull = false;
    wal.retry();
    disk.settle();
    expect(calls).toEqual([1, 'full: no room to create', 'freed', 2, 'full: no room to append', 'freed', 3, 4]);
    const { snapshot, entries: after } = openLog(disk).recovered;
    expect([...(snapshot?.pieces ?? [])]).toHaveLength(3);
    expect(names(after)).toEqual(['1:3']);
    expect(disk.list()).toContain(snapshotAt('1:2'));
  });

  test('what a close has to write: it is tried once, and given up', () => {
    const { disk, wal, calls } = full();
    const closed: (Error | null)[] = [];
    wal.submit(batch(2, { add: entries(3, 3) }));
    disk.settle();
    wal.close((error) => closed.push(error));
    disk.settle();
    expect(closed).toEqual([expect.objectContaining({ message: 'no room to append' })]);
    expect(calls).toEqual([1, 'full: no room to append']);
    disk.isFull = false;
    wal.retry();
    expect(disk.step()).toBe(false);
    expect(reread(disk)).toEqual(['1:1', '1:2']);
  });

  test('the last hard state of a close, which alone may not fit', () => {
    const { disk, wal } = full();
    const closed: (Error | null)[] = [];
    wal.close((error) => closed.push(error));
    disk.settle();
    expect(closed).toEqual([expect.objectContaining({ message: 'no room to append' })]);
    expect(reread(disk)).toEqual(['1:1', '1:2']);
  });

  test('a close that finds room again writes all that waits', () => {
    const { disk, wal, calls } = full();
    const closed: (Error | null)[] = [];
    wal.submit(batch(2, { add: entries(3, 3) }));
    disk.settle();
    disk.isFull = false;
    wal.close((error) => closed.push(error));
    disk.settle();
    expect(closed).toEqual([null]);
    expect(calls.slice(2)).toEqual(['freed', 2]);
    expect(reread(disk)).toEqual(['1:1', '1:2', '1:3']);
  });
});

describe('it is a failure, and the end', () => {
  test.each(['cut', 'sync'] as const)('when %s fails', (operation) => {
    const { disk, wal, calls } = full();
    wal.submit(batch(2, { add: entries(3, 3) }));
    if (operation === 'cut') disk.failNext = 'cut';
    disk.settle();
    if (operation === 'sync') {
      disk.isFull = false;
      disk.failNext = 'sync';
      wal.retry();
      disk.settle();
    }
    expect(calls.at(-1)).toEqual(new Error(`${operation} failed`));
    disk.isFull = false;
    wal.retry();
    wal.submit(batch(3, { add: entries(4, 4) }));
    expect(disk.step()).toBe(false);
  });

  test('when the part of a segment that did fit cannot be removed', () => {
    const { disk, wal, calls } = full(700);
    disk.failNext = 'discard';
    wal.submit(batch(2, { add: [entryAt(3, 1, 'v'.repeat(300))] }));
    disk.settle();
    expect(calls).toEqual([1, new Error('discard failed')]);
    disk.isFull = false;
    expect(reread(disk)).toEqual(['1:1', '1:2']);
  });
});
