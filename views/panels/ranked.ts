import { quiet, type Row } from '../span.ts';

/** A row of a panel that may be too small for all of them. */
export interface Ranked {
  readonly row: Row;
  /** The lower, the sooner it is given a place. */
  readonly rank: number;
}

/** Of `rows` those that matter most, at most `room`, in the order given. Rows of one rank that are cut end in an ellipsis. */
export function mostNeeded(rows: readonly Ranked[], room: number): Row[] {
  const places = rows.map((_, at) => at).sort((a, b) => rankAt(rows, a) - rankAt(rows, b));
  const kept = new Set(places.slice(0, Math.max(0, room)));
  const isCut = (at: number): boolean => rows[at]?.rank === rows[at + 1]?.rank && !kept.has(at + 1);
  return rows.flatMap(({ row }, at) => (kept.has(at) ? [isCut(at) ? withMore(row) : row] : []));
}

const withMore = (row: Row): Row => [...row, quiet(row.at(-1)?.text.endsWith(' ') ? '…' : ' …')];

const rankAt = (rows: readonly Ranked[], at: number): number => rows[at]?.rank ?? Number.POSITIVE_INFINITY;
