// What is committed in a log, and far from its end, is folded while it is read: nothing else may differ.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Core } from '../../core/protocol/core.ts';
import type { Command, Entry, HardState } from '../../core/protocol/entry.ts';
import type { PersistBatch, Recovered } from '../../core/protocol/io.ts';
import { lsn, ORIGIN, term, writeId } from '../../core/protocol/position.ts';
import { seededRandom } from '../../core/protocol/random.ts';
import type { SnapshotPiece } from '../../core/protocol/snapshot.ts';
import { SnapshotScan } from '../../core/protocol/snapshot-scan.ts';
import { timingOf } from '../../core/protocol/timing.ts';
import { encodeRecord, sealEntry } from '../../core/wal/codec.ts';
import { segmentBase, segmentFile } from '../../core/wal/files.ts';
import { sealPiece } from '../../core/wal/piece.ts';
import { type Opened, openWal } from '../../core/wal/wal.ts';
import { MemoryDisk } from './support/wal-disk.ts';
import { batch, entries, entryLines, hardState, IDENTITY, names, openLog, SILENT } from './support/wal-log.ts';
import { part, snapshotAt } from './support/wal-story.ts';

const LIMITS = { logBytes: 1e9, tailBytes: 0, partBytes: 1e9 };
const ALL = Number.POSITIVE_INFINITY;
const SEGMENT = 1500;

/** Opens the log on a copy of the disk, keeping a tail of so many bytes. */
function opened(disk: MemoryDisk, tailBytes: number): Extract<Opened, { verdict: 'ok' }> {
  const copy = MemoryDisk.holding(disk.contents());
  const found = openWal(copy, IDENTITY, SILENT, { segmentBytesMax: SEGMENT, tailBytes });
  if (found.verdict !== 'ok') throw new Error(found.message);
  return found;
}

/** On the disk itself, with nothing kept that may be folded. */
function reopened(disk: MemoryDisk) {
  const found = openWal(disk, IDENTITY, SILENT, { segmentBytesMax: SEGMENT, tailBytes: 0 });
  if (found.verdict !== 'ok') throw new Error(found.message);
  return found;
}

const coreOf = (recovered: Recovered): Core =>
  new Core({
    id: IDENTITY.replica,
    members: IDENTITY.members,
    timing: timingOf('normal'),
    random: seededRandom(1),
    seal: sealEntry,
    sealPiece,
    limits: LIMITS,
    recovered,
  });

const piecesOf = (core: Core): readonly SnapshotPiece[] =>
  new SnapshotScan(core).part(ALL).pieces.map((each) => each.piece);

/** All that a replica knows when it starts on this. */
function knowledge(recovered: Recovered): unknown {
  const core = coreOf(recovered);
  const { log, hardState: hard, durableLsn, snapshotLsn } = core;
  const uncommittedBytes = log.bytesBetween(core.committedLsn, log.lastLsn);
  const compactBytes = core.foldedBytes + log.bytesBetween(snapshotLsn, core.committedLsn);
  const values = KEYS.map((key) => core.state.read(key, log.lastLsn));
  const retries = SEQS.flatMap((seq) => SESSIONS.map((session) => core.sessions.find(session, seq)));
  const { last, lineage } = log;
  const figures = { uncommittedBytes, compactBytes, durableLsn, snapshotLsn };
  return { hard, last, lineage, figures, values, retries, pieces: piecesOf(core) };
}

const KEYS = ['a', 'b', 'c', 'ö'];
const SESSIONS = ['s', 't'];
const SEQS = [1, 2, 3, 300, 301];

interface Write {
  readonly key: string;
  readonly size: number | null;
  readonly session: { readonly session: string; readonly seq: number } | null;
}
type Action =
  | { readonly do: 'append' | 'truncate'; readonly back: number; readonly writes: readonly Write[] }
  | { readonly do: 'commit'; readonly back: number }
  | { readonly do: 'snapshot' }
  | { readonly do: 'install'; readonly beyond: number }
  | { readonly do: 'crash'; readonly seed: number }
  | { readonly do: 'restart' };

const write: fc.Arbitrary<Write> = fc.record({
  key: fc.constantFrom(...KEYS),
  size: fc.option(fc.nat(300)),
  session: fc.option(fc.record({ session: fc.constantFrom(...SESSIONS), seq: fc.constantFrom(...SEQS) })),
});
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 8, arbitrary: writing('append') },
  { weight: 2, arbitrary: writing('truncate') },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('commit' as const), back: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'snapshot' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('install' as const), beyond: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const), seed: fc.nat() }) },
  { weight: 1, arbitrary: fc.constant({ do: 'restart' as const }) },
);

function writing(what: 'append' | 'truncate') {
  return fc.record({ do: fc.constant(what), back: fc.nat(4), writes: fc.array(write, { maxLength: 5 }) });
}

/** A replica's log as one that keeps the rules writes it; every restart of it is on what was folded. */
class Story {
  disk = new MemoryDisk();
  #wal = openLog(this.disk, SEGMENT).wal;
  #number = 0;
  #term = 1;
  #last = 0;
  #committed = 0;

  constructor() {
    this.#take({});
  }

  tell(action: Action): void {
    switch (action.do) {
      case 'append':
        return this.#take({ add: this.#entries(action.writes, this.#last) });
      case 'truncate': {
        this.#term++;
        const kept = Math.max(this.#committed, this.#last - action.back);
        return this.#take({ truncateFrom: kept + 1, add: this.#entries(action.writes, kept) });
      }
      case 'commit':
        this.#committed = Math.max(this.#committed, this.#last - action.back);
        return this.#take({});
      case 'snapshot': {
        const core = coreOf(opened(this.disk, ALL).recovered);
        if (core.committedLsn === 0) return;
        return this.#submit({
          ...batch(0, { hard: this.#hard() }),
          snapshot: { ...new SnapshotScan(core).part(ALL), installs: false },
        });
      }
      case 'install': {
        // Its own log may be longer: what is not committed of it goes.
        this.#last = Math.max(this.#committed + 1, this.#last + action.beyond - 2);
        this.#term++;
        const position = { term: term(this.#term), lsn: lsn(this.#last) };
        const pieces: SnapshotPiece[] = [
          { type: 'branches', branches: [{ term: position.term, firstLsn: position.lsn }] },
          { type: 'key', key: 'a', value: `installed at ${this.#last}`, lsn: position.lsn },
        ];
        const snapshot = { position, index: 0, pieces: pieces.map(sealPiece), last: true, installs: true };
        this.#submit({ ...batch(0, { hard: this.#hard() }), snapshot });
        this.#committed = this.#last;
        return;
      }
      case 'crash': {
        const random = seededRandom(action.seed);
        // Of what is under way, nothing, some or all.
        for (let steps = random.between(0, 4); steps > 1; steps--) this.disk.step();
        this.disk = this.disk.crash(() => random.between(0, 1) < 0.5);
        return this.#restart();
      }
      case 'restart':
        return this.#restart();
      default:
        action satisfies never;
    }
  }

  #restart(): void {
    this.disk.settle();
    const { wal, recovered } = reopened(this.disk);
    this.#wal = wal;
    this.#number = 0;
    const { hardState: hard, entries: list, prefix, snapshot } = recovered;
    this.#term = Math.max(1, hard.term);
    this.#committed = hard.committedLsn;
    this.#last = list.at(-1)?.lsn ?? prefix?.position.lsn ?? snapshot?.position.lsn ?? 0;
  }

  #entries(writes: readonly Write[], after: number): Entry[] {
    return writes.map(({ key, size, session }, i) => {
      const at = after + 1 + i;
      const command: Command =
        size === null ? { op: 'delete', key } : { op: 'put', key, value: `${at}${key.repeat(size)}` };
      const id = writeId(`w${this.#term}-${at}`);
      return sealEntry({ term: term(this.#term), lsn: lsn(at), id, command, mode: 'quorum', session });
    });
  }

  #hard(): HardState {
    return hardState(this.#term, 'n2', this.#committed);
  }

  #take(options: { truncateFrom?: number; add?: readonly Entry[] }): void {
    this.#submit(batch(0, { hard: this.#hard(), ...options }));
    if (options.truncateFrom !== undefined) this.#last = options.truncateFrom - 1;
    this.#last += options.add?.length ?? 0;
  }

  #submit(what: PersistBatch): void {
    this.#wal.submit({ ...what, number: ++this.#number });
    if (what.snapshot) this.disk.settle();
  }
}

test('whatever is folded while a log is read, a replica that starts on it knows the same', () => {
  let folded = 0;
  fc.assert(
    fc.property(fc.array(action, { minLength: 1, maxLength: 60, size: 'max' }), fc.nat(2000), (script, someBytes) => {
      const story = new Story();
      for (const each of script) story.tell(each);
      story.disk.settle();
      const whole = opened(story.disk, ALL);
      expect(whole.recovered.prefix).toBeNull();
      const wanted = knowledge(whole.recovered);
      for (const tailBytes of [0, someBytes]) {
        const { recovered, report, wal } = opened(story.disk, tailBytes);
        expect(knowledge(recovered)).toEqual(wanted);
        expect(report).toEqual(whole.report);
        expect(wal.durableEnd()).toEqual(whole.wal.durableEnd());
        const kept = recovered.entries.length;
        expect(recovered.entries).toEqual(whole.recovered.entries.slice(whole.recovered.entries.length - kept));
        if (recovered.prefix) folded++;
      }
    }),
    { numRuns: 300 },
  );
  expect(folded).toBeGreaterThan(200);
});

describe('of what a log holds', () => {
  /** A log in one segment: each group has what is committed as it is written, and then lines. */
  function logOf(...groups: [committed: number, ...lines: string[]][]): MemoryDisk {
    let log = `${encodeRecord({ type: 'identity', ...IDENTITY, start: { base: 0, after: ORIGIN } })}\n`;
    for (const [committed, ...lines] of groups) {
      const hard = encodeRecord({ type: 'hard-state', ...hardState(1, 'n1', committed), durable: log.length });
      log += [hard, ...lines].map((line) => `${line}\n`).join('');
    }
    return MemoryDisk.holding(new Map([[segmentFile(0), Buffer.from(log)]]));
  }
  const truncate = (from: number): string => encodeRecord({ type: 'truncate', from: lsn(from) });

  test('what is committed is folded, and the rest is kept', () => {
    const { recovered, report } = opened(logOf([0, ...entryLines(1, 4)], [3]), 0);
    expect(recovered.prefix?.position).toEqual({ term: 1, lsn: 3 });
    expect(names(recovered.entries)).toEqual(['1:4']);
    expect(report.entries).toBe(4);
  });

  test('the tail is kept, committed or not', () => {
    const disk = logOf([0, ...entryLines(1, 4)], [4]);
    const bytes = Buffer.from(disk.read(segmentFile(0)));
    const third = bytes.length - bytes.indexOf('{"type":"entry","term":1,"lsn":3');
    expect(names(opened(disk, third - 1).recovered.entries)).toEqual(['1:4']);
    expect(names(opened(disk, third).recovered.entries)).toEqual(['1:3', '1:4']);
  });

  test('so is what stands there in place of what was dropped', () => {
    const disk = logOf([0, ...entryLines(1, 4)], [0, truncate(3), ...entryLines(3, 4)], [4]);
    const bytes = Buffer.from(disk.read(segmentFile(0)));
    const third = bytes.length - bytes.lastIndexOf('{"type":"entry","term":1,"lsn":3');
    expect(names(opened(disk, third).recovered.entries)).toEqual(['1:3', '1:4']);
  });

  test('what is called committed ahead of its entries may be another than came', () => {
    const disk = logOf([4, ...entryLines(1, 4)], [0, truncate(3), ...entryLines(3, 3)], [2]);
    const { recovered } = opened(disk, 0);
    expect(recovered.prefix?.position).toEqual({ term: 1, lsn: 2 });
    expect(names(recovered.entries)).toEqual(['1:3']);
  });

  test.each([0, ALL])('what was committed once is so still (tail %d)', (tailBytes) => {
    const { recovered } = opened(logOf([0, ...entryLines(1, 4)], [3], [1]), tailBytes);
    expect(recovered.hardState.committedLsn).toBe(3);
  });

  test.each([0, ALL])('nothing is dropped that was committed: that is damage (tail %d)', (tailBytes) => {
    const disk = logOf([0, ...entryLines(1, 4)], [3, truncate(3)]);
    const found = openWal(disk, IDENTITY, SILENT, { tailBytes });
    expect(found).toMatchObject({ verdict: 'refused', code: 'corrupt' });
    expect(found).toMatchObject({ message: expect.stringContaining('a truncation from LSN 3, which is committed,') });
  });

  test('where a log begins after is not committed by that', () => {
    const disk = new MemoryDisk();
    const { wal } = openLog(disk, 400);
    const committed = (count: number) => hardState(2, 'n2', count);
    wal.submit(batch(1, { hard: committed(0), add: entries(1, 3) }));
    disk.settle();
    wal.submit(batch(2, { hard: committed(2), truncateFrom: 3, add: entries(3, 4, 2) }));
    disk.settle();
    wal.submit(part(3, '2:4', { hard: committed(4) }));
    disk.settle();
    expect(disk.list().filter((file) => segmentBase(file) !== null)).toHaveLength(1);
    expect(names(opened(disk, 0).recovered.entries)).toEqual([]);
    expect(opened(disk, 0).recovered.snapshot?.position).toEqual({ term: 2, lsn: 4 });
  });
});

describe('a log whose beginning was folded', () => {
  /** Three segments or more, all committed but for the last entry, and no snapshot. */
  function long(): MemoryDisk {
    const disk = new MemoryDisk();
    const { wal } = openLog(disk, SEGMENT);
    for (let number = 1; number <= 8; number++) {
      wal.submit(batch(number, { hard: hardState(1, 'n1', 3 * number - 1), add: entries(3 * number - 2, 3 * number) }));
      disk.settle();
    }
    wal.close(() => {});
    disk.settle();
    return disk;
  }
  const segments = (disk: MemoryDisk) => disk.list().filter((file) => segmentBase(file) !== null);

  test('is on disk as it was, until a snapshot holds it', () => {
    const disk = long();
    const before = segments(disk);
    expect(before.length).toBeGreaterThanOrEqual(3);
    const { wal, recovered } = reopened(disk);
    expect(recovered).toMatchObject({ snapshot: null, prefix: { position: { term: 1, lsn: 23 } } });
    expect(segments(disk)).toEqual(before);
    wal.submit(batch(1, { hard: hardState(1, 'n1', 24), add: entries(25, 26) }));
    disk.settle();
    expect(segments(disk).slice(0, before.length)).toEqual(before);
    wal.submit(part(2, '1:25', { index: 0, last: false }));
    disk.settle();
    expect(segments(disk).slice(0, before.length)).toEqual(before);
    wal.submit(part(3, '1:25', { index: 1 }));
    disk.settle();
    expect(segments(disk)).toHaveLength(1);
    expect(disk.list()).toContain(snapshotAt('1:25'));
    expect(names(opened(disk, ALL).recovered.entries)).toEqual(['1:26']);
  });

  test('takes in nothing that does not follow', () => {
    const submit = (what: PersistBatch) => () => reopened(long()).wal.submit(what);
    expect(submit(batch(1, { truncateFrom: 23 }))).toThrow('truncation from 23, end 24, base 23');
    expect(submit(batch(1, { truncateFrom: 24, add: entries(24, 24, 2) }))).not.toThrow();
    expect(submit(batch(1, { add: entries(24, 24) }))).toThrow('after LSN 24');
    expect(submit(part(1, '1:22'))).toThrow('part 0 of a snapshot at 1:22');
    expect(submit(part(1, '1:23'))).not.toThrow();
  });
});
