// A log that is damaged or gone, begun anew: what it still knows of its votes decides whether it may ever vote again.
import { describe, expect, test } from 'vitest';
import type { HardState } from '../../core/protocol/entry.ts';
import { lsn } from '../../core/protocol/position.ts';
import { encodeRecord } from '../../core/wal/codec.ts';
import { SNAPSHOT_PART, segmentFile } from '../../core/wal/files.ts';
import { openWal } from '../../core/wal/wal.ts';
import { MemoryDisk } from './support/wal-disk.ts';
import {
  batch,
  entries,
  entryAt,
  entryLines,
  hardState,
  IDENTITY,
  linesOf,
  logOf,
  names,
  openLog,
  refusal,
  SILENT,
} from './support/wal-log.ts';
import { part, snapshotAt, story } from './support/wal-story.ts';

const FIRST = segmentFile(0);

/** Opens a log that may be begun anew. */
function rebuild(disk: MemoryDisk) {
  const opened = openWal(disk, IDENTITY, SILENT, { mayBeNew: false, rebuild: true });
  if (opened.verdict !== 'ok') throw new Error(opened.message);
  return opened;
}

const holding = (...files: [string, string | Uint8Array][]): MemoryDisk =>
  MemoryDisk.holding(new Map(files.map(([name, content]) => [name, Buffer.from(content)])));

/** A byte in the middle of the line at `index`, counted from 0, is another. */
function spoiled(bytes: Uint8Array, index: number): Uint8Array {
  const start = linesOf(bytes).slice(0, index).join('').length;
  return bytes.map((byte, at) => (at === start + 20 ? byte ^ 1 : byte));
}

const rejoining = (term: number, votedFor: string | null): HardState => ({
  ...hardState(term, votedFor),
  standing: 'rejoining',
});
const barred = (term: number): HardState => ({ ...hardState(term), standing: 'barred' });

/** Two entries; then term 2 with a vote, and two more. */
function damagedLog(): Uint8Array {
  const first = logOf(entryLines(1, 2));
  const hard = encodeRecord({ type: 'hard-state', ...hardState(2, 'n3'), durable: first.bytes.length });
  const lines = [hard, ...entryLines(3, 4, 2)];
  return Buffer.concat([first.bytes, Buffer.from(lines.map((line) => `${line}\n`).join(''))]);
}

describe('a damaged log whose last hard state stands after the damage', () => {
  test('is set aside, and one begun whose replica comes back with that term and vote, but without a voice', () => {
    const disk = holding([FIRST, spoiled(damagedLog(), 2)]);
    const damaged = disk.contents();
    const { recovered, report, wal } = rebuild(disk);
    expect(recovered).toMatchObject({ hardState: rejoining(2, 'n3'), snapshot: null, entries: [] });
    expect(report.rebuilt?.because).toContain(`${FIRST}, line 3: no valid record`);
    expect(report.rebuilt?.folder).toBe('aside');
    expect(disk.aside).toEqual(damaged);
    const [file = '', ...others] = disk.list();
    expect(others).toEqual([]);
    expect(story(disk, file)).toEqual([
      expect.stringMatching(/^identity \d+ after 0:0$/),
      expect.stringMatching(/^term 2 vote n3 committed 0 rejoining/),
      'rebuilt',
    ]);
    expect(file).not.toBe(FIRST);
    // From here on it is a log like any other.
    wal.submit(batch(1, { hard: rejoining(4, null), add: entries(1, 2, 1) }));
    disk.settle();
    wal.submit(part(2, '4:9', { hard: hardState(4), installs: true }));
    disk.settle();
    const again = openLog(disk);
    expect(again.recovered).toMatchObject({ hardState: hardState(4, null, 9), snapshot: { position: { lsn: 9 } } });
    expect(again.report.rebuilt).toBeNull();
  });

  test('what follows it may be of older terms, where it takes the place of something', () => {
    const truncation = encodeRecord({ type: 'truncate', from: lsn(4) });
    const hard = encodeRecord({ type: 'hard-state', ...hardState(3, null), durable: damagedLog().length });
    const more = [hard, truncation, entryAt(4, 1).line].map((line) => `${line}\n`).join('');
    const log = Buffer.concat([spoiled(damagedLog(), 2), Buffer.from(more)]);
    // It is not in order, for what is before it is of term 2; but it is whole, and no vote is missing.
    expect(rebuild(holding([FIRST, log])).recovered.hardState).toEqual(rejoining(3, null));
  });

  test('a lost segment is such a damage', () => {
    const disk = new MemoryDisk();
    const { wal } = openLog(disk, 900);
    for (let lsn = 1; lsn <= 3; lsn++) {
      wal.submit(batch(lsn, { hard: hardState(lsn, 'n2'), add: [entryAt(lsn, lsn, 'v'.repeat(400))] }));
      disk.settle();
    }
    const files = disk.contents();
    files.delete(disk.list()[1] ?? '');
    expect(rebuild(MemoryDisk.holding(files)).recovered.hardState).toEqual(rejoining(3, 'n2'));
  });

  test('so is a damaged snapshot: the log is whole, and of no use without it', () => {
    const disk = new MemoryDisk();
    const { wal } = openLog(disk);
    wal.submit(batch(1, { hard: hardState(5, 'n2'), add: entries(1, 4) }));
    wal.submit(part(2, '1:3', { hard: hardState(5, 'n2') }));
    disk.settle();
    const files = new Map([...disk.contents(), [snapshotAt('1:3'), Buffer.from('nothing\n')]]);
    const damaged = MemoryDisk.holding(files);
    expect(rebuild(damaged).recovered).toMatchObject({ hardState: rejoining(5, 'n2'), snapshot: null, entries: [] });
    expect(damaged.aside).toEqual(files);
  });
});

test('a snapshot that is gone, though the log stands on it, is no damage of the log', () => {
  const disk = new MemoryDisk();
  const { wal } = openLog(disk);
  wal.submit(part(1, '6:9', { installs: true, hard: hardState(6, 'n2') }));
  disk.settle();
  const log = holding([FIRST, disk.read(FIRST)]);
  expect(refusal(log).message).toContain('the mark of a snapshot at 6:9, which is not there');
  expect(rebuild(log).recovered.hardState).toEqual(rejoining(6, 'n2'));
});

describe('it is barred for ever', () => {
  const lineOf = (record: string): Uint8Array => Buffer.from(`${record}\n`);
  const text = damagedLog();
  const lines = linesOf(text).filter((line) => line !== '');
  const hardLine = (of: number, votedFor: string | null, durable: number) =>
    encodeRecord({ type: 'hard-state', ...hardState(of, votedFor), durable });

  const more = [hardLine(3, 'n1', text.length), entryAt(5, 3).line];
  const later = Buffer.concat([text, Buffer.from(more.map((line) => `${line}\n`).join(''))]);

  test.each<[string, Uint8Array | string, number]>([
    ['what follows the last hard state is damaged', spoiled(spoiled(text, 2), 6), 2],
    ['the last hard state itself is', spoiled(spoiled(later, 2), 7), 3],
    ['an entry after it is of an older term', Buffer.concat([spoiled(text, 2), lineOf(entryAt(5, 1).line)]), 2],
    ['the last newline is gone', spoiled(later, 2).subarray(0, -1), 3],
    ['the last line is cut short', Buffer.from(spoiled(text, 2)).subarray(0, -9), 2],
    [
      'an entry is of a term that no hard state has',
      Buffer.concat([spoiled(text, 2), Buffer.from(`${entryAt(5, 4).line}\n`)]),
      4,
    ],
    ['an entry does not follow', Buffer.concat([spoiled(text, 2), Buffer.from(`${entryAt(7, 2).line}\n`)]), 2],
    ['an old hard state stands at its end', Buffer.concat([spoiled(text, 2), Buffer.from(lines[1] ?? '')]), 2],
    [
      'the last hard state stood elsewhere',
      Buffer.concat([spoiled(text, 2), Buffer.from(`${hardLine(9, null, 5000)}\n`)]),
      9,
    ],
    [
      'it tells of another vote in the same term',
      Buffer.concat([spoiled(text, 2), Buffer.from(`${hardLine(2, 'n1', text.length)}\n`)]),
      2,
    ],
  ])('if %s', (_, bytes, term) => {
    const disk = holding([FIRST, bytes]);
    expect(refusal(disk).code).toBe('corrupt');
    expect(rebuild(disk).recovered).toMatchObject({ hardState: barred(term), snapshot: null, entries: [] });
  });

  test('if the log is gone, or was never whole', () => {
    for (const disk of [holding(), holding([FIRST, '']), holding([FIRST, '{"type":"iden'])]) {
      expect(rebuild(disk).recovered).toMatchObject({ hardState: barred(0), snapshot: null, entries: [] });
      expect(openLog(disk).recovered.hardState).toEqual(barred(0));
    }
  });

  test('if nothing but a snapshot is left: it knows of a term at least', () => {
    const disk = new MemoryDisk();
    const { wal } = openLog(disk);
    wal.submit(part(1, '6:9', { installs: true, hard: hardState(6) }));
    disk.settle();
    const name = snapshotAt('6:9');
    const alone = holding([name, disk.read(name)]);
    expect(refusal(alone, IDENTITY, { mayBeNew: true }).code).toBe('corrupt');
    expect(rebuild(alone).recovered).toMatchObject({ hardState: barred(6), snapshot: null, entries: [] });
    expect([...alone.aside.keys()]).toEqual([name]);
  });

  test('if the last segment is gone, and a snapshot tells of it', () => {
    const disk = new MemoryDisk();
    const { wal } = openLog(disk, 900);
    for (let lsn = 1; lsn <= 2; lsn++) {
      wal.submit(batch(lsn, { hard: hardState(lsn, 'n2'), add: [entryAt(lsn, lsn, 'v'.repeat(400))] }));
      disk.settle();
    }
    wal.submit(part(3, '1:1', { hard: hardState(2, 'n2') }));
    disk.step();
    disk.step();
    const files = disk.contents();
    files.delete([...files.keys()].at(-1) ?? '');
    expect(rebuild(MemoryDisk.holding(files)).recovered.hardState).toEqual(barred(1));
  });

  test('if what follows the last hard state is whole, and yet not what should follow', () => {
    const disk = new MemoryDisk();
    const { wal } = openLog(disk);
    wal.submit(part(1, '6:9', { installs: true, hard: hardState(6, 'n2') }));
    disk.settle();
    const truncated = Buffer.concat([disk.read(FIRST), lineOf(encodeRecord({ type: 'truncate', from: lsn(9) }))]);
    const damaged = MemoryDisk.holding(new Map([...disk.contents(), [FIRST, truncated]]));
    expect(refusal(damaged).message).toContain('a truncation from LSN 9, in a snapshot');
    expect(rebuild(damaged).recovered.hardState).toEqual(barred(6));
  });

  test('if that is so, and something before it is damaged too', () => {
    const disk = new MemoryDisk();
    const { wal } = openLog(disk, 1600);
    for (let lsn = 1; lsn <= 3; lsn++) {
      wal.submit(batch(lsn, { hard: hardState(lsn, 'n2'), add: [entryAt(lsn, lsn, 'v'.repeat(400))] }));
      disk.settle();
    }
    wal.submit(part(4, '1:1', { hard: hardState(3, 'n2') }));
    disk.step();
    disk.step();
    const files = disk.contents();
    const [first = '', second = ''] = disk.list().filter((name) => name.startsWith('wal-'));
    expect(story(disk, first).at(-1)).toBe('entry 2:2');
    files.set(first, spoiled(disk.read(first), 3));
    files.delete(second);
    expect(rebuild(MemoryDisk.holding(files)).recovered.hardState).toEqual(barred(2));
  });

  test('and stays so, whatever is damaged next', () => {
    const disk = holding();
    const { wal } = rebuild(disk);
    wal.submit(batch(1, { hard: { ...hardState(7, null), standing: 'barred' }, add: entries(1, 2) }));
    wal.submit(batch(2, { hard: { ...hardState(8, null), standing: 'barred' }, add: entries(3, 4) }));
    disk.settle();
    const damaged = holding([FIRST, spoiled(disk.read(FIRST), 5)]);
    expect(rebuild(damaged).recovered.hardState).toEqual(barred(8));
  });
});

test('one that rejoins and is damaged again still rejoins', () => {
  const disk = holding([FIRST, spoiled(damagedLog(), 2)]);
  const { wal } = rebuild(disk);
  wal.submit(batch(1, { hard: rejoining(2, 'n3'), add: entries(1, 2) }));
  wal.submit(batch(2, { hard: rejoining(3, null), add: entries(3, 4) }));
  disk.settle();
  const [file = ''] = disk.list();
  const again = holding([file, spoiled(disk.read(file), 4)]);
  expect(refusal(again).code).toBe('corrupt');
  expect(rebuild(again).recovered.hardState).toEqual(rejoining(3, null));
});

describe('nothing is set aside', () => {
  test('of a snapshot that was never whole: that goes', () => {
    const disk = holding([FIRST, spoiled(damagedLog(), 2)], [SNAPSHOT_PART, 'unfinished']);
    rebuild(disk);
    expect([...disk.aside.keys()]).toEqual([FIRST]);
    expect(disk.list()).toHaveLength(1);
  });

  test('of a log that is sound, or torn', () => {
    for (const bytes of [damagedLog(), damagedLog().subarray(0, -9)]) {
      const disk = holding([FIRST, bytes]);
      const { recovered, report } = rebuild(disk);
      expect(recovered.hardState).toEqual(hardState(2, 'n3'));
      expect(names(recovered.entries).slice(0, 3)).toEqual(['1:1', '1:2', '2:3']);
      expect(report.rebuilt).toBeNull();
      expect(disk.aside.size).toBe(0);
    }
  });

  test('of a log of somebody else', () => {
    const disk = holding([FIRST, spoiled(damagedLog(), 2)]);
    const before = disk.contents();
    expect(refusal(disk, { ...IDENTITY, cluster: 'mine' }, { rebuild: true }).code).toBe('foreign');
    expect(disk.contents()).toEqual(before);
  });

  test('without being asked', () => {
    const disk = holding([FIRST, spoiled(damagedLog(), 2)]);
    expect(refusal(disk).code).toBe('corrupt');
    expect(refusal(new MemoryDisk(), IDENTITY, { mayBeNew: false }).code).toBe('missing');
    expect(disk.aside.size).toBe(0);
  });
});

/** Stops the process after so many operations of the disk at its start. */
class Dying extends MemoryDisk {
  left = Number.POSITIVE_INFINITY;

  override write(file: string, at: number, bytes: Uint8Array): void {
    this.#live();
    super.write(file, at, bytes.slice(0, this.left === 0 ? 130 : undefined));
    this.#live();
  }

  override syncFile(file: string): void {
    this.#live();
    super.syncFile(file);
  }

  override syncFolder(): void {
    this.#live();
    super.syncFolder();
  }

  override remove(file: string): void {
    this.#live();
    super.remove(file);
  }

  #live(): void {
    if (this.left-- <= 0) throw new Error('killed');
  }
}

test('a crash at any point of it leaves the old log or the new one, and a second try ends it', () => {
  const files = new Map<string, Uint8Array>([
    [FIRST, spoiled(damagedLog(), 2)],
    [snapshotAt('1:1'), Buffer.from('nothing\n')],
    [SNAPSHOT_PART, Buffer.from('unfinished')],
  ]);
  let whole = 0;
  for (let operations = 0; whole === 0; operations++) {
    for (let kept = 0; kept < 64; kept++) {
      const disk = new Dying();
      for (const [name, bytes] of files) disk.write(name, 0, bytes);
      for (const name of files.keys()) disk.syncFile(name);
      disk.syncFolder();
      disk.left = operations;
      try {
        rebuild(disk);
        whole++;
      } catch (error) {
        expect(error).toEqual(new Error('killed'));
      }
      let asked = 0;
      const left = disk.crash(() => ((kept >> asked++) & 1) === 1);
      const before = openWal(MemoryDisk.holding(left.contents()), IDENTITY, SILENT, { mayBeNew: false });
      if (before.verdict === 'ok') expect(before.recovered.hardState).toEqual(rejoining(2, 'n3'));
      expect(rebuild(left).recovered).toMatchObject({ hardState: rejoining(2, 'n3'), snapshot: null, entries: [] });
      expect(left.list()).toHaveLength(1);
      expect(openLog(left.crash(() => false)).recovered.hardState).toEqual(rejoining(2, 'n3'));
    }
  }
});
