import type { Entry, HardState } from '../protocol/entry.ts';
import type { PersistBatch } from '../protocol/io.ts';
import { type Branch, termAt } from '../protocol/lineage.ts';
import { formatPosition, type Lsn, lsn, next, type Position } from '../protocol/position.ts';
import type { SnapshotPart } from '../protocol/snapshot.ts';

/**
 * Where a log ends after the batches so far, and on what it stands. It takes only batches that follow: any other would
 * make a log that no restart reads.
 *
 * 1. Batches come in the order of their numbers, and parts of a snapshot in that of their indices.
 * 2. Nothing is truncated up to the last snapshot that is whole, nor what the log begins on; of its own log, a snapshot
 *    holds a part of that.
 * 3. After a snapshot that installs, the log ends at its position.
 */
export class LogEnd {
  hardState: HardState;
  #number = 0;
  #lsn: Lsn;
  /** The terms of the entries from the base on. */
  #lineage: Branch[] = [];
  /** What the log stands on: the last snapshot, or, at first, what was committed when it was read. */
  #baseLsn: Lsn;
  /** The last part of a snapshot that is not whole yet. */
  #part: SnapshotPart | null = null;

  constructor(hardState: HardState, base: Position, entries: readonly Entry[]) {
    this.hardState = hardState;
    this.#lsn = base.lsn;
    this.#baseLsn = base.lsn;
    if (base.lsn > 0) this.#lineage.push({ term: base.term, firstLsn: base.lsn });
    for (const entry of entries) this.#append(entry);
  }

  get position(): Position {
    return { term: termAt(this.#lineage, this.#lsn), lsn: this.#lsn };
  }

  /** Throws if the batch does not follow. */
  take({ number, hardState, truncateFrom, entries, snapshot, dirty }: PersistBatch): void {
    if (number <= this.#number) throw new Error(`batch ${number} after batch ${this.#number}`);
    if (snapshot && (truncateFrom !== null || entries.length > 0 || !dirty)) {
      throw new Error(`batch ${number} has a part of a snapshot, and more or nothing to write`);
    }
    if (truncateFrom !== null) this.#truncate(truncateFrom);
    for (const entry of entries) this.#append(entry);
    if (snapshot) this.#takePart(snapshot);
    this.#number = number;
    this.hardState = hardState;
  }

  #truncate(from: Lsn): void {
    if (from <= this.#baseLsn || from > next(this.#lsn)) {
      throw new Error(`truncation from ${from}, end ${this.#lsn}, base ${this.#baseLsn}`);
    }
    this.#lsn = lsn(from - 1);
    this.#lineage = this.#lineage.filter(({ firstLsn }) => firstLsn < from);
  }

  #append({ term, lsn }: Entry): void {
    if (lsn !== next(this.#lsn)) throw new Error(`entry ${term}:${lsn} after LSN ${this.#lsn}`);
    if (term > (this.#lineage.at(-1)?.term ?? 0)) this.#lineage.push({ term, firstLsn: lsn });
    this.#lsn = lsn;
  }

  #takePart(part: SnapshotPart): void {
    const { position, index, last, installs } = part;
    const begun = this.#part;
    const follows = begun?.position.lsn === position.lsn && begun.installs === installs && begun.index + 1 === index;
    const isHeld = position.lsn <= this.#lsn && termAt(this.#lineage, position.lsn) === position.term;
    if ((index > 0 && !follows) || position.lsn < this.#baseLsn || !(installs || isHeld)) {
      const { position: end } = this;
      throw new Error(`part ${index} of a snapshot at ${formatPosition(position)}, log to ${formatPosition(end)}`);
    }
    this.#part = last ? null : part;
    if (last) this.#standOn(position, installs);
  }

  #standOn({ term, lsn: at }: Position, installs: boolean): void {
    this.#baseLsn = at;
    if (installs) this.#lsn = at;
    const later = installs ? [] : this.#lineage.filter(({ firstLsn }) => firstLsn > at);
    this.#lineage = [{ term, firstLsn: at }, ...later];
  }
}
