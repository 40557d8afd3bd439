import { formatPosition } from '../protocol/position.ts';
import type { LedgerOp, LedgerResult, LedgerWriteView } from './api.ts';
import type { Ledger, LedgerWrite } from './ledger.ts';

/** A request without a limit gets at most this many writes. */
const WRITES_DEFAULT = 100;
/** Nobody gets more: keys of 1 KiB, even if each of their bytes has to be escaped, fit a line with that. */
export const LEDGER_WRITES_MAX = 1000;

/** What the ledger has to say to a request. */
export function viewLedger(ledger: Ledger, { limit = WRITES_DEFAULT, fate }: LedgerOp): LedgerResult {
  return { v: 1, writes: chosen(ledger, limit, fate).map(viewOf) };
}

function chosen(ledger: Ledger, limit: number, fate: LedgerOp['fate']): readonly LedgerWrite[] {
  if (fate === undefined) return ledger.recent(limit);
  if (fate === 'lost') return ledger.losses(limit);
  return ledger
    .recent()
    .filter((write) => write.fate === fate)
    .slice(-limit);
}

function viewOf(write: LedgerWrite): LedgerWriteView {
  const { id, key, mode, outcome, position, durableOn, ms, fate, leader, code } = write;
  const at = position && formatPosition(position);
  return { id, key, mode, outcome, position: at, durableOn, ms, fate, leader, ...(code === null ? {} : { code }) };
}
