// Rows as Ink draws them: nothing is cut, moved or dropped on the way from the picture to the terminal.
import { Box, renderToString } from 'ink';
import { expect, test, vi } from 'vitest';
import { Line } from '../../views/line.tsx';
import { painter } from '../../views/paint.ts';
import { screenPicture } from '../../views/screen.ts';
import { plain, type Row, textOf, toned } from '../../views/span.ts';
import { COLOURLESS, THEMES, type Theme } from '../../views/theme.ts';
import { pressed } from './views-fakes.ts';
import { typical } from './views-typical.ts';

// Before Ink is imported, which looks but once: colours are asked for here, also where there is no terminal.
vi.hoisted(() => {
  process.env.FORCE_COLOR = '3';
});

function drawn(rows: readonly Row[], columns: number, theme: Theme): string[] {
  const paint = painter({ theme, ascii: false });
  const lines = rows.map((row, y) => ({ key: `row ${y}`, text: paint(row) }));
  const picture = (
    <Box flexDirection="column" width={columns} height={rows.length}>
      {lines.map(({ key, text }) => (
        <Line key={key} text={text} />
      ))}
    </Box>
  );
  return renderToString(picture, { columns }).split('\n');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what they are
const stripSgr = (text: string): string => text.replaceAll(/\x1b\[[\d;]*m/g, '');
const linesOf = (rows: readonly Row[]): string[] => rows.map((row) => textOf(row).trimEnd());

test.each([
  [60, 20],
  [120, 40],
])('the window of %i×%i comes out as it is, in colour and without', (columns, rows) => {
  for (const dashboard of [typical, pressed(typical, '?'), pressed(typical, 'W', '漢', 'enter', 'x\u0301')]) {
    const picture = screenPicture({ dashboard, size: { columns, rows }, title: '127.0.0.1:7400', charts: null });
    const lines = drawn(picture, columns, COLOURLESS);
    expect(lines.map((line) => line.trimEnd())).toEqual(linesOf(picture));
    expect(drawn(picture, columns, THEMES.dark).map((line) => stripSgr(line).trimEnd())).toEqual(linesOf(picture));
  }
});

test('so do wide and combining characters, in whatever colours they meet', () => {
  const data = [
    '漢',
    'x\u0301',
    '\u0301',
    'ﾊ',
    'ﾞ',
    '🇩',
    '🇪',
    '❤\ufe0f',
    '👍',
    '🏽',
    '\u1100',
    '\u1161',
    '\u0d4e',
    'กำ',
  ];
  const rows = data.map((one) => data.flatMap((other) => [toned('good', one), toned('bad', other), plain('|')]));
  for (const theme of [COLOURLESS, THEMES.dark]) {
    expect(drawn(rows, 400, theme).map((line) => stripSgr(line).trimEnd())).toEqual(linesOf(rows));
  }
});
