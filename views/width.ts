import stringWidth from 'string-width';

/** Columns that `text` takes in a terminal: 2 for a wide character, 0 for a combining one. */
export function widthOf(text: string): number {
  return NARROW.test(text) ? text.length : stringWidth(text);
}

/** The beginning of `text` in at most `width` columns, with an ellipsis if it had to be cut. */
export function clipTo(text: string, width: number): string {
  if (width <= 0) return '';
  if (NARROW.test(text)) return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
  if (stringWidth(text) <= width) return text;
  return `${take(text, width - 1)}…`;
}

/** `text` in exactly `width` columns. */
export function padTo(text: string, width: number, side: 'left' | 'right' = 'left'): string {
  const clipped = clipTo(text, width);
  const blank = ' '.repeat(Math.max(0, width - widthOf(clipped)));
  return side === 'left' ? clipped + blank : blank + clipped;
}

/** As many whole characters of `text` as fit into `width` columns. */
export function take(text: string, width: number): string {
  if (NARROW.test(text)) return text.slice(0, Math.max(0, width));
  let taken = '';
  let used = 0;
  for (const { segment } of GRAPHEMES.segment(text)) {
    used += stringWidth(segment);
    if (used > width) break;
    taken += segment;
  }
  return taken;
}

/** What of `text` is left when `width` columns are cut from its beginning. A wide character cut in half becomes a blank. */
export function skip(text: string, width: number): string {
  if (NARROW.test(text)) return text.slice(Math.max(0, width));
  const cut = take(text, width);
  const rest = text.slice(cut.length);
  const missing = width - stringWidth(cut);
  const [first] = GRAPHEMES.segment(rest);
  if (missing <= 0 || first === undefined) return rest;
  return ' '.repeat(stringWidth(first.segment) - missing) + rest.slice(first.segment.length);
}

/** The characters of `text` as a reader counts them: an accent belongs to its letter. */
export const charactersOf = (text: string): string[] => [...GRAPHEMES.segment(text)].map(({ segment }) => segment);

/** Whether it is plain, and each of its characters takes one column, whatever stands beside it. */
export const isNarrow = (text: string): boolean => NARROW.test(text);

/** ASCII, and the dashboard's own glyphs: lines, blocks, braille, signs, arrows. One column each. */
const NARROW = /^[\x20-\x7e·×–—‖›…←↑→↓─-▟■-◼✓✗⠀-⣿]*$/;
const GRAPHEMES = new Intl.Segmenter();
