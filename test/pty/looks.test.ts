// How the dashboard looks: themes, no colour, ASCII, and what keys and values of others could do to a terminal.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { ReplicaId } from '../../core/protocol/position.ts';
import { type TextStyle, THEMES, type Theme } from '../../views/theme.ts';
import { THEME_NAMES, type ThemeName } from '../../views/theme-names.ts';
import { Running } from '../process/running.ts';
import type { Cell } from './cells.ts';
import { attach, focus, leaderOf, mend, open, panel } from './dashboard.ts';
import { key, type Terminal } from './terminal.ts';

let cluster: Running;
beforeAll(async () => {
  cluster = await Running.up();
});
afterAll(() => cluster[Symbol.asyncDispose]());
afterEach(() => mend(cluster));

/** A screen with as much on it as can be: a write, a read, something selected, something down and something cut. */
async function busy(terminal: Terminal): Promise<string> {
  await open(terminal);
  terminal.press('w', 't');
  await terminal.until(/last read +k1/);
  const [down, slow] = (await cluster.followers()) as [ReplicaId, ReplicaId];
  await cluster.act('kill', down);
  await cluster.client.ask({ op: 'link', from: slow, to: 'all', fault: { kind: 'delay', ms: 20 } });
  terminal.press('2');
  return terminal.until((now) => ['down', 'delayed', 'of 6 faulty', '~20', '▸ n2'].every((text) => now.includes(text)));
}

/** The cells where `text` stands first. */
function cellsOf(terminal: Terminal, text: string): Cell[] {
  for (const cells of terminal.cells()) {
    const at = cells
      .map((cell) => cell.text)
      .join('')
      .indexOf(text);
    if (at >= 0) return cells.slice(at, at + text.length);
  }
  throw new Error(`not on the screen: ${text}\n${terminal.screen()}`);
}

/** A colour as cells have it: `#rrggbb`, a number of the palette, or null. */
function colourOf({ color }: TextStyle): string | number | null {
  if (color === undefined) return null;
  const [red, green, blue] = [...color.matchAll(/\d+/g)].map(([part]) => Number(part).toString(16).padStart(2, '0'));
  return blue === undefined ? 8 + BRIGHT.indexOf(color) : `#${red}${green}${blue}`;
}

const BRIGHT = 'black red green yellow blue magenta cyan white'.split(' ').map((name) => `${name}Bright`);

const TRUE_COLOUR = { COLORTERM: 'truecolor' };

async function expectTheme(terminal: Terminal, theme: Theme): Promise<void> {
  const leader = await open(terminal);
  const [cell] = cellsOf(terminal, `● ${leader} leads`);
  expect(cell).toMatchObject({ foreground: colourOf(theme.leader), bold: theme.leader.bold === true });
  expect(cellsOf(terminal, '● connected')[0]?.foreground).toBe(colourOf(theme.good));
  const used = new Set(
    terminal.cells().flatMap((row) => row.filter(({ text }) => text !== ' ').map((one) => one.foreground)),
  );
  const known = new Set([null, ...Object.values(theme).map(colourOf)]);
  expect([...used].filter((colour) => !known.has(colour))).toEqual([]);
  expect(
    terminal
      .cells()
      .flat()
      .filter(({ background }) => background !== null),
  ).toEqual([]);
}

test.each(THEME_NAMES.map((name) => [name] as const))('--theme %s has its colours, and no others', async (name) => {
  await using terminal = attach(cluster, { args: ['--theme', name], env: TRUE_COLOUR });
  await expectTheme(terminal, THEMES[name]);
});

test.each<readonly [string, Readonly<Record<string, string>>, readonly string[], ThemeName]>([
  ['nothing is said: dark', {}, [], 'dark'],
  ['LOCKSTEP_THEME', { LOCKSTEP_THEME: 'light' }, [], 'light'],
  ['--theme beats LOCKSTEP_THEME', { LOCKSTEP_THEME: 'light' }, ['--theme', 'contrast'], 'contrast'],
])('%s', async (_, env, args, name) => {
  await using terminal = attach(cluster, { args, env: { ...TRUE_COLOUR, ...env } });
  await expectTheme(terminal, THEMES[name]);
});

test.each<readonly [string, Readonly<Record<string, string>>, readonly string[]]>([
  ['--no-color', {}, ['--no-color']],
  ['NO_COLOR, whatever the theme', { NO_COLOR: '1' }, ['--theme', 'contrast']],
])('%s: no colour, no weight, and everything is told all the same', async (_, env, args) => {
  await using terminal = attach(cluster, { env, args });
  const screen = await busy(terminal);
  expect(terminal.output).not.toMatch(SGR);
  expect(screen).toContain('╭━ replicas ━');
  expect(screen).toMatch(/▸ n2/);
});

test('--ascii: nothing else is on the screen, in columns that are as wide', async () => {
  await using plain = attach(cluster);
  await using terminal = attach(cluster, { args: ['--ascii'] });
  await plain.until(/● n\d leads/);
  await terminal.until(/\* n\d leads/);
  await cluster.writeUntilOk('日本', 'ü');
  const screen = terminal.screen();
  await plain.until((now) => edges(now) === edges(screen));
  const busiest = await busyAscii(terminal);
  expect([...busiest].filter((character) => !/[\x20-\x7e\n]/.test(character))).toEqual([]);
  expect(Buffer.byteLength(terminal.output)).toBe(terminal.output.length);
});

/** Where panels begin and end. */
const edges = (screen: string): string =>
  screen
    .split('\n')
    .map((line) => [...line].flatMap((c, x) => ('╭╮╰╯+'.includes(c) ? [x] : [])).join(' '))
    .join('\n');

async function busyAscii(terminal: Terminal): Promise<string> {
  terminal.press('w', 't');
  await terminal.until(/last read +k1/);
  terminal.press('?');
  await terminal.until('= help =');
  terminal.press('?', ':', ...'ledger', key.enter);
  return terminal.until((now) => now.includes('v . Esc closes') && now.includes('????'));
}

const SGR = new RegExp(`${'\x1b'}\\[[\\d;:]*m`);
const CLEAR = new RegExp(`${'\x1b'}\\[[23]?J`);

/** What a terminal would obey, or what would not stand where it is put, and how it is shown. */
const HOSTILE: readonly (readonly [string, string])[] = [
  ['\x1b]0;mine\x07', '\\x1b]0;mine\\x07'],
  ['\x1b[2J\x1b[H', '\\x1b[2J\\x1b[H'],
  ['a\rb\nc\td', 'a\\rb\\nc\\td'],
  ['\u202eback\u2066', '\\u202eback\\u2066'],
  ['\x9b31mred\x7f', '\\x9b31mred\\x7f'],
  ['zero\u200bwidth', 'zero\\u200bwidth'],
  ['日本語の鍵', '日本語の鍵'],
  ['e\u0301a\u0308o', '\u00e9\u00e4o'],
];

test('what others write is escaped and aligned, and a terminal obeys none of it', async () => {
  await using terminal = attach(cluster);
  const leader = await open(terminal);
  await focus(terminal, 'session');
  terminal.press('z');
  await terminal.until((now) => panel(now, 'replicas') === '');
  const { length } = terminal.output;
  for (const [text] of HOSTILE) await cluster.writeUntilOk(text, text);
  const last = HOSTILE.at(-1)?.[1] ?? '';
  await terminal.until(last);
  await cluster.leader();

  const rows = terminal.cells().map((cells) => ({ text: cells.map((cell) => cell.text).join(''), cells }));
  const columns = HOSTILE.map(([, shown]) => {
    const row = rows.find(({ text }) => text.includes(` ${shown} `));
    expect(row, shown).toBeDefined();
    return row?.cells
      .map((cell, x) => (cell.text === 'q' && row.cells[x + 1]?.text === 'u' ? x : -1))
      .find((x) => x >= 0);
  });
  expect(new Set(columns).size).toBe(1);
  for (const { cells } of rows.slice(4, 36)) expect(cells[119]?.text).toBe('│');

  // Values, where they are read, in an entry, in what a command prints; and keys, in events.
  terminal.press('z');
  await terminal.until((now) => panel(now, 'replicas') !== '');
  await cluster.writeUntilOk('key', HOSTILE.map(([text]) => text).join(' '));
  terminal.press('R', ...'key', key.enter, 'l', key.enter);
  await terminal.until(/last read +key = \\x1b\]0;/);
  await focus(terminal, 'logs');
  terminal.press(key.enter);
  await terminal.until(/value +\\x1b\]0;mine\\x07 \\x1b\[2J/);
  terminal.press(key.escape);
  await terminal.until((now) => !now.includes('Esc closes'));
  terminal.press(':', ...'ledger', key.enter);
  await terminal.until((now) => now.includes('✓ · Esc closes') && now.includes('\\u202eback\\u2066'));
  terminal.press(key.escape);
  await terminal.until((now) => !now.includes('Esc closes'));
  await cluster.setMode('async');
  await cluster.cut(leader);
  await Promise.all(HOSTILE.map(([text]) => cluster.write(text, '', { mode: 'async' })));
  await cluster.act('kill', leader);
  await terminal.until((now) => leaderOf(now) !== '' && leaderOf(now) !== leader);
  // Many together are one line, until they are looked for.
  await terminal.until((now) => panel(now, 'events').includes(`lost: ${HOSTILE.length} writes`));
  terminal.press('/', ...'lost', key.enter);
  await terminal.until((now) => panel(now, 'events').replace(/\s+/g, ' ').includes('(\\x1b]0;mine\\x07) at '));
  await terminal.until(new RegExp(`\\(${last}\\) at`));

  const written = terminal.output.slice(length);
  for (const obeyed of ['\x1b]', '\x07', '\x1b[2J', '\x1b[3J', '\x9b', '\x7f', '\t', '\u202e', '\u2066', '\u200b']) {
    expect(written.includes(obeyed), JSON.stringify(obeyed)).toBe(false);
  }
  for (const cells of terminal.cells().slice(3, 37)) expect(cells[119]?.text).toMatch(/[╮│╯]/);
});

test('the screen is never cleared but at the start and when it is resized', async () => {
  await using terminal = attach(cluster);
  await open(terminal);
  const { length } = terminal.output;
  await busy(terminal);
  for (const [pressed, shown] of [
    ['?', '━ help ━'],
    [key.tab, 'look around'],
    ['?', '╭━ replicas'],
  ] as const) {
    terminal.press(pressed);
    await terminal.until(shown);
  }
  terminal.press('z', 'z', ' ', ' ', 'b');
  await terminal.until('100 writes sent at once');
  await terminal.until(/10[1-9] ok|1[1-9]\d ok/);
  expect(terminal.output.slice(length)).not.toMatch(CLEAR);
});
