import { rowWidth, wrapRow } from '../row.ts';
import { plain, quiet, type Row, type Span } from '../span.ts';

/** From so many columns on, what explains a row stands below its words, not below its label. */
const ROOMY = 60;

/** Columns that a label takes, with the gap behind it. */
export const labelWidth = (width: number): number => (width >= ROOMY ? 12 : 11);

export const labelled = (label: string, words: Row, width: number): Row => [
  quiet(label.padEnd(labelWidth(width))),
  ...words,
];

/** What explains a labelled row, in rows that are indented: to be put below it. */
export function below(rowsIn: (width: number) => readonly Row[], width: number): Row[] {
  const indent = width >= ROOMY ? labelWidth(width) : 2;
  return rowsIn(width - indent).map((row) => [plain(' '.repeat(indent)), ...row]);
}

/** The first of several ways to say something that fits into `width` columns; if none does, the last. */
export function shortEnough(width: number, ...ways: readonly Row[]): Row {
  return ways.find((row) => rowWidth(row) <= width) ?? ways.at(-1) ?? [];
}

/** Words, and behind them as many of the things that explain them as fit into `width` columns; and those that do not. */
export function flowing(words: Row, things: readonly Span[], width: number): readonly [Row, readonly Span[]] {
  let [row, left] = [words, things];
  for (const thing of things) {
    const longer = [...row, quiet(DOT), thing];
    if (rowWidth(longer) > width) break;
    [row, left] = [longer, left.slice(1)];
  }
  return [row, left];
}

/** Several things with dots between them, in as many rows as that takes; none is broken if it fits into a row. */
export function dotted(things: readonly Span[], width: number): Row[] {
  const rows: Span[][] = [];
  for (const thing of things) {
    const last = rows.at(-1);
    const longer = last && [...last, quiet(DOT), thing];
    if (longer && rowWidth(longer) <= width) rows[rows.length - 1] = longer;
    else rows.push(...wrapRow([thing], width).map((row) => [...row]));
  }
  return rows;
}

const DOT = ' · ';
