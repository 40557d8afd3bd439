import type { Entry } from './entry.ts';
import { type Branch, holds, type Lineage, termAt } from './lineage.ts';
import { type Lsn, lsn, minLsn, next, ORIGIN, type Position } from './position.ts';

/**
 * The log in memory: the entries after `base`. Those up to it are folded into the state and gone; the lineage still
 * tells of them.
 *
 * 1. The entry with LSN n stands at index n - 1 - base; there are no gaps.
 * 2. Terms never go down along the log.
 * 3. `lineage` names every term that ever left an entry in the log with its first LSN, and nothing else.
 */
export class Log {
  #base: Position;
  readonly #entries: Entry[] = [];
  /** `#bytesBefore[i]`: the bytes of all entries before index i, and of some before them. One longer than the entries. */
  readonly #bytesBefore: number[] = [0];
  #lineage: readonly Branch[];

  /** `lineage`: of the part up to `base`. */
  constructor(entries: readonly Entry[], base = ORIGIN, lineage: Lineage = []) {
    this.#base = base;
    this.#lineage = lineage;
    for (const entry of entries) this.append(entry);
  }

  /** The last position that is here without its entry. The origin if nothing is gone. */
  get base(): Position {
    return this.#base;
  }

  get last(): Position {
    const entry = this.#entries.at(-1);
    return entry ? { term: entry.term, lsn: entry.lsn } : this.#base;
  }

  get lastLsn(): Lsn {
    return lsn(this.#base.lsn + this.#entries.length);
  }

  /** A value, never changed in place: it may be kept. */
  get lineage(): Lineage {
    return this.#lineage;
  }

  holds(position: Position): boolean {
    return holds(this.#lineage, this.lastLsn, position);
  }

  /** The position of the entry at `at`, which must be in the log or below its base; the origin for 0. */
  positionAt(at: Lsn): Position {
    if (at > this.lastLsn) throw new Error(`no entry at ${at}: the log ends at ${this.lastLsn}`);
    return { term: termAt(this.#lineage, at), lsn: at };
  }

  entry(at: Lsn): Entry {
    const entry = this.#entries[at - 1 - this.#base.lsn];
    if (!entry) throw new Error(`no entry at ${at}: the log holds ${next(this.#base.lsn)} to ${this.lastLsn}`);
    return entry;
  }

  /**
   * Entries from `from` on, or from the first that is left, at least one if there is one, else as many as fit into both
   * bounds.
   */
  slice(from: Lsn, bytesMax: number, countMax: number): readonly Entry[] {
    const start = this.#index(from);
    const bytesEnd = (this.#bytesBefore[start] ?? 0) + bytesMax;
    let end = start;
    while (end < this.#entries.length && end - start < countMax) {
      if (end > start && (this.#bytesBefore[end + 1] as number) > bytesEnd) break;
      end++;
    }
    return this.#entries.slice(start, end);
  }

  /** The bytes of the entries after `after`, up to and including `upTo`, as far as they are here. */
  bytesBetween(after: Lsn, upTo: Lsn): number {
    const before = this.#bytesBefore[this.#index(next(after))] ?? 0;
    return Math.max(0, (this.#bytesBefore[this.#index(next(upTo))] ?? 0) - before);
  }

  append(entry: Entry): void {
    const last = this.last;
    if (entry.lsn !== next(last.lsn) || entry.term < last.term) {
      throw new Error(`entry ${entry.term}:${entry.lsn} cannot follow ${last.term}:${last.lsn}`);
    }
    if (entry.term > last.term) this.#lineage = [...this.#lineage, { term: entry.term, firstLsn: entry.lsn }];
    this.#entries.push(entry);
    this.#bytesBefore.push((this.#bytesBefore.at(-1) as number) + entry.bytes);
  }

  /** Drops the entries from `from` on, which is beyond the base, and returns them, oldest first. */
  truncate(from: Lsn): readonly Entry[] {
    const start = from - 1 - this.#base.lsn;
    if (start < 0) throw new Error(`truncating ${from}, but entries up to ${this.#base.lsn} are gone`);
    this.#bytesBefore.length = start + 1;
    this.#lineage = this.#lineage.filter((branch) => branch.firstLsn < from);
    return this.#entries.splice(start);
  }

  /** Lets go of the entries up to `upTo`, which a snapshot holds. */
  forget(upTo: Lsn): void {
    const gone = minLsn(upTo, this.lastLsn) - this.#base.lsn;
    if (gone <= 0) return;
    this.#base = this.positionAt(lsn(this.#base.lsn + gone));
    this.#entries.splice(0, gone);
    this.#bytesBefore.splice(0, gone);
  }

  /** The largest LSN up to which entries can go so that at least `bytes` of them stay behind `end`. */
  leaving(bytes: number, end: Lsn): Lsn {
    let at = end;
    while (at > this.#base.lsn && this.bytesBetween(at, end) < bytes) at = lsn(at - 1);
    return at;
  }

  /** The index of the entry at `at`, or of the first that is left, or one past the last. */
  #index(at: Lsn): number {
    return Math.min(Math.max(0, at - 1 - this.#base.lsn), this.#entries.length);
  }
}
