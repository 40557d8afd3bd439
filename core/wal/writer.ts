import type { Entry, HardState } from '../protocol/entry.ts';
import type { PersistBatch } from '../protocol/io.ts';
import type { Lsn, Position } from '../protocol/position.ts';
import type { SnapshotPart } from '../protocol/snapshot.ts';
import type { Identity, SegmentStart } from './codec.ts';
import type { Done, RunningDisk } from './disk.ts';
import { segmentFile, snapshotFile } from './files.ts';
import { encodeGroup, type Group, groupOf, isSameVote, openingOf } from './group.ts';
import { LogEnd } from './log-end.ts';
import { PatientDisk } from './patient-disk.ts';
import { firstNeeded } from './segments.ts';
import { SnapshotWriter } from './snapshot-writer.ts';

/** A segment is closed before it would pass this many bytes, unless a single group is larger. */
export const SEGMENT_BYTES_MAX = 16 * 1024 * 1024;
/** What waits is written together up to this many bytes of entries: one write must fit in memory. */
export const GROUP_BYTES_MAX = 32 * 1024 * 1024;

export interface WalCallbacks {
  /** All batches up to this number are durable. Called once for all that shared an fsync. */
  persisted(batch: number): void;
  /** The disk failed. Called once; nothing more is written and nothing more is reported. */
  failed(error: Error): void;
  /** The disk has no room: all batches wait, until `retry` finds room again. Called once, until then. */
  full(error: Error): void;
  /** What waited for room is written. */
  freed(): void;
}

/** Where a log stands when writing begins. */
export interface WriterStart {
  readonly identity: Identity;
  /** Its segments, oldest first. */
  readonly segments: readonly SegmentStart[];
  /** The stream offset of its end, all of it durable. */
  readonly end: number;
  readonly hardState: HardState;
  /** The position of the snapshot on disk, whose file is the only one; null: there is none. */
  readonly snapshot: Position | null;
  /** What the entries follow: that snapshot, or a prefix that was folded beyond it. */
  readonly base: Position;
  readonly entries: readonly Entry[];
  /** Its last segment has nothing but its opening. */
  readonly isBare: boolean;
  readonly segmentBytesMax: number;
}

/**
 * The write and fsync policy: group commit. While one write and its fsync are under way, batches wait; then all that
 * wait go together. A part of a snapshot goes for itself, in its place among them. `openWal` makes one.
 *
 * 1. One disk operation at a time; batches reach the disk in the order of their numbers.
 * 2. A batch is reported only after an fsync that began after its last byte was written.
 * 3. Below `durableOffset` everything is fsynced; the first record of each group names that offset.
 * 4. A segment is created only when all before it is durable, and before anything is written into it. It opens with the
 *    hard state, so that the vote is there whichever segments before it are not.
 * 5. A snapshot that installs is marked in the log once it is whole and durable, and nothing is removed before that mark
 *    is. What a snapshot has replaced is removed only after both.
 * 6. A batch that does not fit on the disk waits, and all others behind it. After any other failure of the disk it never
 *    acts again.
 */
export class WalWriter {
  readonly #disk: PatientDisk;
  readonly #callbacks: WalCallbacks;
  readonly #identity: Identity;
  readonly #segmentBytesMax: number;
  readonly #snapshots: SnapshotWriter;
  /** Batches not yet handed to the disk, oldest first. Their entries are in the replica's log anyway. */
  #waiting: PersistBatch[] = [];
  /** Something is being written, or a callback runs: what is submitted waits. */
  #busy = false;
  #closing: Done | null = null;
  #failure: Error | null = null;
  #segments: readonly SegmentStart[];
  #end: number;
  /** The last segment has nothing but its opening. */
  #isBare: boolean;
  #snapshotLsn: Lsn | null;
  /** As of the last batch submitted. */
  readonly #submitted: LogEnd;
  /** As of the last batch written. */
  readonly #written: LogEnd;

  constructor(disk: RunningDisk, callbacks: WalCallbacks, start: WriterStart) {
    const { identity, hardState, base, entries } = start;
    this.#disk = new PatientDisk(disk, {
      failed: (error) => this.#fail(error),
      full: (error, again) => this.#wait(error, again),
      freed: () => callbacks.freed(),
    });
    this.#callbacks = callbacks;
    this.#identity = identity;
    this.#segmentBytesMax = start.segmentBytesMax;
    this.#snapshots = new SnapshotWriter(this.#disk, identity);
    this.#segments = start.segments;
    this.#end = start.end;
    this.#isBare = start.isBare;
    this.#snapshotLsn = start.snapshot?.lsn ?? null;
    this.#submitted = new LogEnd(hardState, base, entries);
    this.#written = new LogEnd(hardState, base, entries);
  }

  /** The stream offset below which everything is fsynced. */
  get durableOffset(): number {
    return this.#end;
  }

  /** The same for a power cut: the last file that has anything durable, and how many of its bytes are. */
  durableEnd(): { readonly file: string; readonly size: number } {
    return { file: segmentFile(this.#base), size: this.#end - this.#base };
  }

  /**
   * Takes the next batch. `persisted` follows, from a callback of the disk; or from within this call, if the batch is
   * not dirty and nothing is before it. Throws if the batch does not follow what the log holds, or after `close`.
   * After a failure it does nothing.
   */
  submit(batch: PersistBatch): void {
    if (this.#failure) return;
    if (this.#closing) throw new Error(`batch ${batch.number} after close`);
    this.#submitted.take(batch);
    this.#waiting.push(batch);
    this.#advance();
  }

  /** Tries again what the disk had no room for. To be called now and then after `full`; else it does nothing. */
  retry(): void {
    if (!this.#failure) this.#disk.retry();
  }

  /**
   * Writes what still waits, then a last hard state that names the end of it as durable: after a clean stop, rot in the
   * last group cannot pass for a torn write. Then lets go of the files. Without room it is tried once, and given up.
   */
  close(done: Done): void {
    if (this.#failure) {
      done(this.#failure);
      return;
    }
    this.#closing = done;
    if (this.#disk.isWaiting) this.#disk.retry();
    else this.#advance();
  }

  /** Of the last segment. */
  get #base(): number {
    return this.#segments.at(-1)?.base ?? 0;
  }

  /** Does whatever is next, unless something is under way. */
  #advance(): void {
    while (!this.#busy && !this.#failure) {
      const first = this.#waiting[0];
      if (first?.dirty && first.snapshot) this.#writePart(first, first.snapshot);
      else if (first?.dirty) this.#writeGroup(this.#takeGroup());
      else if (first) this.#report(this.#takeClean());
      else if (this.#closing) this.#writeLast(this.#closing);
      else return;
    }
  }

  /** Batches with nothing to write, and nothing unwritten before them, are done. */
  #takeClean(): readonly PersistBatch[] {
    const dirty = this.#waiting.findIndex((batch) => batch.dirty);
    const clean = this.#waiting.splice(0, dirty < 0 ? this.#waiting.length : dirty);
    for (const batch of clean) this.#written.take(batch);
    return clean;
  }

  /** The callback may submit again: that waits its turn, and `#advance` goes on with it. */
  #report(batches: readonly PersistBatch[]): void {
    const last = batches.at(-1);
    this.#busy = true;
    if (last) this.#callbacks.persisted(last.number);
    this.#busy = false;
  }

  /** All that waits, up to a part of a snapshot or to what one write may hold. */
  #takeGroup(): readonly PersistBatch[] {
    let bytes = 0;
    let count = 0;
    for (const { entries, snapshot } of this.#waiting) {
      if (snapshot || bytes >= GROUP_BYTES_MAX) break;
      for (const entry of entries) bytes += entry.bytes;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  #writeGroup(batches: readonly PersistBatch[]): void {
    this.#busy = true;
    this.#log(batches, () => this.#finish(batches));
  }

  #writePart(batch: PersistBatch, part: SnapshotPart): void {
    this.#busy = true;
    this.#waiting.shift();
    const then = () => this.#clearAway(part, () => this.#finish([batch]));
    this.#snapshots.write(part, this.#end, () => {
      const isMarked = part.last && part.installs;
      if (isMarked || !isSameVote(batch.hardState, this.#written.hardState)) {
        this.#log([batch], then);
      } else {
        this.#written.take(batch);
        then();
      }
    });
  }

  #finish(batches: readonly PersistBatch[]): void {
    this.#report(batches);
    this.#advance();
  }

  /** Writes what the log is to have of these batches. */
  #log(batches: readonly PersistBatch[], then: () => void): void {
    const group = encodeGroup(batches, this.#end);
    const written = () => {
      for (const batch of batches) this.#written.take(batch);
      this.#isBare = false;
      then();
    };
    // A group that is too large for any segment gets one of its own.
    const fits = this.#isBare || this.#end - this.#base + group.bytes <= this.#segmentBytesMax;
    if (fits) this.#write(group, written);
    else this.#roll(() => this.#write(encodeGroup(batches, this.#end), written));
  }

  #write({ text, bytes }: Group, then: () => void): void {
    const file = segmentFile(this.#base);
    this.#disk.append(file, this.#end - this.#base, text, () =>
      this.#disk.sync(file, () => {
        this.#end += bytes;
        then();
      }),
    );
  }

  #roll(then: () => void): void {
    const start = { base: this.#end, after: this.#written.position };
    const opening = openingOf(this.#identity, start, this.#written.hardState);
    this.#disk.create(segmentFile(start.base), opening.text, () => {
      this.#segments = [...this.#segments, start];
      this.#end = start.base + opening.bytes;
      this.#isBare = true;
      then();
    });
  }

  /** What a whole snapshot has replaced goes. */
  #clearAway({ position, last }: SnapshotPart, then: () => void): void {
    if (!last) {
      then();
      return;
    }
    const older = this.#snapshotLsn;
    const files = older === null || older === position.lsn ? [] : [snapshotFile(older)];
    const needed = firstNeeded(this.#segments, position.lsn);
    for (const { base } of this.#segments.slice(0, needed)) files.push(segmentFile(base));
    this.#segments = this.#segments.slice(needed);
    this.#snapshotLsn = position.lsn;
    this.#disk.discard(files, then);
  }

  #writeLast(done: Done): void {
    this.#busy = true;
    const last = groupOf({ type: 'hard-state', ...this.#submitted.hardState, durable: this.#end });
    this.#write(last, () => this.#disk.close(() => done(null)));
  }

  #wait(error: Error, again: boolean): void {
    if (!again) this.#callbacks.full(error);
    if (this.#closing) this.#giveUp(error);
  }

  #fail(error: Error): void {
    this.#callbacks.failed(error);
    this.#giveUp(error);
  }

  #giveUp(error: Error): void {
    this.#failure = error;
    this.#waiting = [];
    this.#closing?.(error);
  }
}
