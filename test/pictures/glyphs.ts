import type { Box } from './boxes.ts';

/** A cell in px. Whole numbers, so that lines fall on pixels; a monospace font of 15 px advances about 9. */
export const CELL = { width: 9, height: 18 } as const;

/** What is drawn for a character instead of its glyph. All px are from the cell's upper left corner. */
export interface Shape {
  readonly boxes: readonly Box[];
  /** How much of it is ink: less than 1 for a shade. */
  readonly share: number;
  /** A line of one px: a path, from where its `M` has put the pen. */
  readonly arc: { readonly from: readonly [x: number, y: number]; readonly path: string } | null;
  /** Of braille: its column (0 or 1) and its row (0 to 3). */
  readonly dots: readonly (readonly [column: number, row: number])[];
}

/**
 * The shape of a line, a block or a pattern of braille; null if a character is better left to the font. Fonts leave
 * gaps between these, and each another one: drawn, they join.
 */
export function shapeOf(text: string): Shape | null {
  const code = text.codePointAt(0) ?? 0;
  if (code >= 0x2800 && code <= 0x28ff) return shape({ dots: braille(code - 0x2800) });
  if (code >= 0x2580 && code <= 0x259f) return block(code);
  const light = LIGHT.indexOf(text);
  if (light > 0) return shape({ boxes: line(light, 1) });
  const heavy = HEAVY.indexOf(text);
  if (heavy > 0) return shape({ boxes: line(heavy, 3) });
  const double = DOUBLE.indexOf(text);
  if (text !== ' ' && double > 0) return shape({ boxes: doubleLine(double) });
  const arc = ARCS[text];
  return arc === undefined ? null : shape({ arc });
}

const shape = (drawn: Partial<Shape>): Shape => ({ boxes: [], share: 1, arc: null, dots: [], ...drawn });

/** Lines by the arms they have, as a sum. */
const ARM = { left: 1, up: 2, right: 4, down: 8 } as const;
const LIGHT = ' ╴╵┘╶─└┴╷┐│┤┌┬├┼';
const HEAVY = ' ╸╹┛╺━┗┻╻┓┃┫┏┳┣╋';
const DOUBLE = '   ╝ ═╚╩ ╗║╣╔╦╠╬';

/** Where lines of one px cross. */
const MIDDLE = { x: 4, y: 9 } as const;

const has = (arms: number, arm: keyof typeof ARM): boolean => (arms & ARM[arm]) !== 0;

function line(arms: number, thickness: 1 | 3): Box[] {
  const [x, y] = [MIDDLE.x - (thickness >> 1), MIDDLE.y - (thickness >> 1)];
  const [left, right] = [has(arms, 'left') ? 0 : x, has(arms, 'right') ? CELL.width : x + thickness];
  const [top, bottom] = [has(arms, 'up') ? 0 : y, has(arms, 'down') ? CELL.height : y + thickness];
  const boxes: Box[] = [];
  if (has(arms, 'left') || has(arms, 'right')) boxes.push({ x: left, y, width: right - left, height: thickness });
  if (has(arms, 'up') || has(arms, 'down')) boxes.push({ x, y: top, width: thickness, height: bottom - top });
  return boxes;
}

/** Around the middle, eight px are where two double lines can run; an arm opens the one that it leaves through. */
function doubleLine(arms: number): Box[] {
  const { x, y } = MIDDLE;
  const pixel = (right: number, down: number): Box => ({ x: x + right, y: y + down, width: 1, height: 1 });
  const boxes = [pixel(-1, -1), pixel(1, -1), pixel(-1, 1), pixel(1, 1)];
  for (const side of [-1, 1]) {
    const [beyondX, beyondY] = [x + 2, y + 2];
    if (has(arms, 'left')) boxes.push({ x: 0, y: y + side, width: x - 1, height: 1 });
    if (has(arms, 'right')) boxes.push({ x: beyondX, y: y + side, width: CELL.width - beyondX, height: 1 });
    if (has(arms, 'up')) boxes.push({ x: x + side, y: 0, width: 1, height: y - 1 });
    if (has(arms, 'down')) boxes.push({ x: x + side, y: beyondY, width: 1, height: CELL.height - beyondY });
  }
  if (!has(arms, 'left')) boxes.push(pixel(-1, 0));
  if (!has(arms, 'right')) boxes.push(pixel(1, 0));
  if (!has(arms, 'up')) boxes.push(pixel(0, -1));
  if (!has(arms, 'down')) boxes.push(pixel(0, 1));
  return boxes;
}

/** Round corners, from the middle of one line to the middle of the other. */
const ARCS: Readonly<Record<string, Shape['arc']>> = {
  '╭': { from: [4.5, 18], path: 'v-4a4.5 4.5 0 0 1 4.5-4.5' },
  '╮': { from: [4.5, 18], path: 'v-4a4.5 4.5 0 0 0-4.5-4.5' },
  '╰': { from: [4.5, 0], path: 'v5a4.5 4.5 0 0 0 4.5 4.5' },
  '╯': { from: [4.5, 0], path: 'v5a4.5 4.5 0 0 1-4.5 4.5' },
};

/** `▀▁▂▃▄▅▆▇█▉▊▋▌▍▎▏▐░▒▓▔▕▖▗▘▙▚▛▜▝▞▟`, in the order of Unicode. */
function block(code: number): Shape {
  if (code === 0x2580) return part(0, 0, 1, 1 / 2);
  if (code <= 0x2588) return part(0, 1 - (code - 0x2580) / 8, 1, (code - 0x2580) / 8);
  if (code <= 0x258f) return part(0, 0, (0x2590 - code) / 8, 1);
  if (code === 0x2590) return part(1 / 2, 0, 1 / 2, 1);
  if (code <= 0x2593) return { ...part(0, 0, 1, 1), share: (code - 0x2590) / 4 };
  if (code === 0x2594) return part(0, 0, 1, 1 / 8);
  if (code === 0x2595) return part(7 / 8, 0, 1 / 8, 1);
  const quarters = QUARTERS[code - 0x2596] ?? 0;
  const corners = [0, 1, 2, 3].filter((corner) => (quarters & (1 << corner)) !== 0);
  return shape({ boxes: corners.flatMap((corner) => part((corner & 1) / 2, (corner >> 1) / 2, 1 / 2, 1 / 2).boxes) });
}

/** Which quarters of the cell `▖` to `▟` have: upper left 1, upper right 2, lower left 4, lower right 8. */
const QUARTERS = [4, 8, 1, 13, 9, 7, 11, 2, 6, 14] as const;

/** A part of the cell, in shares of it. */
function part(x: number, y: number, width: number, height: number): Shape {
  const { width: w, height: h } = CELL;
  return shape({ boxes: [{ x: x * w, y: y * h, width: width * w, height: height * h }] });
}

/** Unicode numbers the six upper dots down the columns; the fourth row came later. */
const BRAILLE = [
  [0, 0],
  [0, 1],
  [0, 2],
  [1, 0],
  [1, 1],
  [1, 2],
  [0, 3],
  [1, 3],
] as const;

const braille = (pattern: number): Shape['dots'] => BRAILLE.filter((_, bit) => (pattern & (1 << bit)) !== 0);
