import type { Core } from './core.ts';
import { minLsn } from './position.ts';
import { SnapshotScan } from './snapshot-scan.ts';

/** How much log a replica keeps. All in bytes, as entries and pieces are in the file. */
export interface CompactionLimits {
  /** A snapshot is taken when so much was committed since the last one, or half of what that took, if that is more. */
  readonly logBytes: number;
  /**
   * So much of the log stays in memory behind its end, for followers that are a little behind; when it is read at the
   * start, no more of what is known to be committed.
   */
  readonly tailBytes: number;
  /** One part of a snapshot: at least one piece, else at most this and a piece more. */
  readonly partBytes: number;
}

export const COMPACTION: CompactionLimits = {
  logBytes: 8 * 1024 * 1024,
  tailBytes: 2 * 1024 * 1024,
  partBytes: 256 * 1024,
};

/** A snapshot of its own that is on its way to the disk, part by part. */
export interface Compaction {
  readonly scan: SnapshotScan;
  /** The batch of the part under way. */
  batch: number;
  /** That part is the last. */
  last: boolean;
}

/**
 * A batch is durable. Hands the next part of a snapshot to the disk, begins one if it is time, or, if the last part is
 * there, lets go of the log that it replaces. One part at a time: writes never wait for more than that.
 */
export function compact(core: Core, persisted: number): void {
  const { compaction } = core;
  if (compaction && persisted < compaction.batch) return;
  if (compaction?.last) finish(core, compaction);
  if (!core.out.takesSnapshot || core.incoming || core.installing) return;
  if (core.compaction) writePart(core, core.compaction);
  else if (isDue(core)) {
    core.compaction = { scan: new SnapshotScan(core), batch: 0, last: false };
    writePart(core, core.compaction);
  }
}

/** The leader's snapshot is coming instead. */
export function abandonCompaction(core: Core): void {
  core.compaction?.scan.release();
  core.compaction = null;
}

/** Entries that a snapshot holds leave memory, but for a tail, and for what a follower still needs after its own. */
export function forgetEntries(core: Core): void {
  const { log, leadership, limits } = core;
  const upTo = minLsn(core.snapshotLsn, log.leaving(limits.tailBytes, log.lastLsn));
  const transfer = leadership?.transfer;
  // Not for ever: a follower that takes in too slowly is sent another.
  const isPinned = transfer && log.bytesBetween(transfer.scan.position.lsn, log.lastLsn) < 4 * limits.logBytes;
  log.forget(isPinned ? minLsn(upTo, transfer.scan.position.lsn) : upTo);
}

function isDue(core: Core): boolean {
  const bytes = core.foldedBytes + core.log.bytesBetween(core.snapshotLsn, core.committedLsn);
  return bytes >= Math.max(core.limits.logBytes, core.snapshotBytes / 2);
}

function writePart(core: Core, compaction: Compaction): void {
  const part = compaction.scan.part(core.limits.partBytes);
  compaction.batch = core.nextBatch;
  compaction.last = part.last;
  core.out.snapshot({ ...part, installs: false });
}

function finish(core: Core, { scan }: Compaction): void {
  abandonCompaction(core);
  core.snapshotLsn = scan.position.lsn;
  core.snapshotBytes = scan.bytes;
  core.foldedBytes = 0;
  core.out.event({ type: 'compacted', term: core.term, position: scan.position, bytes: scan.bytes });
  forgetEntries(core);
}
