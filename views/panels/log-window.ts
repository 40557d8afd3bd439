/** The part of the logs that is shown: `width` LSNs from `first` on, one in each column. */
export interface LogWindow {
  readonly first: number;
  readonly width: number;
}

export interface LogWish {
  /** The newest LSN of all replicas. */
  readonly newest: number;
  /** The LSN that must be in the window; null: the newest must. */
  readonly cursor: number | null;
  /** The newest LSN when the cursor was set. */
  readonly cursorFrom: number;
  readonly width: number;
}

/**
 * Without a cursor the window follows the newest entry, in steps: between them new entries appear from left to right,
 * and nothing moves. With one it stays where it was when the cursor was set, and is turned like the pages of a book
 * once the cursor leaves it.
 */
export function logWindow({ newest, cursor, cursorFrom, width }: LogWish): LogWindow {
  if (cursor === null) return { first: following(newest, width), width };
  const then = following(cursorFrom, width);
  const pages = Math.floor((cursor - then) / width);
  return { first: Math.max(1, then + pages * width), width };
}

/** The column of an LSN; null if it is not in the window. */
export function columnOf({ first, width }: LogWindow, lsn: number): number | null {
  return lsn >= first && lsn < first + width ? lsn - first : null;
}

function following(newest: number, width: number): number {
  if (newest <= width) return 1;
  const step = Math.min(width, Math.max(TEN, Math.floor(width / STEPS / TEN) * TEN));
  return 1 + step * Math.ceil((newest - width) / step);
}

/** Steps of whole tens keep the numbers above the log where they are. */
const TEN = 10;
/** A wide window takes so many steps until all that it shows has changed. */
const STEPS = 4;
