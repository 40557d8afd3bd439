/**
 * The ASCII character that looks most like this one of braille, of which lines in charts are made: flat, rising,
 * falling, upright, one above the other or crowded. Any other character is returned as it is.
 */
export function brailleToAscii(character: string): string {
  const dots = (character.codePointAt(0) ?? 0) - BLANK;
  if (dots < 0 || dots > 0xff) return character;
  const left = rowsIn(dots, LEFT);
  const right = rowsIn(dots, RIGHT);
  const rows = [...left, ...right];
  const [highest, lowest] = [Math.min(...rows), Math.max(...rows)];
  if (rows.length === 0) return ' ';
  if (rows.length > LINE_DOTS_MAX) return '#';
  if (highest === lowest) return FLAT[highest] ?? '-';
  if (lowest === highest + 1) return GENTLE[highest] ?? '-';
  if (left.length === 0 || right.length === 0) return '|';
  const rise = mean(left) - mean(right);
  return rise > 0 ? '/' : rise < 0 ? '\\' : '=';
}

const BLANK = 0x2800;
/** More dots than this, of eight, are no line any more. */
const LINE_DOTS_MAX = 5;
/** By row, from the top. */
const FLAT = ["'", '-', '-', '_'];
/** Two rows, by the upper one. */
const GENTLE = ["'", '-', '.'];

/** The bits of a character's dots in each of its two columns, from the top. */
const LEFT = [0x01, 0x02, 0x04, 0x40];
const RIGHT = [0x08, 0x10, 0x20, 0x80];

const rowsIn = (dots: number, column: readonly number[]): number[] =>
  column.flatMap((bit, row) => ((dots & bit) === 0 ? [] : [row]));

const mean = (rows: readonly number[]): number => rows.reduce((sum, row) => sum + row, 0) / rows.length;
