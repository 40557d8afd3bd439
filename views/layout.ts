/** The smallest window in which everything has a place. */
export const WIDTH_MIN = 60;
export const HEIGHT_MIN = 20;

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** How many rows each part of the screen gets. Together they fill the window. */
export interface Layout {
  /** The header's row on what the mode promises: there or not. */
  readonly promise: boolean;
  /** Titles above the events, the replicas and the session, in this order of need: 0 to 3. */
  readonly titles: number;
  readonly writeRows: 1 | 2;
  readonly readRows: 1 | 2 | 3;
  readonly eventRows: number;
}

/** Header 2, table head, write, read, token, outcomes, fates, notice. */
const FIXED_ROWS = 9;
const EVENT_ROWS_WANTED = 2;
const TITLES = 3;

export const fits = ({ columns, rows }: Size): boolean => columns >= WIDTH_MIN && rows >= HEIGHT_MIN;

/**
 * Divides the rows of a window that `fits`: what must be there, then what explains it, as far as it goes; the events
 * take what is left.
 */
export function layout(rows: number, replicas: number, footerRows: number): Layout {
  let left = rows - FIXED_ROWS - Math.max(replicas, 1) - footerRows;
  const take = (wanted: number): number => {
    const taken = Math.max(0, Math.min(wanted, left));
    left -= taken;
    return taken;
  };
  const promise = take(1) === 1;
  const writeRows = (1 + take(1)) as 1 | 2;
  const asked = take(1);
  const events = take(EVENT_ROWS_WANTED);
  const why = take(1);
  const titles = take(TITLES);
  const readRows = (1 + asked + why) as 1 | 2 | 3;
  return { promise, titles, writeRows, readRows, eventRows: events + left };
}

/** Puts items of these widths on rows, in order, `gap` apart; an item is never broken. */
export function pack<Item>(
  items: readonly Item[],
  widthOf: (item: Item) => number,
  gap: number,
  width: number,
): Item[][] {
  const rows: Item[][] = [[]];
  let used = 0;
  for (const item of items) {
    const needed = used === 0 ? widthOf(item) : used + gap + widthOf(item);
    if (used > 0 && needed > width) {
      rows.push([item]);
      used = widthOf(item);
    } else {
      rows.at(-1)?.push(item);
      used = needed;
    }
  }
  return rows;
}
