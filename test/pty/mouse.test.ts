// The mouse, as a terminal reports it.
import { expect, test } from 'vitest';
import { opened, placeOf } from './shown.ts';
import { Terminal } from './terminal.ts';

const LEFT = 0;
const WHEEL_UP = 64;
const WHEEL_DOWN = 65;

/** What a terminal sends for a button over a place of the screen: pressed and, but for the wheel, released. */
function report(button: number, { x, y }: { readonly x: number; readonly y: number }): string {
  const at = `${button};${x + 1};${y + 1}`;
  return button === LEFT ? `\x1b[<${at}M\x1b[<${at}m` : `\x1b[<${at}M`;
}

const click = (terminal: Terminal, text: string | RegExp): void =>
  terminal.press(report(LEFT, placeOf(terminal.screen(), text)));

test('a click on a replica selects it, however the report is cut, with keys around it', async () => {
  await using terminal = new Terminal(['--port', '0'], { columns: 110, rows: 36 });
  await opened(terminal);
  expect(terminal.output).toContain('\x1b[?1000h\x1b[?1006h');
  click(terminal, /n3 {2}[○●]/);
  await terminal.until(/▸ n3 {2}[○●]/);
  click(terminal, /n2 {2}[○●]/);
  await terminal.until(/▸ n2 {2}[○●]/);
  const text = `w${report(LEFT, placeOf(terminal.screen(), /n1 {2}[○●]/))}w`;
  for (const part of [text.slice(0, 4), text.slice(4, 9), text.slice(9)]) terminal.press(part);
  await terminal.until(/▸ n1 {2}[○●]/);
  await terminal.until(/2 ok +0 rejected/);
});

test('a click on a name behind another shows that panel, and a click on a panel gives it the keys', async () => {
  await using terminal = new Terminal(['--port', '0'], { columns: 80, rows: 24 });
  await opened(terminal);
  await terminal.until(/session │ guarantees/);
  expect(terminal.screen()).toContain('last write');
  click(terminal, 'guarantees');
  await terminal.until('one leader per term');
  expect(terminal.screen()).not.toContain('last write');
});

test('the wheel scrolls the events, and back', async () => {
  await using terminal = new Terminal(['--port', '0'], { columns: 110, rows: 36 });
  await opened(terminal);
  // The last one of a start: nothing else happens now.
  await terminal.until((screen) => (screen.match(/follows n\d in term 1/g)?.length ?? 0) >= 2);
  const newest = lastEvent(terminal.screen());
  const over = placeOf(terminal.screen(), / events /);
  terminal.press(report(WHEEL_UP, { x: over.x, y: over.y + 2 }));
  await terminal.until((screen) => lastEvent(screen) !== newest);
  terminal.press(report(WHEEL_DOWN, { x: over.x, y: over.y + 2 }));
  await terminal.until((screen) => lastEvent(screen) === newest);
});

test('M gives the mouse to the terminal, and takes it back', async () => {
  await using terminal = new Terminal(['--port', '0']);
  await opened(terminal);
  terminal.press('M');
  await terminal.until('the mouse is the terminal’s again');
  expect(lastOf(terminal, '\x1b[?1000l')).toBeGreaterThan(lastOf(terminal, '\x1b[?1000h'));
  terminal.press('M');
  await terminal.until('the mouse selects');
  expect(lastOf(terminal, '\x1b[?1000h')).toBeGreaterThan(lastOf(terminal, '\x1b[?1000l'));
});

test.each([
  [['--no-mouse'], {}],
  [[], { LOCKSTEP_MOUSE: '0' }],
])('%j %j: the mouse is never asked for', async (words, env) => {
  await using terminal = new Terminal(['--port', '0', ...words], { env });
  await opened(terminal);
  terminal.press('q');
  await terminal.exit();
  expect(terminal.output).not.toMatch(/\?100[0-9]h/);
});

/** The text of the last row of the events. */
function lastEvent(screen: string): string {
  const rows = screen.split('\n');
  const { x, y } = placeOf(screen, /╭[─━] events/);
  const end = rows.findIndex((row, i) => i > y && row[x] === '╰');
  return rows[end - 1]?.slice(x, (rows[y] ?? '').indexOf('╮', x)) ?? '';
}

const lastOf = ({ output }: Terminal, text: string): number => output.lastIndexOf(text);
