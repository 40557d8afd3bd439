import type { IBuffer, IBufferCell } from '@xterm/headless';

/** One cell of a terminal's screen. */
export interface Cell {
  /** What is written in it: a blank where nothing is, and nothing in the second half of a wide character. */
  readonly text: string;
  readonly columns: 0 | 1 | 2;
  readonly foreground: Colour;
  readonly background: Colour;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly underline: boolean;
  /** Whether the two colours change places. */
  readonly inverse: boolean;
}

/** The terminal's own colour (null), one of its palette (0 to 255), or `#rrggbb`. */
export type Colour = number | string | null;

/** The cells of `rows` lines, from line `top` of the buffer on. */
export function readCells(buffer: IBuffer, top: number, rows: number): Cell[][] {
  return Array.from({ length: rows }, (_, row) => {
    const line = buffer.getLine(top + row);
    return Array.from({ length: line?.length ?? 0 }, (_, column) => cellOf(line?.getCell(column)));
  });
}

function cellOf(cell: IBufferCell | undefined): Cell {
  if (cell === undefined) return BLANK;
  const columns = cell.getWidth() as Cell['columns'];
  const isSeen = cell.getChars() !== '' && cell.isInvisible() === 0;
  return {
    text: columns === 0 ? '' : isSeen ? cell.getChars() : ' ',
    columns,
    foreground: cell.isFgDefault() ? null : cell.isFgRGB() ? hex(cell.getFgColor()) : cell.getFgColor(),
    background: cell.isBgDefault() ? null : cell.isBgRGB() ? hex(cell.getBgColor()) : cell.getBgColor(),
    bold: cell.isBold() !== 0,
    dim: cell.isDim() !== 0,
    underline: cell.isUnderline() !== 0,
    inverse: cell.isInverse() !== 0,
  };
}

/** A cell that nothing was ever written to. */
export const BLANK: Cell = {
  text: ' ',
  columns: 1,
  foreground: null,
  background: null,
  bold: false,
  dim: false,
  underline: false,
  inverse: false,
};

const hex = (rgb: number): string => `#${rgb.toString(16).padStart(6, '0')}`;
