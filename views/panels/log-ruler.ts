import { plain, quiet, type Row, type Span, toned } from '../span.ts';
import { columnOf, type LogWindow } from './log-window.ts';

export interface Marks {
  /** Numbers stand above entries up to this one. */
  readonly newest: number;
  /** The last entry known to be committed; 0: none. */
  readonly committed: number;
  readonly cursor: number | null;
}

/** The row above the logs: which LSN stands in which column, up to where the log is committed, where the cursor is. */
export function rulerRow(window: LogWindow, { newest, committed, cursor }: Marks): Row {
  const end = window.first + window.width;
  const ruler = new Ruler(window.width);
  if (cursor !== null) mark(cursor, '▼', (text) => toned('focus', text, { bold: true }));
  const wordsAt = committed > 0 ? mark(committed, '✓', (text) => toned('good', text)) : null;
  const tens = Math.ceil(window.first / TEN) * TEN;
  for (let lsn = tens; lsn < end && lsn <= newest; lsn += TEN) tick(lsn);
  if (newest >= window.first) tick(window.first);
  if (wordsAt !== null) ruler.put(wordsAt, toned('good', ' committed'));
  return ruler.row();

  function tick(lsn: number): void {
    const column = columnOf(window, lsn);
    if (column !== null) ruler.put(column, quiet(`┊${lsn}`));
  }

  /** The number stands behind the mark, else before it, or there is no room for it. Returns where it ends if behind. */
  function mark(lsn: number, glyph: string, span: (text: string) => Span): number | null {
    const column = columnOf(window, lsn);
    if (column === null) return null;
    const number = String(lsn);
    if (ruler.put(column, span(glyph + number))) return column + 1 + number.length;
    if (!ruler.put(column - number.length, span(number + glyph))) ruler.put(column, span(glyph));
    return null;
  }
}

/** A number stands on each entry whose LSN is a multiple of this. */
const TEN = 10;

interface Placed {
  readonly column: number;
  readonly span: Span;
}

/** Spans at columns, at least one column apart. */
class Ruler {
  readonly #width: number;
  readonly #placed: Placed[] = [];

  constructor(width: number) {
    this.#width = width;
  }

  /** Returns whether there was room. What begins with a blank may touch what is before it. */
  put(column: number, span: Span): boolean {
    const end = column + span.text.length;
    if (column < 0 || end > this.#width) return false;
    const from = span.text.startsWith(' ') ? column : column - 1;
    const isNear = (one: Placed): boolean => one.column <= end && from < one.column + one.span.text.length;
    if (this.#placed.some(isNear)) return false;
    this.#placed.push({ column, span });
    return true;
  }

  row(): Row {
    let used = 0;
    return this.#placed
      .toSorted((a, b) => a.column - b.column)
      .flatMap(({ column, span }) => {
        const gap = column - used;
        used = column + span.text.length;
        return [plain(' '.repeat(gap)), span];
      });
  }
}
