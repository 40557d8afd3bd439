// Pictures of the screen, read back: what they say, where, and in which colour.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Box, merged } from '../pictures/boxes.ts';
import { CELL, shapeOf } from '../pictures/glyphs.ts';
import { DARK, LIGHT } from '../pictures/look.ts';
import { svg } from '../pictures/svg.ts';
import { BLANK, type Cell } from '../pty/cells.ts';

/** The cells of some lines, all of one look. */
function cellsOf(text: string, style: Partial<Cell> = {}): Cell[][] {
  const cells = (char: string): Cell[] => {
    const cell: Cell = { ...BLANK, ...style, text: char };
    return /[日本語😀]/u.test(char)
      ? [
          { ...cell, columns: 2 },
          { ...cell, text: '', columns: 0 },
        ]
      : [cell];
  };
  return text.split('\n').map((line) => [...line].flatMap(cells));
}

const draw = (cells: Cell[][], look = DARK): string => svg(cells, { title: 'a title', look });

interface Text {
  readonly column: number;
  readonly row: number;
  readonly text: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** The texts of the screen, without the one in the bar. */
function texts(picture: string): Text[] {
  const screen = picture.slice(picture.indexOf('<g transform="translate('));
  return Array.from(screen.matchAll(/<text ([^>]*)>([^<]*)<\/text>/g), ([, head = '', inner = '']) => {
    const attributes = Object.fromEntries(Array.from(head.matchAll(/([\w-]+)="([^"]*)"/g), ([, key, is]) => [key, is]));
    const [x, y] = [Number(attributes.x), Number(attributes.y)];
    const text = inner.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
    return { column: Math.floor(x / CELL.width), row: Math.floor(y / CELL.height), text, attributes };
  });
}

/** The screen as the texts of a picture have it. */
function readBack(picture: string, rows: number): string {
  const lines = Array.from({ length: rows }, () => '');
  for (const { column, row, text } of texts(picture)) {
    // In the middle of a wide character, its second cell begins; a narrow one's middle is in its only cell.
    const isWide = /[日本語😀]/u.test(text);
    lines[row] = `${lines[row]?.padEnd(column - (isWide ? 1 : 0))}${text}${isWide ? '\0' : ''}`;
  }
  return lines.join('\n').replaceAll('\0', '');
}

/** `d` of each path of a colour. */
const paths = (picture: string, colour: string): string[] =>
  Array.from(picture.matchAll(/<path ([^>]*)\/>/g), ([, head = '']) => head)
    .filter((head) => head.includes(`fill="${colour}"`) || head.includes(`stroke="${colour}"`))
    .map((head) => / d="([^"]*)"/.exec(` ${head}`)?.[1] ?? '');

describe('what is on the screen is in the picture', () => {
  const screen = `lockstep · 127.0.0.1:7400   ● n1 leads

  n1  ● leader      2:17   ✓ ok  5 < 6 && "x" > 'y'
▸ n2  ✗ down   日本x語  →…
   a    b`;

  test('every character, in its column', () => {
    expect(readBack(draw(cellsOf(screen)), 5)).toBe(screen);
  });

  test('blank lines and cells take no room', () => {
    expect(texts(draw(cellsOf('     \n \n')))).toEqual([]);
  });

  test('a run is held to its columns, a symbol to the middle of its cells', () => {
    const [run, symbol, wide] = texts(draw(cellsOf('abc ●日')));
    expect(run?.attributes).toMatchObject({ x: '0', textLength: `${3 * CELL.width}` });
    expect(symbol?.attributes).toMatchObject({ x: `${4.5 * CELL.width}`, 'text-anchor': 'middle' });
    expect(wide?.attributes).toMatchObject({ x: `${6 * CELL.width}`, 'text-anchor': 'middle' });
  });

  test('a run goes on over blanks of any look, and ends where the ink changes', () => {
    const [[blank] = []] = cellsOf(' ', { foreground: 1 });
    const heavy = cellsOf('two', { bold: true }).flat();
    const green = cellsOf('three', { bold: true, foreground: 2 }).flat();
    const row = [...cellsOf('one').flat(), blank ?? BLANK, ...cellsOf('run').flat(), ...heavy, ...green];
    expect(texts(draw([row])).map(({ text }) => text)).toEqual(['one run', 'two', 'three']);
  });

  test('the title is in the bar, and is what the picture is called', () => {
    const picture = svg(cellsOf('x'), { title: '<lockstep> & more' });
    expect(picture).toContain('<title>&lt;lockstep&gt; &amp; more</title>');
    expect(picture.match(/>&lt;lockstep&gt; &amp; more<\/text>/g)).toHaveLength(1);
  });

  test('what XML cannot hold is replaced', () => {
    expect(texts(draw(cellsOf('a\u0001b\ufffe'))).map(({ text }) => text)).toEqual(['a', '\ufffd', 'b', '\ufffd']);
  });
});

describe('colours', () => {
  test.each([
    [{ foreground: '#56b4e9' }, '#56b4e9'],
    [{ foreground: 1 }, DARK.palette[1]],
    [{ foreground: 15 }, DARK.palette[15]],
    [{ foreground: 16 }, '#000000'],
    [{ foreground: 208 }, '#ff8700'],
    [{ foreground: 231 }, '#ffffff'],
    [{ foreground: 232 }, '#080808'],
    [{ foreground: 255 }, '#eeeeee'],
    [{ foreground: '#ff0000', background: '#0000ff', dim: true }, '#9e0061'],
    [{}, undefined],
  ])('of letters: %o', (style, fill) => {
    const picture = draw(cellsOf('x', style));
    expect(texts(picture).map(({ attributes }) => attributes.fill)).toEqual([fill]);
  });

  test('behind letters, as one box where cells touch', () => {
    const picture = draw(cellsOf('ab\ncd', { background: '#123456' }));
    expect(paths(picture, '#123456')).toEqual(['M0 0h18v36h-18z']);
  });

  test('inverse: both change places, also the terminal’s own', () => {
    const own = draw(cellsOf('x', { inverse: true }));
    expect(texts(own)[0]?.attributes.fill).toBe(DARK.background);
    expect(paths(own, DARK.foreground)).toEqual(['M0 0h9v18h-9z']);
    const set = draw(cellsOf('x', { inverse: true, foreground: 2, background: 208 }));
    expect(texts(set)[0]?.attributes.fill).toBe('#ff8700');
    expect(paths(set, DARK.palette[2] ?? '')).toEqual(['M0 0h9v18h-9z']);
  });

  test('bold is weight; an underline is one line, under blanks too', () => {
    const picture = draw(cellsOf('a b', { bold: true, underline: true, foreground: '#abcdef' }));
    expect(texts(picture)[0]?.attributes['font-weight']).toBe('700');
    expect(paths(picture, '#abcdef')).toEqual(['M0 16h27v1h-27z']);
  });

  test('the look sets the paper, the ink and the palette', () => {
    const picture = draw(cellsOf('x', { foreground: 1 }), LIGHT);
    expect(picture).toContain(`rx="10" fill="${LIGHT.background}"`);
    expect(picture).toContain(`fill="${LIGHT.foreground}"`);
    expect(texts(picture)[0]?.attributes.fill).toBe(LIGHT.palette[1]);
    expect(picture).not.toContain(DARK.background);
  });
});

describe('lines, blocks and braille are drawn', () => {
  test('a frame is four lines', () => {
    const [path = '', ...others] = paths(draw(cellsOf('┌──┐\n│  │\n└──┘', { foreground: 208 })), '#ff8700');
    expect(others).toEqual([]);
    // Two across, from the middle of one corner to that of the other, and two down.
    expect(path.match(/M[^z]*z/g)?.sort()).toEqual([
      'M31 9h1v37h-1z',
      'M4 45h28v1h-28z',
      'M4 9h1v37h-1z',
      'M4 9h28v1h-28z',
    ]);
  });

  test.each(Array.from(' ╴╵┘╶─└┴╷┐│┤┌┬├┼', (char, arms) => [arms, char] as const))(
    'arms %i: %s reaches the edges that it has arms to',
    (arms, char) => {
      const boxes = shapeOf(char)?.boxes ?? [];
      const edges = [
        boxes.some(({ x, y }) => x === 0 && y === 9),
        boxes.some(({ x, y }) => x === 4 && y === 0),
        boxes.some(({ x, y, width }) => x + width === CELL.width && y === 9),
        boxes.some(({ x, y, height }) => x === 4 && y + height === CELL.height),
      ];
      expect(edges).toEqual([0, 1, 2, 3].map((bit) => (arms & (1 << bit)) !== 0));
    },
  );

  test('of every line and block, nothing outside its cell', () => {
    const drawn = Array.from({ length: 0xa0 }, (_, i) => String.fromCodePoint(0x2500 + i)).filter(shapeOf);
    expect(drawn.length).toBeGreaterThan(75);
    for (const { x, y, width, height } of drawn.flatMap((char) => shapeOf(char)?.boxes ?? [])) {
      expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
      expect(x + width).toBeLessThanOrEqual(CELL.width);
      expect(y + height).toBeLessThanOrEqual(CELL.height);
      expect(Math.min(width, height)).toBeGreaterThan(0);
    }
  });

  test('blocks: how much of the cell they fill', () => {
    const ink = (char: string): number => {
      const { boxes = [], share = 0 } = shapeOf(char) ?? {};
      return (boxes.reduce((sum, { width, height }) => sum + width * height, 0) * share) / (CELL.width * CELL.height);
    };
    expect([...'▁▂▃▄▅▆▇█'].map(ink)).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((eighths) => eighths / 8));
    expect([...'▏▎▍▌▋▊▉█'].map(ink)).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((eighths) => eighths / 8));
    expect([...'░▒▓'].map(ink)).toEqual([0.25, 0.5, 0.75]);
    expect([...'▀▐▔▕▖▗▘▙▚▛▜▝▞▟'].map((char) => ink(char) * 8)).toEqual([4, 4, 1, 1, 2, 2, 2, 6, 4, 6, 6, 2, 4, 6]);
  });

  test('a round corner joins the lines beside and below it', () => {
    const picture = draw(cellsOf('╭─\n│', { foreground: 208 }));
    expect(paths(picture, '#ff8700')).toEqual(['M4 18h1v18h-1zM9 9h9v1h-9z', 'M4.5 18v-4a4.5 4.5 0 0 1 4.5-4.5']);
  });

  test('braille: a dot for each dot', () => {
    expect(shapeOf('⠀')?.dots).toEqual([]);
    expect(shapeOf('⣿')?.dots).toHaveLength(8);
    expect(shapeOf('⢁')?.dots).toEqual([
      [0, 0],
      [1, 3],
    ]);
    expect(paths(draw(cellsOf('x⢁⠉', { foreground: 208 })), '#ff8700')).toEqual(['M5 1h0m4 0h0m2 0h0M7 7h0']);
  });

  test('a shade is a mixture with what is behind it', () => {
    expect(paths(draw(cellsOf('▒', { foreground: '#ff0000', background: '#0000ff' })), '#800080')).toHaveLength(1);
  });
});

test('boxes that are merged cover the same, and no more of them than before', () => {
  const unit = fc.record({ x: fc.nat(4), y: fc.nat(4), width: fc.constant(1), height: fc.constant(1) });
  const covered = (boxes: readonly Box[]): Set<string> =>
    new Set(
      boxes.flatMap(({ x, y, width, height }) =>
        Array.from({ length: width * height }, (_, i) => `${x + (i % width)},${y + Math.floor(i / width)}`),
      ),
    );
  fc.assert(
    fc.property(fc.array(unit), (boxes) => {
      const few = merged(boxes);
      expect(covered(few)).toEqual(covered(boxes));
      expect(few.length).toBeLessThanOrEqual(boxes.length);
    }),
  );
});

test('a large and busy screen: less than 60 kB, the same each time', () => {
  const hues = ['#56b4e9', '#e69f00', '#009e73', null];
  const chart = '│ ⣀⡠⠔⠊⠑⠢⢄⡀⣀⡠⠔⠊⠑⠢⢄⡀⣀⡠⠔⠊⠑⠢⢄⡀ ▁▂▃▄▅▆▇█▇▆▅▄▃▂▁ 1234 writes/s │'.repeat(3).slice(0, 140);
  const table = '│ n1  ● leader    2:17  17  ✓ ok at 3:1234, durable on n1, n2 ──┼──'.repeat(3).slice(0, 140);
  const cells = Array.from({ length: 45 }, (_, row) =>
    cellsOf(row % 3 === 0 ? chart : table)
      .flat()
      .map((cell, column) => ({ ...cell, foreground: hues[((column >> 5) + row) % 4] ?? null })),
  );
  const picture = draw(cells);
  expect(cells[0]).toHaveLength(140);
  expect(Buffer.byteLength(picture)).toBeLessThan(60_000);
  expect(draw(cells)).toBe(picture);
});
