import { type Lsn, lsn, type Position, type Term, term } from './position.ts';

/**
 * The history of a log in brief: for each term that left entries in it, the first LSN of that term, oldest first.
 * Two logs that hold the same position hold the same entries up to it (the Log Matching Property of the Raft paper,
 * §5.3), so two lineages tell how far their logs agree, and one lineage tells whether a position is on its log.
 */
export type Lineage = readonly Branch[];

export interface Branch {
  readonly term: Term;
  readonly firstLsn: Lsn;
}

/** The term of the entry at `at`; 0 before the first entry. The caller knows that `at` is not past the end. */
export function termAt(lineage: Lineage, at: Lsn): Term {
  for (let i = lineage.length - 1; i >= 0; i--) {
    const branch = lineage[i] as Branch;
    if (branch.firstLsn <= at) return at === 0 ? term(0) : branch.term;
  }
  return term(0);
}

/** Whether `position` is on the log that has this lineage and ends at `end`. The origin is on every log. */
export function holds(lineage: Lineage, end: Lsn, position: Position): boolean {
  return position.lsn <= end && termAt(lineage, position.lsn) === position.term;
}

/** The last LSN up to which two logs are the same. Each `end` is its log's own: not before its last branch. */
export function commonEnd(a: Lineage, aEnd: Lsn, b: Lineage, bEnd: Lsn): Lsn {
  let common = lsn(0);
  for (let i = 0; i < a.length && i < b.length; i++) {
    const left = a[i] as Branch;
    const right = b[i] as Branch;
    if (left.term !== right.term || left.firstLsn !== right.firstLsn) break;
    common = lsn(Math.min(branchEnd(a, i, aEnd), branchEnd(b, i, bEnd)));
  }
  return common;
}

/** What a committed prefix says of a position: in it, excluded by it for ever, or neither yet. */
export type Settlement = 'committed' | 'rolled-back' | 'pending';

/**
 * Settles `position` from a replica's lineage and `committedLsn`. Terms never go down along a log, so a committed
 * position excludes everything that differs at or below it, and, above it, every entry of an older term.
 */
export function settle(position: Position, lineage: Lineage, committedLsn: Lsn): Settlement {
  if (position.lsn <= committedLsn) {
    return termAt(lineage, position.lsn) === position.term ? 'committed' : 'rolled-back';
  }
  return position.term < termAt(lineage, committedLsn) ? 'rolled-back' : 'pending';
}

function branchEnd(lineage: Lineage, index: number, end: Lsn): number {
  const following = lineage[index + 1];
  return following ? following.firstLsn - 1 : end;
}
