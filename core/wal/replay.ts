import type { Entry, HardState } from '../protocol/entry.ts';
import { type Branch, termAt } from '../protocol/lineage.ts';
import {
  formatPosition,
  type Lsn,
  lsn,
  maxLsn,
  minLsn,
  next,
  ORIGIN,
  type Position,
  term,
} from '../protocol/position.ts';
import type { SnapshotImage } from '../protocol/snapshot.ts';
import type { IdentityRecord, SegmentStart, WalRecord } from './codec.ts';
import { Kept } from './kept.ts';

/** That of a replica which has never written any. */
export const HARD_STATE_AT_FIRST: HardState = {
  term: term(0),
  votedFor: null,
  committedLsn: lsn(0),
  standing: 'voter',
};

/** Where a record stands: at stream offset `offset`, in line `line` of the segment that begins at `base`. */
export interface Place {
  readonly offset: number;
  readonly line: number;
  readonly base: number;
}

/**
 * Folds the records of a chain of segments, in order, into the hard state and the entries that they leave beyond the
 * position of a snapshot. Its caller asks `problemWith` before each `apply`.
 *
 * 1. `end` is where the log ends so far, and `#lineage` has the terms of its entries, as far back as it is known.
 * 2. Entries up to the snapshot are followed like all others, but not kept: what was truncated and written anew in the
 *    committed part of a log, before it was committed, does not matter any more.
 * 3. At or below a mark nothing is truncated, nor is what a hard state that stands after it calls committed.
 */
export class Replay {
  /** The entries beyond the snapshot. */
  readonly kept: Kept;
  /** The segments so far. */
  readonly segments: SegmentStart[] = [];
  /** The largest stream offset that any record seen so far names as durable, whether in its place or not. */
  durable = 0;
  /** The mark of the very snapshot was seen. */
  isMarked = false;
  isRebuilt = false;
  readonly #snapshot: Position;
  #hardState = HARD_STATE_AT_FIRST;
  #end = lsn(0);
  #lineage: Branch[] = [];
  #marked = ORIGIN;
  #committedLsn = lsn(0);

  constructor(snapshot: SnapshotImage | null) {
    this.kept = new Kept(snapshot);
    this.#snapshot = snapshot?.position ?? ORIGIN;
  }

  /** The LSN that the next entry should have. */
  get nextLsn(): Lsn {
    return next(this.#end);
  }

  /**
   * `committedLsn` is a hint written ahead of the entries it speaks of: a tear may have left it above them. And it may be
   * older than a snapshot, which holds nothing else. What was committed once is so for ever.
   */
  get hardState(): HardState {
    const hint = maxLsn(minLsn(this.#hardState.committedLsn, this.#end), this.#committedLsn);
    return { ...this.#hardState, committedLsn: maxLsn(hint, this.#snapshot.lsn) };
  }

  /** Whether the log as it is now goes through the position of the snapshot. */
  get holdsSnapshot(): boolean {
    const { term, lsn } = this.#snapshot;
    return this.#end >= lsn && termAt(this.#lineage, lsn) === term;
  }

  /** Takes note of the durable offset that a record names: also of one that stands after bad data. */
  witness(record: WalRecord | null): void {
    if (record?.type === 'hard-state') this.durable = Math.max(this.durable, record.durable);
  }

  /** What is wrong with `record`, or null. */
  problemWith(record: WalRecord | null, place: Place): string | null {
    if (record === null) return 'no valid record';
    const { line, offset } = place;
    if ((line === 1) !== (record.type === 'identity')) {
      return line === 1 ? 'no identity record' : 'an identity record in the middle';
    }
    if (line === 2 && record.type !== 'hard-state') return 'no hard state';
    switch (record.type) {
      case 'identity':
        return this.#problemWithIdentity(record, place.base);
      case 'hard-state':
        return this.#problemWithDurable(record.durable, offset);
      case 'truncate':
        return this.#problemWithTruncation(record.from);
      case 'entry':
        return this.#problemWithEntry(record.entry);
      case 'snapshot-mark':
        return this.#problemWithMark(record.position);
      case 'rebuilt':
        return line === 3 && this.segments.length === 1 ? null : 'the beginning of a log';
      case 'snapshot':
      case 'snapshot-end':
        return 'a record of a snapshot';
      case 'other-version':
        return `a record of version ${record.version}`;
      default:
        return record satisfies never;
    }
  }

  /** `isTail`: it is of the log's tail, whose entries are kept. */
  apply(record: WalRecord, isTail: boolean): void {
    switch (record.type) {
      case 'identity':
        if (record.start) this.#begin(record.start);
        return;
      case 'hard-state': {
        const { term, votedFor, committedLsn, standing } = record;
        this.#hardState = { term, votedFor, committedLsn, standing };
        // What it says of entries that are yet to come is not known before they have: a tear may have taken them.
        this.#committedLsn = maxLsn(this.#committedLsn, minLsn(committedLsn, this.#end));
        this.kept.commit(this.#committedLsn);
        return;
      }
      case 'truncate':
        this.#end = lsn(record.from - 1);
        this.#lineage = this.#lineage.filter(({ firstLsn }) => firstLsn < record.from);
        this.kept.truncate(record.from);
        return;
      case 'entry': {
        const { entry } = record;
        if (entry.term > termAt(this.#lineage, this.#end)) {
          this.#lineage.push({ term: entry.term, firstLsn: entry.lsn });
        }
        this.#end = entry.lsn;
        if (entry.lsn > this.#snapshot.lsn) this.kept.append(entry, isTail);
        return;
      }
      case 'snapshot-mark':
        this.#standOn(record.position);
        this.#marked = record.position;
        this.#committedLsn = record.position.lsn;
        this.isMarked = record.position.lsn === this.#snapshot.lsn;
        return;
      case 'rebuilt':
        this.isRebuilt = true;
        return;
      case 'snapshot':
      case 'snapshot-end':
      case 'other-version':
        return;
      default:
        record satisfies never;
    }
  }

  #begin(start: SegmentStart): void {
    if (this.segments.length === 0) this.#standOn(start.after);
    this.segments.push(start);
  }

  #standOn({ term, lsn: at }: Position): void {
    this.#end = at;
    this.#lineage = at === 0 ? [] : [{ term, firstLsn: at }];
    this.kept.clear();
  }

  #problemWithIdentity({ start }: IdentityRecord, base: number): string | null {
    if (start === null) return 'the identity of a snapshot';
    if (start.base !== base) return `the identity of a file that begins at offset ${start.base}`;
    if (this.segments.length === 0) return null;
    const { after } = start;
    const known = termAt(this.#lineage, this.#end);
    const follows = after.lsn === this.#end && (known === 0 || known === after.term);
    return follows ? null : `the identity of a file that begins after ${formatPosition(after)}`;
  }

  /** What is known to be durable only grows, and never reaches beyond the record that says so: else bytes are gone. */
  #problemWithDurable(durable: number, offset: number): string | null {
    if (durable > offset) return `a hard state that stood at or after offset ${durable}, found at ${offset}`;
    return durable < this.durable ? `an older hard state (durable ${durable}, after ${this.durable})` : null;
  }

  #problemWithTruncation(from: Lsn): string | null {
    if (from > this.nextLsn) return `a truncation from LSN ${from}, beyond the end`;
    if (from <= this.#marked.lsn) return `a truncation from LSN ${from}, in a snapshot`;
    return from <= this.#committedLsn ? `a truncation from LSN ${from}, which is committed,` : null;
  }

  #problemWithEntry(entry: Entry): string | null {
    if (entry.lsn !== this.nextLsn) return `entry ${formatPosition(entry)}`;
    const last = termAt(this.#lineage, this.#end);
    return entry.term < last ? `entry ${formatPosition(entry)}, of an older term than ${last}` : null;
  }

  #problemWithMark(position: Position): string | null {
    const { term, lsn } = this.#snapshot;
    if (position.lsn > lsn) return `the mark of a snapshot at ${formatPosition(position)}, which is not there,`;
    const isAnother = position.lsn === lsn && position.term !== term;
    return isAnother || position.lsn < this.#marked.lsn
      ? `the mark of a snapshot at ${formatPosition(position)}`
      : null;
  }
}
