import type { HardState } from '../protocol/entry.ts';
import type { PersistBatch } from '../protocol/io.ts';
import { type Lsn, lsn, next } from '../protocol/position.ts';
import type { Identity } from './codec.ts';
import type { Done, RunningDisk } from './disk.ts';
import { encodeGroup, type Group, groupOf } from './group.ts';
import { segmentFile } from './segment.ts';

/** A segment is closed before it would pass this many bytes, unless a single group is larger. */
export const SEGMENT_BYTES_MAX = 64 * 1024 * 1024;
/** What waits is written together up to this many bytes of entries: one write must fit in memory. */
export const GROUP_BYTES_MAX = 32 * 1024 * 1024;

export interface WalCallbacks {
  /** All batches up to this number are durable. Called once for all that shared an fsync. */
  persisted(batch: number): void;
  /** The disk failed. Called once; nothing more is written and nothing more is reported. */
  failed(error: Error): void;
}

/** Where a log stands when writing begins. */
export interface WriterStart {
  readonly identity: Identity;
  /** The base of its last segment. */
  readonly base: number;
  /** The stream offset of its end, all of it durable. */
  readonly end: number;
  readonly lastLsn: Lsn;
  readonly hardState: HardState;
  readonly segmentBytesMax: number;
}

/**
 * The write and fsync policy: group commit. While one write and its fsync are under way, batches wait; then all that
 * wait go together. `openWal` makes one.
 *
 * 1. One disk operation at a time; batches reach the file in the order of their numbers.
 * 2. A batch is reported only after an fsync that began after its last byte was written.
 * 3. Below `durableOffset` everything is fsynced; the first record of each group names that offset.
 * 4. A segment is created only when all before it is durable, and before anything is written into it.
 * 5. After a failure of the disk it never acts again: an fsync that is retried may succeed without the data, because
 *    the kernel has marked the pages clean (Rebello et al., ATC'20).
 */
export class WalWriter {
  readonly #disk: RunningDisk;
  readonly #callbacks: WalCallbacks;
  readonly #identity: Identity;
  readonly #segmentBytesMax: number;
  /** Batches not yet handed to the disk, oldest first. Their entries are in the replica's log anyway. */
  #waiting: PersistBatch[] = [];
  /** A group is being written, or a callback runs: what is submitted waits. */
  #busy = false;
  #closing: Done | null = null;
  #failure: Error | null = null;
  #base: number;
  #end: number;
  #lastLsn: Lsn;
  #lastNumber = 0;
  /** As of the last batch submitted. */
  #hardState: HardState;

  constructor(disk: RunningDisk, callbacks: WalCallbacks, start: WriterStart) {
    this.#disk = disk;
    this.#callbacks = callbacks;
    this.#identity = start.identity;
    this.#segmentBytesMax = start.segmentBytesMax;
    this.#base = start.base;
    this.#end = start.end;
    this.#lastLsn = start.lastLsn;
    this.#hardState = start.hardState;
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
    this.#admit(batch);
    this.#waiting.push(batch);
    this.#advance();
  }

  /**
   * Writes what still waits, then a last hard state that names the end of it as durable: after a clean stop, rot in the
   * last group cannot pass for a torn write. Then lets go of the files.
   */
  close(done: Done): void {
    if (this.#failure) {
      done(this.#failure);
      return;
    }
    this.#closing = done;
    this.#advance();
  }

  #admit({ number, truncateFrom, entries, hardState }: PersistBatch): void {
    if (this.#closing) throw new Error(`batch ${number} after close`);
    if (number <= this.#lastNumber) throw new Error(`batch ${number} after batch ${this.#lastNumber}`);
    let last = this.#lastLsn;
    if (truncateFrom !== null) {
      if (truncateFrom < 1 || truncateFrom > next(last))
        throw new Error(`truncation from ${truncateFrom}, end ${last}`);
      last = lsn(truncateFrom - 1);
    }
    for (const entry of entries) {
      if (entry.lsn !== next(last)) throw new Error(`entry ${entry.term}:${entry.lsn} after LSN ${last}`);
      last = entry.lsn;
    }
    this.#lastLsn = last;
    this.#lastNumber = number;
    this.#hardState = hardState;
  }

  /** Does whatever is next, unless something is under way. */
  #advance(): void {
    while (!this.#busy && !this.#failure) {
      const first = this.#waiting[0];
      if (first?.dirty) this.#writeGroup(this.#takeGroup());
      else if (first) this.#report(this.#takeClean());
      else if (this.#closing) this.#writeLast(this.#closing);
      else return;
    }
  }

  /** Batches with nothing to write, and nothing unwritten before them, are done. */
  #takeClean(): readonly PersistBatch[] {
    const dirty = this.#waiting.findIndex((batch) => batch.dirty);
    return this.#waiting.splice(0, dirty < 0 ? this.#waiting.length : dirty);
  }

  /** The callback may submit again: that waits its turn, and `#advance` goes on with it. */
  #report(batches: readonly PersistBatch[]): void {
    const last = batches.at(-1);
    this.#busy = true;
    if (last) this.#callbacks.persisted(last.number);
    this.#busy = false;
  }

  #takeGroup(): readonly PersistBatch[] {
    let bytes = 0;
    const full = this.#waiting.findIndex(({ entries }) => {
      for (const entry of entries) bytes += entry.bytes;
      return bytes >= GROUP_BYTES_MAX;
    });
    return this.#waiting.splice(0, full < 0 ? this.#waiting.length : full + 1);
  }

  #writeGroup(batches: readonly PersistBatch[]): void {
    this.#busy = true;
    const group = encodeGroup(batches, this.#end);
    const written = () => {
      this.#report(batches);
      this.#advance();
    };
    if (this.#fits(group)) this.#write(group, written);
    else this.#roll(() => this.#write(encodeGroup(batches, this.#end), written));
  }

  /** A group that is too large for any segment gets one of its own: a new one, with nothing but its identity. */
  #fits({ bytes }: Group): boolean {
    const size = this.#end - this.#base;
    return (
      size + bytes <= this.#segmentBytesMax ||
      size <= groupOf({ type: 'identity', ...this.#identity, base: this.#base }).bytes
    );
  }

  #write({ text, bytes }: Group, then: () => void): void {
    this.#disk.append(
      this.#base,
      text,
      this.#orFail(() =>
        this.#disk.sync(
          this.#base,
          this.#orFail(() => {
            this.#end += bytes;
            then();
          }),
        ),
      ),
    );
  }

  #roll(then: () => void): void {
    const base = this.#end;
    const opening = groupOf({ type: 'identity', ...this.#identity, base });
    this.#disk.create(
      base,
      opening.text,
      this.#orFail(() => {
        this.#base = base;
        this.#end = base + opening.bytes;
        then();
      }),
    );
  }

  #writeLast(done: Done): void {
    this.#busy = true;
    const last = groupOf({ type: 'hard-state', ...this.#hardState, durable: this.#end });
    this.#write(last, () => this.#disk.close(done));
  }

  #orFail(then: () => void): Done {
    return (error) => {
      if (!error) {
        then();
        return;
      }
      this.#failure = error;
      this.#waiting = [];
      this.#callbacks.failed(error);
      this.#closing?.(error);
    };
  }
}
