import { EventEmitter } from 'node:events';
import type { Screen } from 'blessed';
import type LineChart from 'blessed-contrib/lib/widget/charts/line.js';

/** Heights from 0, on the axis, to 1, at the top, equally far apart; null where there is a gap. */
export type Line = readonly (number | null)[];

/** Characters beside each other that belong together. */
export interface Run {
  readonly text: string;
  /** The index of their line; null: the axis. */
  readonly line: number | null;
}

/**
 * Draws lines over an axis, all of the same number of values: `columns` wide, the axis on the left among them, and
 * `rows` high, the axis at the bottom not among them. Where lines cross, the later one is in front.
 */
export type Plot = (lines: readonly Line[], columns: number, rows: number) => readonly (readonly Run[])[];

/**
 * Loads blessed-contrib and lets it draw on a screen that is in no terminal, whose cells are then read. There is one
 * screen and one widget, made for each size anew: every screen ever made stays in memory.
 */
export async function openPlot(): Promise<Plot> {
  const [{ default: blessed }, { default: LineWidget }] = await Promise.all([
    import('blessed'),
    import('blessed-contrib/lib/widget/charts/line.js'),
  ]);
  const screen = withoutListeners(() =>
    blessed.screen({
      input: Object.assign(new EventEmitter(), { isTTY, isRaw: isTTY, setRawMode() {}, resume() {}, pause() {} }),
      output: Object.assign(new EventEmitter(), { isTTY, columns: 1, rows: 1, write: () => true }),
      terminal: 'xterm-256color',
      fullUnicode: true,
      forceUnicode: true,
    }),
  );
  const style = { line: AXIS_COLOUR, text: AXIS_COLOUR, baseline: AXIS_COLOUR };
  const widget = new LineWidget({ top: 0, left: 0, minY: 0, maxY: 1, xPadding: AXIS_DOTS, style });
  let size = '';

  return (lines, columns, rows) => {
    if (size !== `${columns}×${rows}`) {
      size = `${columns}×${rows}`;
      resize(screen, widget, columns + COLUMNS_BESIDE, rows + ROWS_BELOW);
    }
    const x = labels(columns, lines[0]?.length ?? 0);
    const reach = reachOf(rows);
    widget.setData(lines.map((line, i) => ({ x, y: scaled(line, reach), style: { line: FIRST_COLOUR + i } })));
    // Not the screen's `render`, which would go on to write to a terminal.
    widget.render();
    return screen.lines.slice(0, rows + 1).map((cells) => runs(cells.slice(AXIS_DOTS / 2, AXIS_DOTS / 2 + columns)));
  };
}

const isTTY = true;

/** How lines are told apart in the picture: these are never seen. */
const AXIS_COLOUR = 16;
const FIRST_COLOUR = 17;

/** A character of braille is 2 dots wide and 4 high. What follows is blessed-contrib's arithmetic (`charts/line.js`). */
const AXIS_DOTS = 10;
/** Left of the axis, where its own labels are, and on the right, where the canvas ends before the widget does. */
const COLUMNS_BESIDE = AXIS_DOTS / 2 + 6;
/** The axis, its labels, a blank row, and the two by which the canvas is lower than the widget. */
const ROWS_BELOW = 5;

/**
 * The height at which a line touches the uppermost dots. It draws every line two dots higher than it ought, so that
 * axis and line never share a character, and all that is higher than the canvas is not drawn.
 */
const reachOf = (rows: number): number => 1 - 2.5 / (4 * rows + 1);

/**
 * As few labels as keep the last value within the picture: they are spread over all columns, and values are drawn one
 * character to the right of their labels. Then it is in the last column, or before it by less than a value's width.
 */
function labels(columns: number, values: number): string[] {
  const dots = 2 * columns;
  return new Array(1 + Math.floor((dots * (values - 1)) / (dots - 2))).fill(' ');
}

/** Gaps become NaN, to which no line is drawn. A value between two gaps is held, since a line has two ends. */
function scaled(line: Line, reach: number): number[] {
  return line.map((height, i) => {
    const [before = null, after = null] = [line[i - 1], line[i + 1]];
    if (height !== null) return height * reach;
    if (before !== null && (line[i - 2] ?? null) === null) return before * reach;
    return after !== null && i + 2 === line.length ? after * reach : Number.NaN;
  });
}

/** Blanks go with what is before them: the fewer the runs, the less is written to the terminal. */
function runs(cells: Screen['lines'][number]): Run[] {
  const found: { text: string; line: number | null }[] = [];
  for (const [attributes, character] of cells) {
    const colour = (attributes >> 9) & 0x1ff;
    const line = colour === AXIS_COLOUR ? null : colour - FIRST_COLOUR;
    const last = found.at(-1);
    if (last !== undefined && (character === ' ' || last.line === line)) last.text += character;
    else found.push({ text: character, line });
  }
  return found;
}

function resize(screen: Screen, widget: LineChart, width: number, height: number): void {
  screen.program.cols = width;
  screen.program.rows = height;
  screen.alloc();
  Object.assign(widget, { width, height });
  // It makes its canvas, as large as itself, whenever it is put on a screen.
  screen.append(widget);
}

/** A first screen wants to tidy up at exits and signals, and prints what is thrown. None of that is its business here. */
function withoutListeners<Result>(action: () => Result): Result {
  const listeners = () => new Map(process.eventNames().map((name) => [name, process.rawListeners(name)]));
  const before = listeners();
  try {
    return action();
  } finally {
    for (const [name, all] of listeners()) {
      for (const listener of all) {
        if (before.get(name)?.includes(listener) !== true) process.off(name, listener as () => void);
      }
    }
  }
}
