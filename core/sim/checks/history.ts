import type { Entry } from '../../protocol/entry.ts';
import { formatPosition, type Lsn, type Position, type Term } from '../../protocol/position.ts';
import { broken } from './violation.ts';

/** What was ever written in one term: one run of entries, after one entry of an earlier term. */
interface Branch {
  readonly term: Term;
  readonly firstLsn: number;
  /** The term of the entry before the first; 0: there is none. */
  readonly afterTerm: Term;
  readonly entries: Entry[];
  /** By key: what was put or deleted, oldest first. */
  readonly values: Map<string, { readonly lsn: Lsn; readonly value: string | null }[]>;
}

/**
 * Everything that was ever in any log, as a tree, kept outside of every replica and never forgotten; and the one path
 * in it that was committed.
 *
 * 1. A position names one entry, and one history before it: the Log Matching Property (the Raft paper, §5.3).
 * 2. What is committed only grows, and nobody contradicts it.
 */
export class History {
  /** The terms of the committed entries, by LSN - 1. */
  readonly committed: Term[] = [];
  readonly #committedIn: Term[] = [];
  readonly #branches = new Map<Term, Branch>();

  /** An entry stands in some log after one of term `afterTerm`. */
  appended(entry: Entry, afterTerm: Term): void {
    const { term, lsn } = entry;
    const branch = this.#branches.get(term);
    if (branch === undefined) {
      this.#add({ term, firstLsn: lsn, afterTerm, entries: [], values: new Map() }, entry);
      return;
    }
    const index = lsn - branch.firstLsn;
    const before = index === 0 ? branch.afterTerm : term;
    if (index < 0 || index > branch.entries.length || before !== afterTerm) {
      broken('log-matching', `${formatPosition(entry)} stands after an entry of term ${afterTerm}, not of ${before}`);
    }
    const known = branch.entries[index];
    if (known === undefined) this.#add(branch, entry);
    else if (known !== entry && known.line !== entry.line) {
      broken('log-matching', `${formatPosition(entry)} is two entries: ${known.line} and ${entry.line}`);
    }
  }

  entryAt(position: Position): Entry | undefined {
    const branch = this.#branches.get(position.term);
    return branch?.entries[position.lsn - branch.firstLsn];
  }

  /** Whether the history that ends at `end` goes through `position`. */
  includes(end: Position, position: Position): boolean {
    if (position.lsn === 0) return true;
    return position.lsn <= end.lsn && this.#termIn(end, position.lsn) === position.term;
  }

  /** The value of `key` after the history that ends at `end`; null: none. */
  valueAt(end: Position, key: string): string | null {
    let last: number = end.lsn;
    for (let branch = this.#branches.get(end.term); branch; branch = this.#branches.get(branch.afterTerm)) {
      const version = branch.values.get(key)?.findLast(({ lsn }) => lsn <= last);
      if (version !== undefined) return version.value;
      last = branch.firstLsn - 1;
    }
    return null;
  }

  /** Somebody whose term is `inTerm` says that the entry of `term` at `lsn` is committed. Returns whether that is news. */
  commit(lsn: number, term: Term, inTerm: Term): boolean {
    const known = this.committed[lsn - 1];
    if (known === undefined) {
      if (lsn !== this.committed.length + 1) broken('committed', `${term}:${lsn} is committed before what precedes it`);
      this.committed.push(term);
      this.#committedIn.push(inTerm);
      return true;
    }
    if (known !== term) broken('committed', `${term}:${lsn} is called committed, and ${known}:${lsn} was before`);
    return false;
  }

  /** The committed entries up to `end`, which must be committed. */
  committedTo(end: Position): readonly Entry[] {
    if (!this.isCommitted(end)) broken('snapshot', `${formatPosition(end)} was never committed`);
    return this.committed
      .slice(0, end.lsn)
      .map((term, index) => this.entryAt({ term, lsn: (index + 1) as Lsn }) as Entry);
  }

  isCommitted({ term, lsn }: Position): boolean {
    return lsn === 0 || this.committed[lsn - 1] === term;
  }

  /** Whether something else is committed in its place, or after its place in a later term. */
  isExcluded({ term, lsn }: Position): boolean {
    const known = this.committed[lsn - 1] ?? null;
    return known === null ? term < (this.committed.at(-1) ?? 0) : known !== term;
  }

  /** The last position that somebody committed in a term before `term`; null: none. */
  lastCommittedBefore(term: Term): Position | null {
    const at = this.#committedIn.findLastIndex((inTerm) => inTerm < term);
    return at < 0 ? null : { term: this.committed[at] as Term, lsn: (at + 1) as Lsn };
  }

  #add(branch: Branch, entry: Entry): void {
    this.#branches.set(branch.term, branch);
    branch.entries.push(entry);
    const { command, lsn } = entry;
    if (command.op === 'noop') return;
    const version = { lsn, value: command.op === 'put' ? command.value : null };
    const versions = branch.values.get(command.key);
    if (versions) versions.push(version);
    else branch.values.set(command.key, [version]);
  }

  /** The term of the entry at `lsn` in the history that ends at `end`. */
  #termIn(end: Position, lsn: number): Term | undefined {
    let branch = this.#branches.get(end.term);
    while (branch !== undefined && branch.firstLsn > lsn) branch = this.#branches.get(branch.afterTerm);
    return branch?.term;
  }
}
