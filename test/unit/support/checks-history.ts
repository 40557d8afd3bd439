import type { Entry } from '../../../core/protocol/entry.ts';
import { formatPosition, type Lsn, type Position, type Term } from '../../../core/protocol/position.ts';

/** A promise was broken, or a check is wrong. */
class Violation extends Error {}

export function must(holds: boolean, what: () => string): asserts holds {
  if (!holds) throw new Violation(what());
}

export const isSame = (a: Position, b: Position): boolean => a.term === b.term && a.lsn === b.lsn;

/** The position of the entry at `at` in a log, which starts with LSN 1; the origin before it, null past the end. */
export function positionIn(log: readonly Entry[], at: number): Position | null {
  if (at === 0) return { term: 0 as Term, lsn: 0 as Lsn };
  return log[at - 1] ?? null;
}

/** The value that `key` has after the first `end` entries of a log, as a plain fold of it: null if none. */
export function valueIn(log: readonly Entry[], key: string, end: number): string | null {
  for (let at = end; at > 0; at--) {
    const command = log[at - 1]?.command;
    if (command && command.op !== 'noop' && command.key === key) return command.op === 'put' ? command.value : null;
  }
  return null;
}

/** An entry that some leader committed. */
interface Committed {
  readonly entry: Entry;
  /** The term of that leader. */
  readonly inTerm: Term;
}

/**
 * What happened in the whole cluster, kept outside of every replica, and never forgotten.
 *
 * 1. A position names one entry and one history before it (log matching).
 * 2. `committed` only grows, and nobody contradicts it.
 */
export class History {
  /** The one log that was committed; the entry with LSN n at index n - 1. */
  readonly committed: Committed[] = [];
  readonly #entries = new Map<string, { readonly line: string; readonly after: string }>();

  /** An entry was appended to some log, after `previous`. */
  appended(entry: Entry, previous: Position): void {
    const named = formatPosition(entry);
    const after = formatPosition(previous);
    const known = this.#entries.get(named);
    if (!known) this.#entries.set(named, { line: entry.line, after });
    else {
      must(known.line === entry.line, () => `${named} is two entries: ${known.line} and ${entry.line}`);
      must(known.after === after, () => `${named} follows ${known.after} in one log and ${after} in another`);
    }
  }

  /** Some replica in `inTerm` says that `entry` is committed. Returns whether that is news. */
  commit(entry: Entry, inTerm: Term): boolean {
    const known = this.committed[entry.lsn - 1];
    if (!known) {
      must(
        entry.lsn === this.committed.length + 1,
        () => `${formatPosition(entry)} is committed before its predecessor`,
      );
      this.committed.push({ entry, inTerm });
      return true;
    }
    must(isSame(known.entry, entry), () => {
      return `${formatPosition(entry)} is called committed, and ${formatPosition(known.entry)} was before`;
    });
    return false;
  }

  isCommitted(position: Position): boolean {
    const known = this.committed[position.lsn - 1];
    return position.lsn === 0 || (known !== undefined && known.entry.term === position.term);
  }

  /** Whether something else is committed in its place, or after its place in a later term. */
  isExcluded(position: Position): boolean {
    const known = this.committed[position.lsn - 1];
    if (known) return known.entry.term !== position.term;
    return position.term < (this.committed.at(-1)?.entry.term ?? 0);
  }
}
