import type { Entry, HardState } from '../protocol/entry.ts';
import { type Lsn, lsn, minLsn, term } from '../protocol/position.ts';
import type { WalRecord } from './codec.ts';

/** That of a replica which has never written any. */
export const HARD_STATE_AT_FIRST: HardState = {
  term: term(0),
  votedFor: null,
  committedLsn: lsn(0),
  standing: 'voter',
};

/**
 * Folds the records of a log, in order, into the entries and the hard state that they leave. Its caller asks
 * `problemWith` before each `apply`.
 */
export class Replay {
  readonly entries: Entry[] = [];
  /** The largest stream offset that any record seen so far names as durable, whether in its place or not. */
  durable = 0;
  #hardState = HARD_STATE_AT_FIRST;

  /** The LSN that the next entry should have. */
  get nextLsn(): Lsn {
    return lsn(this.entries.length + 1);
  }

  /** `committedLsn` is a hint written ahead of the entries it speaks of: a tear may have left it above them. */
  get hardState(): HardState {
    return { ...this.#hardState, committedLsn: minLsn(this.#hardState.committedLsn, lsn(this.entries.length)) };
  }

  /** Takes note of the durable offset that a record names: also of one that stands after bad data. */
  witness(record: WalRecord | null): void {
    if (record?.type === 'hard-state') this.durable = Math.max(this.durable, record.durable);
  }

  /** What is wrong with `record` at stream offset `offset`, line `line` of the file that begins at `base`, or null. */
  problemWith(record: WalRecord | null, offset: number, line: number, base: number): string | null {
    if (record === null) return 'no valid record';
    if ((line === 1) !== (record.type === 'identity')) {
      return line === 1 ? 'no identity record' : 'an identity record in the middle';
    }
    switch (record.type) {
      case 'identity':
        return record.base === base ? null : `the identity of a file that begins at offset ${record.base}`;
      case 'hard-state':
        return this.#problemWithDurable(record.durable, offset);
      case 'truncate':
        return record.from <= this.nextLsn ? null : `a truncation from LSN ${record.from}, beyond the end`;
      case 'entry':
        return this.#problemWithEntry(record.entry);
      case 'other-version':
        return `a record of version ${record.version}`;
      default:
        return record satisfies never;
    }
  }

  apply(record: WalRecord): void {
    switch (record.type) {
      case 'hard-state':
        {
          const { term, votedFor, committedLsn, standing } = record;
          this.#hardState = { term, votedFor, committedLsn, standing };
        }
        return;
      case 'truncate':
        this.entries.length = record.from - 1;
        return;
      case 'entry':
        this.entries.push(record.entry);
        return;
      case 'identity':
      case 'other-version':
        return;
      default:
        record satisfies never;
    }
  }

  /** What is known to be durable only grows, and never reaches beyond the record that says so: else bytes are gone. */
  #problemWithDurable(durable: number, offset: number): string | null {
    if (durable > offset) return `a hard state that stood at or after offset ${durable}, found at ${offset}`;
    return durable < this.durable ? `an older hard state (durable ${durable}, after ${this.durable})` : null;
  }

  #problemWithEntry(entry: Entry): string | null {
    const last = this.entries.at(-1);
    if (entry.lsn !== this.nextLsn) return `entry ${entry.term}:${entry.lsn}`;
    return last && entry.term < last.term
      ? `entry ${entry.term}:${entry.lsn}, of an older term than ${last.term}`
      : null;
  }
}
