import type { Recovered } from '../protocol/io.ts';
import { ORIGIN } from '../protocol/position.ts';
import { type Identity, isName, NAME_BYTES_MAX } from './codec.ts';
import type { Disk, StartUpDisk } from './disk.ts';
import { SNAPSHOT_PART, segmentFile } from './files.ts';
import { openingOf } from './group.ts';
import { beginAnew } from './rebuild.ts';
import { recover } from './recovery.ts';
import { HARD_STATE_AT_FIRST } from './replay.ts';
import type { Repair, SoundLog, Verdict } from './verdict.ts';
import { SEGMENT_BYTES_MAX, type WalCallbacks, WalWriter } from './writer.ts';

/** An open log. */
export type Wal = WalWriter;

export interface WalOptions {
  /** A segment is closed before it would pass this many bytes. Default: `SEGMENT_BYTES_MAX`, 16 MiB. */
  readonly segmentBytesMax?: number;
  /**
   * Whether an empty disk gets its first segment. If not it is refused as `missing`: a replica whose log is gone has
   * forgotten its votes, and might vote twice in a term. Default true.
   */
  readonly mayBeNew?: boolean;
  /**
   * Whether a log that is damaged or missing is set aside, and a new one begun in its place. The replica then votes no
   * more until it has everything again, or never, if it may have forgotten a vote. Default false: it is refused.
   */
  readonly rebuild?: boolean;
  /** So much of what is committed comes as entries, or all; the rest is folded. Default: that of `COMPACTION`. */
  readonly tailBytes?: number;
}

export type Opened =
  | {
      readonly verdict: 'ok';
      readonly wal: Wal;
      /** What the log holds, all of it durable. */
      readonly recovered: Recovered;
      readonly report: OpenReport;
    }
  | Refused;

/** What was found of a log, and done to it. */
export interface OpenReport {
  /** Beside those in a snapshot. */
  readonly entries: number;
  /** Bytes cut off as a torn write, and the file they were in; 0 and null if there were none. */
  readonly tornBytes: number;
  readonly file: string | null;
  /** Why a new log was begun, and where what is left of the old one is; null: it is the log that was there. */
  readonly rebuilt: { readonly because: string; readonly folder: string | null } | null;
}

/** It must not run with this log. The disk is as it was. */
interface Refused {
  readonly verdict: 'refused';
  readonly code: 'corrupt' | 'foreign' | 'missing';
  readonly message: string;
}

/**
 * Reads the log on `disk`, judges it, repairs what a crash has left, and opens it for writing; an empty disk gets its
 * first segment. Whatever it returns as recovered is durable. Throws what the disk throws, and a RangeError for an
 * identity out of bounds: it could be written, and not be read again.
 */
export function openWal(disk: Disk, identity: Identity, callbacks: WalCallbacks, options: WalOptions = {}): Opened {
  const { cluster, replica, members } = identity;
  if (![cluster, replica, ...members].every(isName)) {
    throw new RangeError(`identity out of bounds: a name is at most ${NAME_BYTES_MAX} bytes`);
  }
  const found = recover(identity, disk, options.tailBytes);
  const refused = refusalOf(found, options);
  const isRebuilt = refused !== null && refused.code !== 'foreign' && options.rebuild === true;
  if (refused && !isRebuilt) return refused;
  if (isRebuilt) beginAnew(disk, identity, found.verdict === 'corrupt' ? found.offset : null);
  const verdict = isRebuilt ? recover(identity, disk, options.tailBytes) : found;
  if (verdict.verdict === 'corrupt' || verdict.verdict === 'foreign') throw new Error(verdict.message);
  for (const repair of verdict.repairs) apply(disk, repair);
  const log = verdict.verdict === 'ok' ? verdict : createFirst(disk, identity);
  const { hardState, snapshot, prefix, entries, segments, end } = log;
  disk.syncFile(segmentFile(segments.at(-1)?.base ?? 0));
  disk.syncFolder();
  const folder = clearAway(disk, log);
  const segmentBytesMax = options.segmentBytesMax ?? SEGMENT_BYTES_MAX;
  const position = snapshot?.position ?? null;
  const base = prefix?.position ?? position ?? ORIGIN;
  const isBare = verdict.verdict === 'empty';
  const start = { identity, segments, end, hardState, snapshot: position, base, entries, isBare, segmentBytesMax };
  const { cut } = verdict;
  const rebuilt = refused && { because: refused.message, folder };
  return {
    verdict: 'ok',
    wal: new WalWriter(disk, callbacks, start),
    recovered: { hardState, snapshot, prefix, entries },
    report: {
      entries: base.lsn - (position?.lsn ?? 0) + entries.length,
      tornBytes: cut?.bytes ?? 0,
      file: cut?.file ?? null,
      rebuilt,
    },
  };
}

const MISSING = 'the log is missing: bring it back, for a replica that has forgotten its votes might vote twice.';

/** Why a replica must not run with this log; null: it may. */
function refusalOf(found: Verdict, options: WalOptions): Refused | null {
  switch (found.verdict) {
    case 'corrupt':
    case 'foreign':
      return { verdict: 'refused', code: found.verdict, message: found.message };
    case 'empty':
      if (options.mayBeNew !== false) return null;
      return { verdict: 'refused', code: 'missing', message: MISSING };
    case 'ok':
      return null;
    default:
      return found satisfies never;
  }
}

/**
 * What the log does not need goes, now that everything that takes its place is durable. What is left of a damaged log is
 * kept for people. Returns where.
 */
function clearAway(disk: StartUpDisk, { isRebuilt, leftovers }: LogAtStart): string | null {
  const kept = isRebuilt ? leftovers.filter((file) => file !== SNAPSHOT_PART) : [];
  for (const file of leftovers) if (!kept.includes(file)) disk.remove(file);
  if (leftovers.length > 0) disk.syncFolder();
  return kept.length > 0 ? disk.setAside(kept) : null;
}

function apply(disk: StartUpDisk, repair: Repair): void {
  switch (repair.type) {
    case 'remove':
      disk.remove(repair.file);
      return;
    case 'truncate':
      disk.truncate(repair.file, repair.size);
      return;
    case 'rewrite':
      disk.write(repair.file, repair.at, repair.bytes);
      return;
    default:
      repair satisfies never;
  }
}

type LogAtStart = Recovered & Pick<SoundLog, 'segments' | 'end' | 'leftovers' | 'isRebuilt'>;

function createFirst(disk: StartUpDisk, identity: Identity): LogAtStart {
  // A snapshot that is not whole is all that can be there besides: it would be in the way of the first one.
  const leftovers = disk.list().filter((file) => file === SNAPSHOT_PART);
  const start = { base: 0, after: ORIGIN };
  const { text, bytes } = openingOf(identity, start, HARD_STATE_AT_FIRST);
  disk.write(segmentFile(0), 0, new TextEncoder().encode(text));
  const nothing = { hardState: HARD_STATE_AT_FIRST, snapshot: null, prefix: null, entries: [] };
  return { ...nothing, segments: [start], end: bytes, leftovers, isRebuilt: false };
}
