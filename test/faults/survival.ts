import type { LedgerWriteView } from '../../core/observe/api.ts';
import type { FateCounts } from '../../core/observe/ledger.ts';
import { formatPosition } from '../../core/protocol/position.ts';
import type { FinalHistory } from './committed-log.ts';
import { type Attempt, shown, type Write } from './operation.ts';

/** What the cluster itself says became of the writes. */
export interface Account {
  readonly fates: FateCounts;
  /** Every loss that the ledger lists. */
  readonly lost: readonly LedgerWriteView[];
  /** So many may be pending still: what became of them, nobody in the cluster can tell any more. */
  readonly mayBePending: number;
}

/** How the writes ended, as the final history has it. */
export interface Survival {
  readonly fates: FateCounts;
  /** What must not be: in words. */
  readonly violations: readonly string[];
}

/**
 * Compares what clients were told with what is there in the end, and both with the ledger, if it is all of the time's.
 * All writes there ever were are among those given.
 *
 * 1. A write acknowledged under quorum or sync is there, where it was said to be, with its value.
 * 2. One acknowledged under async is there, or the ledger lists it as lost, by its id and position; and nothing else.
 * 3. One that was rejected is not there. Nothing is there twice, and nothing that nobody wrote.
 * 4. The ledger counts as many committed, lost and discarded as there are. Where an attempt whose position never came
 *    back was followed by another, nobody outside knows which of them the entry is of: these may count as either.
 */
export function checkSurvival(writes: readonly Write[], history: FinalHistory, account: Account | null): Survival {
  const violations: string[] = [];
  const lostPositions = new Map<string, Write>();
  const fates = { pending: 0, committed: 0, lost: 0, discarded: 0 };
  let unsure = 0;
  for (const write of writes) {
    const entries = history.writesOf(write.value);
    if (entries.length > 1) violations.push(`${told(write)} is there ${entries.length} times`);
    if (write.outcome === 'rejected' && entries.length > 0) violations.push(`${told(write)} is there`);
    if (entries.some(({ key }) => key !== write.key)) violations.push(`${told(write)} is under another key`);
    for (const attempt of write.attempts) {
      const fate = fateOf(attempt, write, history);
      if (fate !== null) fates[fate] += 1;
      if (fate === 'committed' && attempt.position === null && write.attempts.length > 1) unsure += 1;
      if (fate !== 'lost' || attempt.position === null) continue;
      lostPositions.set(formatPosition(attempt.position), write);
      if (write.mode !== 'async') violations.push(`${told(write)} is lost`);
    }
  }
  if (account === null) return { fates, violations };
  violations.push(...compareLosses(lostPositions, history, account));
  if (!isSameCount(account, fates, unsure)) {
    const counted = `the ledger counts ${JSON.stringify(account.fates)}, there are ${JSON.stringify(fates)}`;
    violations.push(`${counted}, ${unsure} of them unsure`);
  }
  return { fates, violations };
}

function isSameCount({ fates: counted, mayBePending }: Account, there: FateCounts, unsure: number): boolean {
  const { pending, committed, lost, discarded } = counted;
  return (
    pending <= mayBePending &&
    lost === there.lost &&
    pending + committed + discarded === there.committed + there.discarded &&
    discarded >= there.discarded - pending &&
    discarded <= there.discarded + unsure
  );
}

function fateOf(attempt: Attempt, write: Write, history: FinalHistory): 'committed' | 'lost' | 'discarded' | null {
  const { outcome, position } = attempt;
  if (outcome === 'rejected') return null;
  const isThere =
    position === null
      ? history.writesOf(write.value).length > 0
      : history.writesOf(write.value).some((entry) => formatPosition(entry.position) === formatPosition(position));
  if (isThere) return 'committed';
  return outcome === 'ok' ? 'lost' : 'discarded';
}

function compareLosses(lost: ReadonlyMap<string, Write>, history: FinalHistory, account: Account): readonly string[] {
  const violations: string[] = [];
  const listed = new Set(account.lost.map(({ position }) => `${position}`));
  for (const [position, write] of lost) {
    if (!listed.has(position)) violations.push(`${told(write)} is lost, and the ledger does not list ${position}`);
  }
  for (const { id, key, position } of account.lost) {
    const write = lost.get(`${position}`);
    if (write === undefined || write.key !== key) violations.push(`the ledger lists ${id} at ${position}: not lost`);
    if (history.ids.has(id)) violations.push(`the ledger lists ${id} as lost, and it is there`);
  }
  return violations;
}

function told({ client, key, value, mode, outcome, position }: Write): string {
  const where = position === null ? '' : ` at ${formatPosition(position)}`;
  return `${client}'s ${mode} write of ${shown(value)} to ${key} (${outcome}${where})`;
}
