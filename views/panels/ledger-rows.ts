import type { LedgerWriteView } from '../../core/observe/api.ts';
import { quiet, type Row } from '../span.ts';
import type { Dashboard } from '../state.ts';
import { tableOf } from './ledger-table.ts';
import { lossHead, lossRow } from './loss-rows.ts';

/** The ledger, in a place of its own. */
export interface LedgerPicture {
  readonly rows: readonly Row[];
  /** How many rows are above those that are shown, because it is scrolled. */
  readonly above: number;
}

/** What became of the writes: the losses first, then all of the last ones, both newest first. */
export function ledgerPicture(dashboard: Dashboard, width: number, height: number): LedgerPicture {
  const { seen, filter, scrolled } = dashboard;
  const losses = matching(seen.ledger.losses, filter);
  const writes = matching(seen.ledger.writes, filter);
  if (losses.length + writes.length === 0) return { rows: [emptyRow(dashboard)].slice(0, height), above: 0 };

  const { lossRows, tableRows, named } = share(height, losses.length, writes.length);
  // Scrolling moves the losses first, and once the last of them is shown, the others.
  const lossesHidden = losses.length - lossRows;
  const writesHidden = tableRows > 0 ? writes.length - tableRows : 0;
  const above = Math.min(scrolled.session, lossesHidden + writesHidden);
  const lossesAbove = Math.min(above, lossesHidden);
  const rows: Row[] = [];
  if (losses.length > 0) {
    rows.push(lossHead(dashboard, width));
    for (const loss of losses.slice(lossesAbove, lossesAbove + lossRows)) rows.push(lossRow(loss, width));
  }
  if (writes.length === 0 && seen.ledger.writes.length > 0) {
    rows.push([quiet(`none of the last ${seen.ledger.writes.length} writes contains this`)]);
  }
  if (tableRows > 0) {
    if (named) rows.push([quiet(nameOf(dashboard, writes.length))]);
    const members = seen.snapshot?.replicas.length ?? 0;
    rows.push(...tableOf({ writes, first: above - lossesAbove, count: tableRows, members, width }));
  }
  return { rows: rows.slice(0, height), above };
}

/** From so many rows on, the table has a name above its head. */
const NAMED = 8;
/** A table of fewer writes says nothing. */
const TABLE_MIN = 2;

interface Share {
  readonly lossRows: number;
  readonly tableRows: number;
  readonly named: boolean;
}

/** Half of the room is the losses', if there are so many; all of it, if what is left is no table. */
function share(height: number, losses: number, writes: number): Share {
  const named = height >= NAMED && writes > 0;
  const room = height - (losses > 0 ? 1 : 0) - (named ? 1 : 0) - 1;
  const lossRows = Math.max(0, Math.min(losses, Math.max(Math.ceil(room / 2), room - writes)));
  const tableRows = Math.min(room - lossRows, writes);
  if (losses === 0 || tableRows >= Math.min(TABLE_MIN, Math.max(writes, 1))) return { lossRows, tableRows, named };
  return { lossRows: Math.max(0, Math.min(losses, height - 1)), tableRows: 0, named: false };
}

function emptyRow({ filter, seen }: Dashboard): Row {
  const none = seen.ledger.writes.length + seen.ledger.losses.length === 0;
  return [quiet(filter === '' || none ? 'no write yet: w writes one, b a hundred' : 'no write contains this')];
}

/** The ledger has them all, whoever asked for them; here are the last ones. */
function nameOf({ seen, filter }: Dashboard, shown: number): string {
  const { ok, rejected, unknown } = seen.snapshot?.writes ?? { ok: 0, rejected: 0, unknown: 0 };
  const all = Math.max(ok + rejected + unknown, shown);
  if (filter !== '') return `ledger: ${shown} of the last ${seen.ledger.writes.length} writes contain this`;
  return shown < all ? `ledger: the last ${shown} of ${all} writes, newest first` : 'ledger: all writes, newest first';
}

/** Newest first, those that contain `filter`. */
function matching(writes: readonly LedgerWriteView[], filter: string): readonly LedgerWriteView[] {
  const wanted = filter.toLowerCase();
  const found = wanted === '' ? writes : writes.filter((write) => wordsOf(write).includes(wanted));
  return found.toReversed();
}

const wordsOf = ({ id, key, mode, outcome, fate, position }: LedgerWriteView): string =>
  [id, key, mode, outcome, fate ?? '', position ?? ''].join(' ').toLowerCase();
