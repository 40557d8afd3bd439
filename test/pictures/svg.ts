import type { Cell } from '../pty/cells.ts';
import { type Box, dotsPath, type Point, pathOf, px } from './boxes.ts';
import { CELL, shapeOf } from './glyphs.ts';
import { DARK, type Look, mix, paint } from './look.ts';

export interface Frame {
  /** Stands in the bar above the screen, and is what a screen reader says of the picture. */
  readonly title: string;
  /** Default: dark. */
  readonly look?: Look;
}

type Cells = readonly (readonly Cell[])[];

/**
 * A screen as an SVG document: the cells in a frame of our own. The same cells give the same text. Columns stay where
 * they are in any font, and lines and blocks are drawn (`shapeOf`), so the rest is all that a font is needed for.
 */
export function svg(cells: Cells, { title, look = DARK }: Frame): string {
  const columns = Math.max(0, ...cells.map((row) => row.length));
  const [width, height] = [columns * CELL.width + 2 * MARGIN, cells.length * CELL.height + 2 * MARGIN + BAR];
  const screen = new Screen(look);
  cells.forEach((row, y) => {
    screen.add(row, y);
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"` +
      ` role="img" font-family="${FONTS}" font-size="15" xml:space="preserve">`,
    `<title>${escaped(title)}</title>`,
    '<style>text{white-space:pre;font-variant-ligatures:none}</style>',
    ...frame(width, height, title, look),
    `<g transform="translate(${MARGIN} ${MARGIN + BAR})" fill="${look.foreground}">`,
    ...screen.elements(),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

const FONTS =
  "ui-monospace,SFMono-Regular,Menlo,Consolas,'Cascadia Mono','DejaVu Sans Mono','Liberation Mono',monospace";
const MARGIN = 14;
const BAR = 32;
const ROUND = 10;
/** Where letters stand in their cell, and the line under them. */
const BASELINE = 14;
const UNDERLINE = 16;
/** How much of a dimmed colour is left. */
const DIM = 0.62;

/** The window, and in its bar what all is about: one that leads, and two that follow. */
function frame(width: number, height: number, title: string, look: Look): string[] {
  const middle = BAR / 2;
  const quiet = mix(look.foreground, look.bar, 0.7);
  const leader = look.palette[12] ?? look.foreground;
  const inner = `M1 ${BAR}V${ROUND}a${ROUND - 1} ${ROUND - 1} 0 0 1 ${ROUND - 1}-${ROUND - 1}h${width - 2 * ROUND}`;
  return [
    `<rect x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="${ROUND}" fill="${look.background}" ` +
      `stroke="${look.edge}"/>`,
    `<path d="${inner}a${ROUND - 1} ${ROUND - 1} 0 0 1 ${ROUND - 1} ${ROUND - 1}V${BAR}z" fill="${look.bar}"/>`,
    `<g stroke="${leader}" stroke-width="1.5"><path d="M20 ${middle}H52"/><circle cx="20" cy="${middle}" r="4.5" ` +
      `fill="${leader}"/><g fill="${look.bar}"><circle cx="37" cy="${middle}" r="4"/>` +
      `<circle cx="53" cy="${middle}" r="4"/></g></g>`,
    `<text x="70" y="${middle + 5}" font-size="13" fill="${quiet}">${escaped(title)}</text>`,
  ];
}

interface Ink {
  readonly fill: string;
  readonly bold: boolean;
}

/** Collects what is to be drawn, colour by colour, and the text in runs. */
class Screen {
  readonly #look: Look;
  readonly #grounds = new Lists<Box>();
  readonly #boxes = new Lists<Box>();
  readonly #arcs = new Lists<string>();
  readonly #dots = new Lists<Point>();
  readonly #texts: string[] = [];

  constructor(look: Look) {
    this.#look = look;
  }

  add(row: readonly Cell[], y: number): void {
    let run: { ink: Ink; x: number; text: string } | null = null;
    const end = (): void => {
      if (run !== null) this.#texts.push(this.#run(run.x, y, run.text.trimEnd(), run.ink));
      run = null;
    };
    row.forEach((cell, x) => {
      const { fill, ground } = this.#colours(cell);
      this.#ground(cell, x, y, fill, ground);
      const ink = { fill, bold: cell.bold };
      const isDrawn = this.#draw(cell.text, x, y, fill, ground);
      if (isDrawn || cell.text === ' ') {
        // A blank has no colour to differ in: the run goes on behind it, if in the same one.
        if (run !== null) run.text += ' ';
      } else if (cell.columns === 1 && isLetter(cell.text)) {
        if (run !== null && (run.ink.fill !== ink.fill || run.ink.bold !== ink.bold)) end();
        run ??= { ink, x, text: '' };
        run.text += cell.text;
      } else {
        end();
        if (cell.columns > 0) this.#texts.push(this.#symbol(cell, x, y, ink));
      }
    });
    end();
  }

  elements(): string[] {
    return [
      ...this.#grounds.map((fill, boxes) => `<path fill="${fill}" d="${pathOf(boxes)}"/>`),
      ...this.#boxes.map((fill, boxes) => `<path fill="${fill}" d="${pathOf(boxes)}"/>`),
      ...this.#arcs.map((stroke, arcs) => `<path fill="none" stroke="${stroke}" d="${arcs.join('')}"/>`),
      ...this.#dots.map(
        (stroke, dots) =>
          `<path transform="scale(${CELL.width / 4} ${CELL.height / 8})" fill="none" stroke="${stroke}" ` +
          `stroke-linecap="round" d="${dotsPath(dots)}"/>`,
      ),
      ...this.#texts,
    ];
  }

  /** The colour of the letters of a cell, and of what is behind them. */
  #colours({ foreground, background, inverse, dim }: Cell): { fill: string; ground: string } {
    const [front, back] = [
      paint(foreground, this.#look, this.#look.foreground),
      paint(background, this.#look, this.#look.background),
    ];
    const [fill, ground] = inverse ? [back, front] : [front, back];
    return { fill: dim ? mix(fill, ground, DIM) : fill, ground };
  }

  #ground({ underline }: Cell, column: number, row: number, fill: string, ground: string): void {
    const [x, y] = [column * CELL.width, row * CELL.height];
    if (ground !== this.#look.background) this.#grounds.add(ground, { x, y, ...CELL });
    if (underline) this.#boxes.add(fill, { x, y: y + UNDERLINE, width: CELL.width, height: 1 });
  }

  /** Draws the character, if that is better than writing it. */
  #draw(text: string, column: number, row: number, fill: string, ground: string): boolean {
    const shape = shapeOf(text);
    if (shape === null) return false;
    const [x, y] = [column * CELL.width, row * CELL.height];
    const colour = shape.share < 1 ? mix(fill, ground, shape.share) : fill;
    for (const box of shape.boxes) this.#boxes.add(colour, { ...box, x: x + box.x, y: y + box.y });
    for (const [right, down] of shape.dots) {
      this.#dots.add(fill, { x: 4 * column + 2 * right + 1, y: 8 * row + 2 * down + 1 });
    }
    if (shape.arc !== null) {
      const [right, down] = shape.arc.from;
      this.#arcs.add(fill, `M${px(x + right)} ${px(y + down)}${shape.arc.path}`);
    }
    return true;
  }

  /** Letters side by side, held to their columns whatever the font's advance is. */
  #run(column: number, row: number, text: string, ink: Ink): string {
    const length = [...text].length;
    const held = length > 1 ? ` textLength="${length * CELL.width}"` : '';
    return `<text ${this.#at(column * CELL.width, row, ink)}${held}>${escaped(text)}</text>`;
  }

  /** A symbol may come from another font, of any width: it is put in the middle of its cells. */
  #symbol({ text, columns }: Cell, column: number, row: number, ink: Ink): string {
    const middle = (column + columns / 2) * CELL.width;
    return `<text ${this.#at(middle, row, ink)} text-anchor="middle">${escaped(text)}</text>`;
  }

  #at(x: number, row: number, { fill, bold }: Ink): string {
    const colour = fill === this.#look.foreground ? '' : ` fill="${fill}"`;
    return `x="${px(x)}" y="${row * CELL.height + BASELINE}"${colour}${bold ? ' font-weight="700"' : ''}`;
  }
}

/** Lists by colour, in the order in which the colours came. */
class Lists<Item> {
  readonly #lists = new Map<string, Item[]>();

  add(colour: string, item: Item): void {
    const list = this.#lists.get(colour);
    if (list === undefined) this.#lists.set(colour, [item]);
    else list.push(item);
  }

  map(draw: (colour: string, items: readonly Item[]) => string): string[] {
    return Array.from(this.#lists, ([colour, items]) => draw(colour, items));
  }
}

/** What every monospace font has itself, as wide as all else in it: Latin, and the commonest punctuation. */
const isLetter = (text: string): boolean => /^[ -~\u00a0-\u017f–—‘’“”…]$/u.test(text);

/** As XML has it; what it cannot hold at all becomes the sign for that. */
function escaped(text: string): string {
  return text
    .replace(/[&<>]/g, (sign) => ENTITIES[sign] ?? sign)
    .replace(/[^\t\n\r -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
