import type { Entry } from '../protocol/entry.ts';
import { type Lsn, lsn, minLsn } from '../protocol/position.ts';
import { Prefix } from '../protocol/prefix.ts';
import type { SnapshotImage } from '../protocol/snapshot.ts';

/**
 * What is kept of the entries beyond a snapshot while a log is read: those that may yet be truncated, and its tail. The
 * rest is folded as it comes, so that memory is bound by the state and not by the log.
 *
 * 1. The entries follow the prefix, or, if that is null, the snapshot; there are no gaps.
 * 2. In the prefix is nothing but what is committed, and nothing of the tail.
 */
export class Kept {
  readonly #snapshot: SnapshotImage | null;
  #prefix: Prefix | null = null;
  #entries: Entry[] = [];
  /** Those before this index are in the prefix. */
  #first = 0;
  /** What follows this one is of the tail. */
  #farLsn = lsn(0);

  constructor(snapshot: SnapshotImage | null) {
    this.#snapshot = snapshot;
  }

  /** The snapshot with what was folded into it; null: nothing was. */
  get prefix(): Prefix | null {
    return this.#prefix;
  }

  get entries(): readonly Entry[] {
    return this.#entries.slice(this.#first);
  }

  append(entry: Entry, isTail: boolean): void {
    this.#entries.push(entry);
    if (!isTail) this.#farLsn = entry.lsn;
  }

  /** Drops the entries from `from` on, none of which is committed. */
  truncate(from: Lsn): void {
    const index = this.#entries.findIndex((entry, i) => i >= this.#first && entry.lsn >= from);
    if (index >= 0) this.#entries.length = index;
    this.#farLsn = minLsn(this.#farLsn, lsn(from - 1));
  }

  /** The log is another from here on. */
  clear(): void {
    this.#prefix = null;
    this.#entries = [];
    this.#first = 0;
    this.#farLsn = lsn(0);
  }

  /** What is there up to `end` is committed. */
  commit(end: Lsn): void {
    const last = minLsn(end, this.#farLsn);
    for (let entry = this.#entries[this.#first]; entry && entry.lsn <= last; entry = this.#entries[++this.#first]) {
      this.#prefix ??= new Prefix(this.#snapshot);
      this.#prefix.fold(entry);
    }
    if (this.#first <= this.#entries.length / 2) return;
    this.#entries = this.#entries.slice(this.#first);
    this.#first = 0;
  }
}
