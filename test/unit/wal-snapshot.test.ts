// Snapshots as the log writes them: the files, their order among the batches, and what goes when.
import { describe, expect, test } from 'vitest';
import { segmentFile } from '../../core/wal/files.ts';
import { MemoryDisk } from './support/wal-disk.ts';
import { batch, entries, entryAt, hardState, names, openLog } from './support/wal-log.ts';
import { at, part, snapshotAt, story } from './support/wal-story.ts';

const FIRST = segmentFile(0);
const PART = 'snapshot.part';

/** A log of four entries of term 1, and the operations that follow. */
function fourEntries(segmentBytesMax?: number) {
  const disk = new MemoryDisk();
  const open = openLog(disk, segmentBytesMax);
  open.wal.submit(batch(1, { add: entries(1, 4) }));
  disk.settle();
  disk.operations.length = 0;
  return { disk, ...open };
}

/** What a restart finds, in brief: the position of the snapshot, the keys in it, and the entries after it. */
function found(disk: MemoryDisk): string {
  const { snapshot, entries: after } = openLog(disk).recovered;
  const keys = [...(snapshot?.pieces ?? [])].map((piece) => (piece.type === 'key' ? piece.key : piece.type));
  const base = snapshot ? `${snapshot.position.term}:${snapshot.position.lsn} ${keys.join('')}; ` : '';
  return `${base}${names(after).join(' ')}`;
}

describe('a snapshot of its own', () => {
  test('goes to a file of its own, part by part, each fsynced, and gets its name when it is whole', () => {
    const { disk, wal, calls } = fourEntries();
    const durable = wal.durableOffset;
    wal.submit(part(2, '1:3', { last: false, keys: ['a'] }));
    disk.settle();
    wal.submit(part(3, '1:3', { index: 1, last: false, keys: ['b', 'c'] }));
    disk.settle();
    expect(calls).toEqual([1, 2, 3]);
    expect(disk.operations).toEqual([`create ${PART}`, `append ${PART}`, `sync ${PART}`]);
    disk.operations.length = 0;
    wal.submit(part(4, '1:3', { index: 2, keys: ['d'] }));
    disk.settle();
    expect(calls).toEqual([1, 2, 3, 4]);
    const name = snapshotAt('1:3');
    expect(disk.operations).toEqual([`append ${PART}`, `sync ${PART}`, `rename ${PART} ${name}`]);
    expect(story(disk, name)).toEqual([
      'identity',
      `snapshot 1:3 durable ${durable}`,
      'key a',
      'key b',
      'key c',
      'key d',
      'end of 4',
    ]);
    // The log has nothing of it.
    expect(wal.durableOffset).toBe(durable);
    expect(found(disk)).toBe('1:3 abcd; 1:4');
  });

  test('reads as it always has', () => {
    const { disk, wal } = fourEntries();
    wal.submit(part(2, '1:3'));
    disk.settle();
    expect(
      Buffer.from(disk.read(snapshotAt('1:3')))
        .toString()
        .split('\n'),
    ).toEqual([
      '{"type":"identity","version":2,"cluster":"test","replica":"n1","members":["n1","n2","n3"],"crc":"bc2af29f"}',
      '{"type":"snapshot","position":"1:3","installs":false,"durable":850,"crc":"d47c7d92"}',
      '{"type":"key","key":"a","value":"a","lsn":1,"crc":"ed8dd064"}',
      '{"type":"key","key":"b","value":"b","lsn":1,"crc":"028a8f58"}',
      '{"type":"snapshot-end","pieces":2,"sum":"5ce5889a","crc":"3c22784f"}',
      '',
    ]);
  });

  test('keeps its place among the batches: what is before it is durable first, what is after it waits', () => {
    const { disk, wal, calls } = fourEntries();
    wal.submit(batch(2, { add: entries(5, 5) }));
    wal.submit(part(3, '1:5', { last: false }));
    wal.submit(batch(4, { dirty: false }));
    wal.submit(part(5, '1:5', { index: 1, keys: [] }));
    wal.submit(batch(6, { add: entries(6, 6) }));
    wal.submit(batch(7, { add: entries(7, 7) }));
    const steps: string[] = [];
    for (let told = 1; disk.step(); told = calls.length) {
      steps.push(`${disk.operations[steps.length]} ${calls.slice(told)}`.trim());
    }
    expect(steps).toEqual([
      `append ${FIRST}`,
      `sync ${FIRST} 2`,
      `create ${PART} 3,4`,
      `append ${PART}`,
      `sync ${PART}`,
      `rename ${PART} ${snapshotAt('1:5')} 5`,
      `append ${FIRST}`,
      `sync ${FIRST} 7`,
    ]);
  });

  test('leaves a change of the vote in the log, after itself: the hint of a commit alone is not worth a write', () => {
    const { disk, wal, calls } = fourEntries();
    wal.submit(part(2, '1:3', { hard: hardState(1, 'n1', 3), last: false }));
    disk.settle();
    expect(disk.operations).toEqual([`create ${PART}`]);
    disk.operations.length = 0;
    wal.submit(part(3, '1:3', { hard: hardState(2, 'n2', 3), index: 1, last: false }));
    for (let step = 0; step < 3; step++) disk.step();
    expect(calls).toEqual([1, 2]);
    disk.settle();
    expect(calls).toEqual([1, 2, 3]);
    expect(disk.operations).toEqual([`append ${PART}`, `sync ${PART}`, `append ${FIRST}`, `sync ${FIRST}`]);
    const copy = MemoryDisk.holding(disk.contents());
    expect(openLog(copy).recovered.hardState).toMatchObject({ term: 2, votedFor: 'n2' });
    wal.submit(part(4, '1:3', { hard: { ...hardState(2, 'n2', 3), standing: 'barred' }, index: 2 }));
    disk.settle();
    expect(story(disk, FIRST).at(-1)).toMatch(/^term 2 vote n2 committed 3 barred/);
  });

  test('begins anew over what an unfinished one left behind', () => {
    const { disk, wal } = fourEntries();
    wal.submit(part(2, '1:3', { last: false, keys: ['old'] }));
    wal.submit(part(3, '1:3', { index: 1, last: false, keys: ['older'] }));
    wal.submit(part(4, '1:4', { keys: ['new'] }));
    disk.settle();
    expect(disk.operations.slice(3)).toEqual([
      `discard ${PART}`,
      `create ${PART}`,
      `rename ${PART} ${snapshotAt('1:4')}`,
    ]);
    expect(found(disk)).toBe('1:4 new; ');
  });

  test('that is not whole is of no use to a new process', () => {
    const { disk, wal } = fourEntries();
    wal.submit(part(2, '1:3', { last: false }));
    disk.settle();
    const second = openLog(disk);
    expect(second.recovered.snapshot).toBeNull();
    expect(disk.list()).toEqual([FIRST]);
    second.wal.submit(part(1, '1:2', { keys: ['anew'] }));
    disk.settle();
    expect(found(disk)).toBe('1:2 anew; 1:3 1:4');
  });

  test('takes the place of the one before, which goes once it is durable', () => {
    const { disk, wal } = fourEntries();
    wal.submit(part(2, '1:2'));
    wal.submit(part(3, '1:4', { keys: ['c'] }));
    disk.settle();
    expect(disk.operations.slice(-2)).toEqual([`rename ${PART} ${snapshotAt('1:4')}`, `discard ${snapshotAt('1:2')}`]);
    expect(found(disk)).toBe('1:4 c; ');
    // At the same position it takes its name.
    wal.submit(part(4, '1:4', { keys: ['d'] }));
    disk.settle();
    expect(disk.operations.at(-1)).toBe(`rename ${PART} ${snapshotAt('1:4')}`);
    expect(found(disk)).toBe('1:4 d; ');
  });
});

describe('a snapshot from the leader', () => {
  test('is marked in the log once it is durable, and is the log from there on', () => {
    const { disk, wal, calls } = fourEntries();
    wal.submit(part(2, '3:9', { hard: hardState(3, null), last: false, installs: true }));
    disk.settle();
    expect(found(disk.crash(() => true))).toBe('1:1 1:2 1:3 1:4');
    disk.operations.length = 0;
    wal.submit(part(3, '3:9', { hard: hardState(3, null), index: 1, keys: ['c'], installs: true }));
    wal.submit(batch(4, { hard: hardState(3, null, 9), add: entries(10, 11, 3) }));
    disk.settle();
    expect(calls).toEqual([1, 2, 3, 4]);
    expect(disk.operations).toEqual([
      `append ${PART}`,
      `sync ${PART}`,
      `rename ${PART} ${snapshotAt('3:9')}`,
      `append ${FIRST}`,
      `sync ${FIRST}`,
      `append ${FIRST}`,
      `sync ${FIRST}`,
    ]);
    const records = story(disk, FIRST).map((text) => text.replace(/ durable \d+/, ''));
    expect(records.slice(-5)).toEqual([
      'term 3 vote null committed 0',
      'mark 3:9',
      'term 3 vote null committed 9',
      'entry 3:10',
      'entry 3:11',
    ]);
    expect(story(disk, snapshotAt('3:9'))[1]).toMatch(/^snapshot 3:9 installs durable/);
    expect(found(disk)).toBe('3:9 abc; 3:10 3:11');
    expect(openLog(disk).recovered.hardState.committedLsn).toBe(9);
  });

  test('removes nothing that the log stood on before its mark is durable', () => {
    const after = (steps: number) => {
      const { disk, wal } = fourEntries();
      wal.submit(part(2, '1:2'));
      disk.settle();
      disk.operations.length = 0;
      wal.submit(part(3, '3:9', { installs: true, hard: hardState(3) }));
      for (let step = 0; step < steps; step++) disk.step();
      return `${disk.operations.at(-1)}: ${found(disk.crash(() => false))}`;
    };
    expect([1, 2, 3, 4].map(after)).toEqual([
      `rename ${PART} ${snapshotAt('3:9')}: 1:2 ab; 1:3 1:4`,
      `append ${FIRST}: 1:2 ab; 1:3 1:4`,
      `sync ${FIRST}: 1:2 ab; 1:3 1:4`,
      `discard ${snapshotAt('1:2')}: 3:9 ab; `,
    ]);
  });
});

test('after an install the terms of the entries are those of what follows it, not of what was there', () => {
  const { disk, wal } = fourEntries();
  wal.submit(batch(2, { hard: hardState(5), add: entries(5, 6, 5) }));
  // What a leader of term 6 sends may be older than what nobody else had.
  wal.submit(part(3, '4:4', { hard: hardState(6), installs: true }));
  wal.submit(batch(4, { hard: hardState(6), add: entries(5, 5, 4) }));
  wal.submit(part(5, '4:5', { hard: hardState(6) }));
  disk.settle();
  expect(found(disk)).toBe('4:5 ab; ');
});

describe('segments behind a snapshot', () => {
  /** Entries of about 600 bytes, one a segment. */
  const large = (lsn: number, of = 1) => [entryAt(lsn, of, 'v'.repeat(400))];
  function sixSegments() {
    const disk = new MemoryDisk();
    const open = openLog(disk, 900);
    for (let number = 1; number <= 6; number++) {
      open.wal.submit(batch(number, { hard: hardState(1, 'n3'), add: large(number) }));
      disk.settle();
    }
    expect(disk.list()).toHaveLength(6);
    disk.operations.length = 0;
    return { disk, ...open };
  }

  test('open with the end of the log before them, and with the hard state', () => {
    const { disk } = sixSegments();
    const [, second = '', third = ''] = disk.list();
    expect(story(disk, second).slice(0, 2)).toEqual([
      expect.stringMatching(/^identity \d+ after 1:1$/),
      expect.stringMatching(/^term 1 vote n3/),
    ]);
    expect(story(disk, third)[0]).toMatch(/ after 1:2$/);
  });

  test('go with it, but for the one that holds its end, and all after it', () => {
    const { disk, wal, calls } = sixSegments();
    const files = [...disk.list()];
    wal.submit(part(7, '1:3', { hard: hardState(1, 'n3') }));
    disk.settle();
    expect(calls.at(-1)).toBe(7);
    expect(disk.operations.at(-1)).toBe(`discard ${files.slice(0, 3).join(' ')}`);
    expect(disk.list()).toEqual([snapshotAt('1:3'), ...files.slice(3)]);
    const { recovered } = openLog(disk);
    expect(names(recovered.entries)).toEqual(['1:4', '1:5', '1:6']);
    expect(recovered.hardState).toEqual(hardState(1, 'n3', 3));
  });

  test('go even if all of them are behind it, but for the last', () => {
    const { disk, wal } = sixSegments();
    const last = disk.list().at(-1) ?? '';
    wal.submit(part(7, '1:6', { hard: hardState(1, 'n3') }));
    wal.submit(part(8, '1:6', { hard: hardState(1, 'n3'), keys: ['again'] }));
    disk.settle();
    expect(disk.list()).toEqual([snapshotAt('1:6'), last]);
    expect(found(disk)).toBe('1:6 again; ');
    wal.submit(batch(9, { hard: hardState(1, 'n3'), add: large(7) }));
    disk.settle();
    expect(found(disk)).toBe('1:6 again; 1:7');
  });

  test('stay while an entry beyond it, written since, is in none of those after them', () => {
    const disk = new MemoryDisk();
    const { wal } = openLog(disk, 900);
    wal.submit(batch(1, { add: large(1) }));
    wal.submit(batch(2, { add: large(2) }));
    disk.settle();
    const before = [...disk.list()];
    // The third begins after entry 2, and goes back behind it.
    wal.submit(batch(3, { hard: hardState(2), truncateFrom: 2, add: large(2, 2) }));
    disk.settle();
    wal.submit(part(4, '1:1', { hard: hardState(2) }));
    disk.settle();
    expect(disk.list()).toEqual([snapshotAt('1:1'), ...before.slice(1), expect.stringMatching(/^wal-/)]);
    expect(found(disk)).toBe('1:1 ab; 2:2');
    wal.submit(part(5, '2:2', { hard: hardState(2) }));
    disk.settle();
    expect(disk.list()).toHaveLength(2);
    expect(found(disk)).toBe('2:2 ab; ');
  });

  test('a log that goes on for ever does not grow for ever', () => {
    const disk = new MemoryDisk();
    const { wal } = openLog(disk, 2000);
    let number = 0;
    for (let lsn = 1; lsn <= 200; lsn++) {
      wal.submit(batch(++number, { add: large(lsn) }));
      if (lsn % 5 === 0) wal.submit(part(++number, `1:${lsn - 2}`));
      disk.settle();
      const bytes = [...disk.contents().values()].reduce((sum, { length }) => sum + length, 0);
      expect(bytes).toBeLessThan(9000);
    }
    expect(found(disk)).toBe('1:198 ab; 1:199 1:200');
  });
});

test('a part that does not follow is a bug, and says which', () => {
  const submit = (...batches: ReturnType<typeof part>[]) => {
    const { wal } = fourEntries();
    for (const each of batches) wal.submit(each);
  };
  expect(() => submit(part(2, '1:3', { index: 1 }))).toThrow('part 1 of a snapshot at 1:3, log to 1:4');
  expect(() => submit(part(2, '1:5'))).toThrow('part 0 of a snapshot at 1:5, log to 1:4');
  expect(() => submit(part(2, '2:3'))).toThrow('part 0 of a snapshot at 2:3');
  const begun = part(2, '1:3', { last: false });
  expect(() => submit(begun, part(3, '1:3', { index: 2 }))).toThrow('part 2 of a snapshot at 1:3');
  expect(() => submit(begun, part(3, '1:2', { index: 1 }))).toThrow('part 1 of a snapshot at 1:2');
  expect(() => submit(begun, part(3, '1:3', { index: 1, installs: true }))).toThrow('part 1 of a snapshot at 1:3');
  expect(() => submit(part(2, '1:3'), part(3, '1:3', { index: 1 }))).toThrow('part 1 of a snapshot at 1:3');
  expect(() => submit(part(2, '1:3'), part(3, '1:2'))).toThrow('part 0 of a snapshot at 1:2');
  expect(() => submit(part(2, '1:3'), batch(3, { truncateFrom: 3 }))).toThrow('truncation from 3, end 4, base 3');
  expect(() => submit(part(2, '1:3'), batch(3, { truncateFrom: 4 }))).not.toThrow();
  const both = 'batch 2 has a part of a snapshot, and more or nothing to write';
  expect(() => submit({ ...part(2, '1:3'), entries: entries(5, 5) })).toThrow(both);
  expect(() => submit({ ...part(2, '1:3'), truncateFrom: at('1:4').lsn })).toThrow(both);
  expect(() => submit({ ...part(2, '1:3'), dirty: false })).toThrow(both);
  const installed = part(2, '2:9', { installs: true });
  expect(() => submit(installed, part(3, '2:5', { installs: true }))).toThrow('part 0 of a snapshot at 2:5');
  expect(() => submit(installed, batch(3, { add: entries(5, 5, 2) }))).toThrow('entry 2:5 after LSN 9');
  expect(() => submit(installed, batch(3, { add: entries(10, 10, 2) }))).not.toThrow();
});
