import type { LedgerWriteView } from '../core/observe/api.ts';
import type { ClusterEvent } from '../core/observe/events.ts';
import type { Fate, Outcome } from '../core/observe/ledger.ts';
import { type Lineage, settle } from '../core/protocol/lineage.ts';
import { lsn, parsePosition } from '../core/protocol/position.ts';
import { type Span, toned } from './span.ts';
import type { AskedWrite, Seen } from './state.ts';
import type { Tone } from './theme.ts';

interface Look {
  readonly glyph: string;
  readonly tone: Tone;
}

/** How an outcome looks: its word stands beside it. */
const OUTCOMES: Readonly<Record<Outcome, Look>> = {
  ok: { glyph: '✓', tone: 'good' },
  rejected: { glyph: '✗', tone: 'warn' },
  unknown: { glyph: '?', tone: 'doubt' },
};

/** How a fate looks: its word stands beside it. */
export const FATES: Readonly<Record<Fate, Look>> = {
  pending: { glyph: '…', tone: 'doubt' },
  committed: { glyph: '✓', tone: 'good' },
  lost: { glyph: '✗', tone: 'bad' },
  discarded: { glyph: '–', tone: 'warn' },
};

export const outcomeSpan = (outcome: Outcome): Span =>
  toned(OUTCOMES[outcome].tone, `${OUTCOMES[outcome].glyph} ${outcome}`);
export const fateSpan = (fate: Fate): Span => toned(FATES[fate].tone, `${FATES[fate].glyph} ${fate}`);

/**
 * What became of the last write; null as long as nothing is known of it, and for one that was rejected. The ledger
 * knows best, but it is asked a moment later, and only the last writes are fetched: of others the committed
 * prefixes tell.
 */
export function fateOf({ answer, settled }: AskedWrite, { ledger, snapshot }: Seen): Fate | null {
  if (answer?.type !== 'result' || answer.result.outcome === 'rejected') return null;
  if (settled !== null) return settled;
  const { outcome, position, writeId } = answer.result;
  const isIt = ({ id }: LedgerWriteView): boolean => id === writeId;
  const known = (ledger.losses.find(isIt) ?? ledger.writes.find(isIt))?.fate ?? null;
  const at = position === null ? null : parsePosition(position);
  if (at === null || (known !== null && known !== 'pending')) return known;
  for (const { lineage, committedLsn } of snapshot?.replicas ?? []) {
    // A lineage is told from its newest branches: what is older than those, it cannot settle.
    if (lineage[0] === undefined || at.lsn < lineage[0].firstLsn) continue;
    const settlement = settle(at, lineage as Lineage, lsn(committedLsn));
    if (settlement === 'committed') return 'committed';
    if (settlement === 'rolled-back') return outcome === 'ok' ? 'lost' : 'discarded';
  }
  return 'pending';
}

/** Keeps what has become of the last write for good: the lists and lineages that tell it go on without it. */
export function keepFate(seen: Seen): Seen {
  const fate = seen.write && fateOf(seen.write, seen);
  return fate === null || fate === 'pending' ? seen : settleWrite(seen, fate);
}

/** An event tells it too: of a write among many others perhaps nothing else does. */
export function hearFate(seen: Seen, { what }: ClusterEvent): Seen {
  if (what.type !== 'lost' && what.type !== 'settled') return seen;
  const answer = seen.write?.answer;
  if (answer?.type !== 'result' || answer.result.writeId !== what.id) return seen;
  return settleWrite(seen, what.type === 'lost' ? 'lost' : what.fate);
}

function settleWrite(seen: Seen, settled: AskedWrite['settled']): Seen {
  const { write } = seen;
  return write === null || write.settled === settled ? seen : { ...seen, write: { ...write, settled } };
}
