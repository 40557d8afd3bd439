// What the emulator knows of each cell, as the pictures are drawn from it.
import { expect, test } from 'vitest';
import { BLANK, type Cell } from './cells.ts';
import { Terminal } from './terminal.ts';

/** The cells of a screen that shows what `printf` makes of `text`. */
async function drawn(text: string): Promise<Cell[][]> {
  await using terminal = new Terminal([], { command: ['printf', text], columns: 12, rows: 3 });
  await terminal.exit();
  return terminal.cells();
}

test('as many as the screen has, blank where nothing is', async () => {
  const cells = await drawn('a');
  expect(cells.map((row) => row.length)).toEqual([12, 12, 12]);
  expect(cells[0]?.[0]).toEqual({ ...BLANK, text: 'a' });
  expect(cells.flat().slice(1)).toEqual(Array.from({ length: 35 }, () => BLANK));
});

test.each([
  ['31', { foreground: 1 }],
  ['91', { foreground: 9 }],
  ['38;5;208', { foreground: 208 }],
  ['38;2;86;180;9', { foreground: '#56b409' }],
  ['44', { background: 4 }],
  ['48;5;236', { background: 236 }],
  ['48;2;0;0;1', { background: '#000001' }],
  ['1', { bold: true }],
  ['2', { dim: true }],
  ['4', { underline: true }],
  ['7', { inverse: true }],
  ['8', { text: ' ' }],
])('SGR %s', async (code, look) => {
  const [[cell, after] = []] = await drawn(`\\033[${code}mx\\033[0my`);
  expect(cell).toEqual({ ...BLANK, text: 'x', ...look });
  expect(after).toEqual({ ...BLANK, text: 'y' });
});

test('a wide character has two cells, the second one empty', async () => {
  const [row = []] = await drawn('日x');
  expect(row.slice(0, 3).map(({ text, columns }) => [text, columns])).toEqual([
    ['日', 2],
    ['', 0],
    ['x', 1],
  ]);
});
