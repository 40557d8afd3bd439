import { plain, quiet, type Row, type Span, withText } from './span.ts';
import { charactersOf, padTo, skip, take, widthOf } from './width.ts';

export const rowWidth = (row: Row): number => row.reduce((width, span) => width + widthOf(span.text), 0);

/** The row in exactly `width` columns: cut with an ellipsis, or filled with blanks. */
export function fitRow(row: Row, width: number): Row {
  const missing = width - rowWidth(row);
  if (missing === 0) return row;
  if (missing > 0) return [...row, plain(' '.repeat(missing))];
  if (width <= 0) return [];
  return [...takeRow(row, width - 1), quiet('…')];
}

/** Its first `width` columns; a wide character cut in half becomes a blank. */
export function takeRow(row: Row, width: number): Row {
  const kept: Span[] = [];
  let left = width;
  for (const span of row) {
    if (left <= 0) break;
    const wide = widthOf(span.text);
    kept.push(wide <= left ? span : withText(span, padTo(take(span.text, left), left)));
    left -= wide;
  }
  return kept;
}

/** What is left of it after its first `width` columns. */
export function skipRow(row: Row, width: number): Row {
  const kept: Span[] = [];
  let left = width;
  for (const span of row) {
    const wide = widthOf(span.text);
    if (left > 0 && left >= wide) left -= wide;
    else {
      kept.push(left === 0 ? span : withText(span, skip(span.text, left)));
      left = 0;
    }
  }
  return kept;
}

/**
 * Words one under the other, none wider than `width`, which is at least 2; what follows the first row is indented by
 * `indent` columns, as far as that leaves room for a wide character. Blanks that do not fit behind a word are dropped.
 */
export function wrapRow(row: Row, width: number, indent = 0): Row[] {
  const indented = Math.max(0, Math.min(indent, width - 2));
  const rows: Span[][] = [[]];
  let used = 0;
  for (const span of row) {
    for (const word of span.text.split(WORDS)) {
      let text = word;
      if (used > indented && used + widthOf(text.trimEnd()) > width) next();
      while (widthOf(text.trimEnd()) > width - used) {
        // What is wider than a row of its own is cut with it below: a row must not be left as it is for ever.
        const part = take(text, width - used) || (charactersOf(text)[0] ?? '');
        push(span, part);
        text = text.slice(part.length);
        next();
      }
      push(span, text);
    }
  }
  return rows.map((one) => takeRow(one, width));

  function push(span: Span, text: string): void {
    rows.at(-1)?.push(withText(span, text));
    used += widthOf(text);
  }

  function next(): void {
    rows.push([plain(' '.repeat(indented))]);
    used = indented;
  }
}

/** Between a blank and what follows it, unless that is an accent, which would belong to the blank. */
const WORDS = /(?<=\s)(?=[^\s\p{M}\uff9e\uff9f])/u;
