import type { Entry, HardState } from '../protocol/entry.ts';
import type { Lsn } from '../protocol/position.ts';
import { type Identity, parseRecord, WAL_VERSION, type WalRecord } from './codec.ts';
import { Replay } from './replay.ts';
import { segmentFile } from './segment.ts';

/** A segment as it was read: where it begins in the stream, and all its bytes. */
export interface SegmentBytes {
  readonly base: number;
  readonly bytes: Uint8Array;
}

/** What a log is worth after a stop of any kind. Offsets are stream offsets, lines count from 1. */
export type Verdict =
  /** Nothing was ever durable in it. Its repairs clear away what a torn creation left. */
  | { readonly verdict: 'empty'; readonly cut: Cut | null; readonly repairs: readonly Repair[] }
  | {
      readonly verdict: 'ok';
      readonly hardState: HardState;
      readonly entries: readonly Entry[];
      /** Up to here the log itself proves that it was fsynced. */
      readonly durable: number;
      /** Up to here it is valid, and durable once the repairs are done. */
      readonly end: number;
      /** The base of the segment that `end` is in. */
      readonly base: number;
      readonly cut: Cut | null;
      readonly repairs: readonly Repair[];
    }
  /** Data that had been durable has changed. Nothing may be touched, and the replica must not vote. */
  | {
      readonly verdict: 'corrupt';
      readonly file: string;
      readonly line: number;
      /** The LSN expected there. */
      readonly lsn: Lsn;
      readonly message: string;
    }
  /** It is the log of somebody else. Nothing may be touched. */
  | { readonly verdict: 'foreign'; readonly message: string };

/** A torn write: what is cut off, and where it began. */
export interface Cut {
  readonly file: string;
  readonly line: number;
  readonly lsn: Lsn;
  readonly offset: number;
  readonly bytes: number;
}

/**
 * What must be done, in this order and then fsynced, file and folder, before the log counts. `at` and `size` are
 * offsets within the segment. Bytes kept beyond the named durable offset are rewritten as they are: after an fsync that
 * failed, the page cache shows them, holds them to be clean, and the disk does not have them.
 */
export type Repair =
  | { readonly type: 'remove'; readonly base: number }
  | { readonly type: 'truncate'; readonly base: number; readonly size: number }
  | { readonly type: 'rewrite'; readonly base: number; readonly at: number; readonly bytes: Uint8Array };

/**
 * The verdict on a log, from all its segments in order of base. The first record that is invalid, or not what should
 * follow, decides. Below an offset that any readable record, before it or after it, names as durable, it is damage.
 * So it is anywhere if the record itself is intact: a write that tears leaves no whole record where another belongs.
 * Else it is a torn write, and everything from there on goes, even if valid records follow: pages reach the disk in
 * any order.
 */
export function recover(identity: Identity, segments: readonly SegmentBytes[]): Verdict {
  const replay = new Replay();
  let bad: Bad | null = null;
  let end = 0;
  let lines = 0;
  for (const [index, { base, bytes }] of segments.entries()) {
    if (base !== end) bad ??= gap(segments[index - 1], base, end, lines + 1, replay.nextLsn);
    // A segment is created when all before it is durable.
    replay.durable = Math.max(replay.durable, base);
    lines = 0;
    for (const { start, next, record, terminated } of records(bytes)) {
      lines++;
      const foreign = lines === 1 ? foreignness(identity, record, segmentFile(base)) : null;
      if (foreign !== null) return { verdict: 'foreign', message: foreign };
      const problem = terminated ? replay.problemWith(record, base + start, lines, base) : 'a record cut short';
      if (bad === null && problem !== null) {
        const damage = record !== null && terminated;
        bad = { base, line: lines, lsn: replay.nextLsn, offset: base + start, problem, damage };
      } else if (bad === null && record !== null) {
        replay.apply(record);
        end = base + next;
      }
      replay.witness(record ?? hiddenRecord(bytes.subarray(start, next)));
    }
    if (lines === 0) bad ??= { base, line: 1, lsn: replay.nextLsn, offset: base, problem: 'nothing', damage: false };
  }
  // All before the last segment was durable when that was created.
  const isDamage = bad !== null && (bad.damage || bad.offset < replay.durable || bad.base !== segments.at(-1)?.base);
  return bad !== null && isDamage ? corrupt(bad) : sound(replay, segments, end, bad);
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

interface Line {
  /** Offsets within the segment: of its first byte, and of the next line's. */
  readonly start: number;
  readonly next: number;
  readonly record: WalRecord | null;
  /** Whether its newline is there. */
  readonly terminated: boolean;
}

const NEWLINE = 10;
/** How every record begins. No value can contain it: its quotes would be escaped. */
const BEGINNING = new TextEncoder().encode('{"type":"');
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function* records(bytes: Uint8Array): Generator<Line> {
  let start = 0;
  while (start < bytes.length) {
    const newline = bytes.indexOf(NEWLINE, start);
    const stop = newline < 0 ? bytes.length : newline;
    const next = Math.min(stop + 1, bytes.length);
    yield { start, next, record: decodeRecord(bytes.subarray(start, stop)), terminated: newline >= 0 };
    start = next;
  }
}

function decodeRecord(bytes: Uint8Array): WalRecord | null {
  try {
    return parseRecord(decoder.decode(bytes));
  } catch {
    return null; // not UTF-8
  }
}

/**
 * The record that ends a bad line, if one does. When the byte that rotted is the newline before a hard state, that hard
 * state alone proves that the line was durable.
 */
function hiddenRecord(line: Uint8Array): WalRecord | null {
  const stop = line.at(-1) === NEWLINE ? line.length - 1 : line.length;
  let start = line.lastIndexOf(BEGINNING[0] as number);
  while (start > 0 && !BEGINNING.every((byte, i) => line[start + i] === byte)) {
    start = line.lastIndexOf(BEGINNING[0] as number, start - 1);
  }
  return start > 0 ? decodeRecord(line.subarray(start, stop)) : null;
}

/** The segment at `base` does not begin where the log ends so far. */
function gap(previous: SegmentBytes | undefined, base: number, end: number, line: number, lsn: Lsn): Bad {
  const next = segmentFile(base);
  const [missing, surplus] = ['a file is missing, or this one is not whole', 'this one is too long'];
  const problem = previous
    ? `the end, at offset ${end} of the log, though the next file is ${next} (${end < base ? missing : surplus}),`
    : `no such file, though there is ${next},`;
  return { base: previous?.base ?? 0, line, lsn, offset: end, problem, damage: true };
}

function corrupt({ base, line, lsn, problem }: Bad): Verdict {
  const file = segmentFile(base);
  const message =
    `${file}, line ${line}: ${problem} where LSN ${lsn} was expected. ` +
    'This part of the log was durable: it is no torn write, the file has been damaged. Nothing was changed.';
  return { verdict: 'corrupt', file, line, lsn, message };
}

function sound(replay: Replay, segments: readonly SegmentBytes[], end: number, bad: Bad | null): Verdict {
  const repairs: Repair[] = [];
  let kept = segments.at(-1);
  let cut: Cut | null = null;
  if (kept && bad) {
    const { base, line, lsn, offset } = bad;
    const size = offset - base;
    cut = { file: segmentFile(base), line, lsn, offset, bytes: kept.bytes.length - size };
    repairs.push(size === 0 ? { type: 'remove', base } : { type: 'truncate', base, size });
    if (size === 0) kept = segments.at(-2);
  }
  if (!kept) return { verdict: 'empty', cut, repairs };
  const { base } = kept;
  const durable = replay.durable;
  if (durable < end) {
    repairs.push({ type: 'rewrite', base, at: durable - base, bytes: kept.bytes.subarray(durable - base, end - base) });
  }
  const { hardState, entries } = replay;
  return { verdict: 'ok', hardState, entries, durable, end, base, cut, repairs };
}

/** Whose log the first record of `file` says it is, if not ours, and what to do; null if it is ours or unreadable. */
function foreignness(own: Identity, record: WalRecord | null, file: string): string | null {
  if (record?.type === 'other-version') {
    const { version } = record;
    return `${file} is of format version ${version}, this lockstep reads ${WAL_VERSION}. Use the one that wrote it.`;
  }
  if (record?.type !== 'identity') return null;
  if (record.cluster !== own.cluster) {
    return `${file} belongs to cluster ${record.cluster}, not to ${own.cluster}. Each cluster needs its own folder.`;
  }
  if (record.replica !== own.replica) {
    return `${file} belongs to replica ${record.replica}, not to ${own.replica}. Put the folders back in their places.`;
  }
  const [theirs, ours] = [members(record), members(own)];
  if (theirs === ours) return null;
  return `${file} belongs to a cluster of ${theirs}, not of ${ours}. Start it with the replicas it was created with.`;
}

const members = (identity: Identity): string => [...identity.members].sort().join(', ');
