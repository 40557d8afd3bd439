import type { Entry } from './entry.ts';
import { type Branch, holds, type Lineage, termAt } from './lineage.ts';
import { type Lsn, lsn, next, ORIGIN, type Position } from './position.ts';

/**
 * The log in memory.
 *
 * 1. The entry with LSN n stands at index n - 1; there are no gaps.
 * 2. Terms never go down along the log.
 * 3. `lineage` names every term in the log with its first LSN, and nothing else.
 */
export class Log {
  readonly #entries: Entry[] = [];
  /** `#bytesBefore[i]`: the bytes of all entries before index i. One longer than the entries. */
  readonly #bytesBefore: number[] = [0];
  #lineage: readonly Branch[] = [];

  constructor(entries: readonly Entry[]) {
    for (const entry of entries) this.append(entry);
  }

  get last(): Position {
    const entry = this.#entries.at(-1);
    return entry ? { term: entry.term, lsn: entry.lsn } : ORIGIN;
  }

  get lastLsn(): Lsn {
    return lsn(this.#entries.length);
  }

  /** A value, never changed in place: it may be kept. */
  get lineage(): Lineage {
    return this.#lineage;
  }

  holds(position: Position): boolean {
    return holds(this.#lineage, this.lastLsn, position);
  }

  /** The position of the entry at `at`, which must be in the log; the origin for 0. */
  positionAt(at: Lsn): Position {
    if (at > this.lastLsn) throw new Error(`no entry at ${at}: the log ends at ${this.lastLsn}`);
    return { term: termAt(this.#lineage, at), lsn: at };
  }

  entry(at: Lsn): Entry {
    const entry = this.#entries[at - 1];
    if (!entry) throw new Error(`no entry at ${at}: the log holds 1 to ${this.lastLsn}`);
    return entry;
  }

  /** Entries from `from` on, at least one if there is one, else as many as fit into both bounds. */
  slice(from: Lsn, bytesMax: number, countMax: number): readonly Entry[] {
    const start = from - 1;
    const bytesEnd = (this.#bytesBefore[start] ?? 0) + bytesMax;
    let end = start;
    while (end < this.#entries.length && end - start < countMax) {
      if (end > start && (this.#bytesBefore[end + 1] as number) > bytesEnd) break;
      end++;
    }
    return this.#entries.slice(start, end);
  }

  /** The bytes of the entries after `after`, up to and including `upTo`. */
  bytesBetween(after: Lsn, upTo: Lsn): number {
    return (this.#bytesBefore[upTo] ?? 0) - (this.#bytesBefore[after] ?? 0);
  }

  append(entry: Entry): void {
    const last = this.last;
    if (entry.lsn !== next(last.lsn) || entry.term < last.term) {
      throw new Error(`entry ${entry.term}:${entry.lsn} cannot follow ${last.term}:${last.lsn}`);
    }
    if (entry.term > last.term) this.#lineage = [...this.#lineage, { term: entry.term, firstLsn: entry.lsn }];
    this.#entries.push(entry);
    this.#bytesBefore.push((this.#bytesBefore[last.lsn] as number) + entry.bytes);
  }

  /** Drops the entries from `from` on and returns them, oldest first. */
  truncate(from: Lsn): readonly Entry[] {
    this.#bytesBefore.length = from;
    this.#lineage = this.#lineage.filter((branch) => branch.firstLsn < from);
    return this.#entries.splice(from - 1);
  }
}
