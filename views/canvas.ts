import type { Rect, Size } from './layout.ts';
import { fitRow, rowWidth, skipRow, takeRow } from './row.ts';
import { plain, type Row } from './span.ts';

/** A picture and its place. */
export interface Placed {
  readonly rect: Rect;
  readonly rows: readonly Row[];
}

/**
 * Puts pictures onto a window, later ones over earlier ones: as many rows as it has, each as wide as it is. Of a wide
 * character at an edge the half that is left becomes a blank.
 */
export function compose({ columns, rows }: Size, placed: readonly Placed[]): Row[] {
  const canvas: Row[] = Array.from({ length: rows }, () => []);
  for (const { rect, rows: picture } of placed) {
    for (let i = 0; i < rect.height; i += 1) {
      const under = canvas[rect.y + i];
      if (under !== undefined) canvas[rect.y + i] = lay(under, fitRow(picture[i] ?? [], rect.width), rect);
    }
  }
  return canvas.map((row) => fitRow(row, columns));
}

/** `over` in place of what is under it. */
function lay(under: Row, over: Row, { x, width }: Rect): Row {
  const end = rowWidth(under);
  if (end <= x) return end === x ? [...under, ...over] : [...under, plain(' '.repeat(x - end)), ...over];
  return [...takeRow(under, x), ...over, ...skipRow(under, x + width)];
}
