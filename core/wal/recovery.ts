import { type Lsn, ORIGIN, type Position } from '../protocol/position.ts';
import { type Identity, parseRecord, type WalRecord } from './codec.ts';
import type { StartUpDisk } from './disk.ts';
import { segmentBase, segmentFile, snapshotFile, snapshotLsn } from './files.ts';
import { hiddenLine, linesIn } from './lines.ts';
import { foreignness } from './owner.ts';
import { Replay } from './replay.ts';
import { firstNeeded } from './segments.ts';
import { damaged, readSnapshot, type StoredSnapshot } from './snapshot-file.ts';
import type { Corrupt, Cut, Repair, Verdict } from './verdict.ts';

/** What a verdict is made from. Files are read one at a time, and let go of. */
export type StoredFiles = Pick<StartUpDisk, 'list' | 'read'>;

/**
 * The verdict on a log, from all its files.
 *
 * The segments that count begin with LSN 1, or with the last one before which a snapshot has everything. What is before
 * that one is a leftover, whose removal a crash has undone, and may have gaps.
 *
 * In them, the first record that is invalid, or not what should follow, decides. Below an offset that any readable
 * record, before it or after it, names as durable, it is damage. So it is anywhere if the record itself is intact: a
 * write that tears leaves no whole record where another belongs. Else it is a torn write, and everything from there on
 * goes, even if valid records follow: pages reach the disk in any order.
 *
 * The newest snapshot counts. Only one that came from the leader, and has no mark in the log yet, does not: the crash
 * came between the two, and the log is what it was before.
 */
export function recover(own: Identity, files: StoredFiles): Verdict {
  const names = files.list();
  const segments = names.flatMap((name) => segmentBase(name) ?? []).sort((a, b) => a - b);
  const snapshots = names.flatMap((name) => snapshotLsn(name) ?? []).sort((a, b) => b - a);
  let durable = 0;
  for (const at of snapshots) {
    const snapshot = readSnapshot(own, at, files.read(snapshotFile(at)));
    if (snapshot.verdict !== 'whole') return snapshot;
    durable = Math.max(durable, snapshot.durable);
    const verdict = judge(own, files, segments, snapshot, durable);
    if (verdict !== 'void') return withLeftovers(verdict, names);
  }
  const verdict = judge(own, files, segments, null, durable);
  if (verdict === 'void') throw new Error('a snapshot that is none does not count');
  return withLeftovers(verdict, names);
}

/** The first place where the log is not what it should be. */
interface Bad {
  /** Of its segment. */
  readonly base: number;
  readonly line: number;
  readonly lsn: Lsn;
  readonly offset: number;
  /** What is there. */
  readonly problem: string;
  /** Whether no torn write can have left it. */
  readonly damage: boolean;
}

/** Segments without a gap between them, as far as they have been read. */
class Chain {
  readonly replay: Replay;
  /** Segments by base, with their sizes. */
  readonly sizes: { readonly base: number; readonly bytes: number }[] = [];
  bad: Bad | null = null;
  /** The end of what is valid. */
  end = 0;
  lines = 0;
  /** Of the last segment. */
  bytes: Uint8Array = new Uint8Array();
  /** What is wrong before it; null: it is the first. */
  readonly before: Bad | null;
  /** Up to here the log was durable, say the snapshots. */
  readonly #durable: number;

  constructor(snapshot: StoredSnapshot | null, before: Bad | null, durable: number) {
    this.replay = new Replay(snapshot?.position ?? ORIGIN);
    this.before = before;
    this.#durable = durable;
  }

  /** Up to here the log was durable, whoever says so. */
  get durable(): number {
    return Math.max(this.#durable, this.replay.durable);
  }

  /** Where its last segment ends, whatever is in it. */
  get stop(): number {
    const last = this.sizes.at(-1);
    return last ? last.base + last.bytes : 0;
  }

  /** Reads the next segment. Returns whose it is, if it is somebody else's. */
  read(own: Identity, base: number, bytes: Uint8Array): string | null {
    const { replay } = this;
    if (this.sizes.length > 0 && base < this.stop) this.bad ??= this.endsBefore(base);
    if (this.sizes.length === 0) this.end = base;
    // A segment is created when all before it is durable.
    replay.durable = Math.max(replay.durable, base);
    this.sizes.push({ base, bytes: bytes.length });
    this.bytes = bytes;
    this.lines = 0;
    for (const { start, next, text, terminated } of linesIn(bytes)) {
      const record = text === null ? null : parseRecord(text);
      this.lines++;
      const foreign = this.lines === 1 ? foreignness(own, record, segmentFile(base)) : null;
      if (foreign !== null) return foreign;
      this.#take(record, { base, start, next, terminated });
      replay.witness(record ?? hiddenRecord(bytes.subarray(start, next)));
    }
    if (this.lines < 2) this.bad ??= this.#badAt(base, base + bytes.length, 'nothing', this.lines + 1, false);
    return null;
  }

  /** The segment at `base`, which comes next, does not begin where this ends. */
  endsBefore(base: number): Bad {
    const last = this.sizes.at(-1);
    const file = segmentFile(base);
    const [missing, surplus] = ['a file is missing, or this one is not whole', 'this one is too long'];
    const problem = last
      ? `the end, at offset ${this.end} of the log, though the next file is ${file} (${this.stop < base ? missing : surplus}),`
      : `no such file, though there is ${file},`;
    return this.#badAt(last?.base ?? 0, this.end, problem, this.lines + 1, true);
  }

  /** The log goes no further, though something says that it did. */
  endsEarly(): Bad {
    const problem = `the end, though the log was durable up to offset ${this.durable},`;
    return this.#badAt(this.sizes.at(-1)?.base ?? 0, this.end, problem, this.lines + 1, true);
  }

  #take(record: WalRecord | null, line: { base: number; start: number; next: number; terminated: boolean }): void {
    if (this.bad !== null) return;
    const { base, start, next, terminated } = line;
    const place = { offset: base + start, line: this.lines, base };
    const problem = terminated ? this.replay.problemWith(record, place) : 'a record cut short';
    if (problem === null && record !== null) {
      this.replay.apply(record);
      this.end = base + next;
    } else {
      this.bad = this.#badAt(base, base + start, problem ?? '', this.lines, record !== null && terminated);
    }
  }

  #badAt(base: number, offset: number, problem: string, line: number, damage: boolean): Bad {
    return { base, line, lsn: this.replay.nextLsn, offset, problem, damage };
  }
}

/** `void`: this snapshot does not count. `durable`: up to here the log was, say the snapshots. */
function judge(
  own: Identity,
  files: StoredFiles,
  segments: readonly number[],
  snapshot: StoredSnapshot | null,
  durable: number,
): Verdict | 'void' {
  let chain = new Chain(snapshot, null, durable);
  for (const base of segments) {
    const bytes = files.read(segmentFile(base));
    const after = endBefore(bytes);
    if (snapshot && after && after.lsn <= snapshot.position.lsn) {
      chain = new Chain(snapshot, null, durable);
    } else if (base > chain.stop) {
      const before: Bad = chain.before ?? chain.bad ?? chain.endsBefore(base);
      chain = new Chain(snapshot, before, durable);
    }
    const foreign: string | null = chain.read(own, base, bytes);
    if (foreign !== null) return { verdict: 'foreign', message: foreign };
  }
  return conclude(chain, snapshot);
}

function conclude(chain: Chain, snapshot: StoredSnapshot | null): Verdict | 'void' {
  const { replay, bad, before, sizes } = chain;
  const [first, last] = [sizes[0], sizes.at(-1)];
  if (!first || !last) return snapshot ? corrupt(chain.endsEarly()) : { verdict: 'empty', cut: null, repairs: [] };
  // A segment is not there before its identity and its hard state are.
  const isUnmade = bad !== null && bad.base === last.base && bad.line <= 2;
  if (first.base > 0) {
    // What was before it has gone, and so it was durable, or it was not to go.
    if (snapshot && bad && bad.base === first.base && bad.line <= 2) return corrupt(bad);
    if (!isCovered(replay, snapshot)) return corrupt(before ?? chain.endsBefore(first.base));
  }
  const end = isUnmade ? last.base : chain.end;
  if (bad && (bad.damage || bad.base !== last.base)) return corrupt(bad);
  if (end < chain.durable) return corrupt(bad ?? chain.endsEarly());
  if (snapshot && replay.isRebuilt && snapshot.durable < first.base) return 'void';
  if (snapshot && !replay.holdsSnapshot) {
    if (snapshot.installs && !replay.isMarked) return 'void';
    const { term, lsn } = snapshot.position;
    return damaged(snapshotFile(lsn), 2, lsn, `the position ${term}:${lsn}, which the log does not hold,`);
  }
  return sound(chain, end, snapshot, isUnmade);
}

/** The end of the log before a segment, if its opening is whole: only then is the hard state in it, too. */
function endBefore(bytes: Uint8Array): Position | null {
  const opening: (WalRecord | null)[] = [];
  for (const { text } of linesIn(bytes)) {
    if (opening.push(text === null ? null : parseRecord(text)) === 2) break;
  }
  const [first, second] = opening;
  return first?.type === 'identity' && second?.type === 'hard-state' ? (first.start?.after ?? null) : null;
}

/** Whether nothing that counts is missing before the first segment. */
function isCovered({ segments, isRebuilt }: Replay, snapshot: StoredSnapshot | null): boolean {
  const start = segments[0];
  return isRebuilt || (start !== undefined && snapshot !== null && start.after.lsn <= snapshot.position.lsn);
}

function sound(chain: Chain, end: number, snapshot: StoredSnapshot | null, isUnmade: boolean): Verdict {
  const { replay, bad, sizes } = chain;
  const last = sizes.at(-1) as Chain['sizes'][number];
  const file = segmentFile(last.base);
  const repairs: Repair[] = [];
  let cut: Cut | null = null;
  if (bad) {
    const size = end - last.base;
    cut = { file, line: bad.line, lsn: bad.lsn, offset: end, bytes: last.bytes - size };
    repairs.push(isUnmade ? { type: 'remove', file } : { type: 'truncate', file, size });
  }
  const segments = replay.segments.slice(0, isUnmade ? sizes.length - 1 : sizes.length);
  if (segments.length === 0) return { verdict: 'empty', cut, repairs };
  const { hardState, entries } = replay;
  const { durable } = chain;
  if (durable < end) {
    const bytes = chain.bytes.subarray(durable - last.base, end - last.base);
    repairs.push({ type: 'rewrite', file, at: durable - last.base, bytes });
  }
  const needed = snapshot ? segments.slice(firstNeeded(segments, snapshot.position.lsn)) : segments;
  const image = snapshot && { position: snapshot.position, pieces: snapshot.pieces };
  return {
    verdict: 'ok',
    hardState,
    snapshot: image,
    entries,
    durable,
    end,
    segments: needed,
    cut,
    repairs,
    leftovers: [],
  };
}

/** All other files are of no use any more. Those of an empty log are none of its own. */
function withLeftovers(verdict: Verdict, names: readonly string[]): Verdict {
  if (verdict.verdict !== 'ok') return verdict;
  const { segments, snapshot, repairs } = verdict;
  const used = new Set(segments.map(({ base }) => segmentFile(base)));
  if (snapshot) used.add(snapshotFile(snapshot.position.lsn));
  for (const repair of repairs) used.add(repair.file);
  return { ...verdict, leftovers: names.filter((name) => !used.has(name)) };
}

/** Of a torn write, the record that ends the bad line, if one does. */
function hiddenRecord(line: Uint8Array): WalRecord | null {
  const text = hiddenLine(line);
  return text === null ? null : parseRecord(text);
}

function corrupt({ base, line, lsn, problem }: Bad): Corrupt {
  const file = segmentFile(base);
  const message =
    `${file}, line ${line}: ${problem} where LSN ${lsn} was expected. ` +
    'This part of the log was durable: it is no torn write, the file has been damaged. Nothing was changed.';
  return { verdict: 'corrupt', file, line, lsn, message };
}
