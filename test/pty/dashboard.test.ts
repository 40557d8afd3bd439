// The dashboard on a real cluster, by its keys, as a person sees it.
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Running } from '../process/running.ts';
import { key, Terminal } from './terminal.ts';

/** The line of the screen that a replica has in the table: the first one that names it beside a glyph. */
function row(screen: string, id: string): string {
  return screen.split('\n').find((line) => new RegExp(`\\b${id}  ?[●○◐✗‖]`).test(line)) ?? '';
}

const leaderOf = (screen: string): string => /● (n\d) leads/.exec(screen)?.[1] ?? '';

/** Waits until there is a leader, and every one of three replicas has told what it is: the last may come later. */
async function open(terminal: Terminal): Promise<string> {
  const isKnown = (screen: string, id: string): boolean => /leader|follower/.test(row(screen, id));
  await terminal.until((screen) => leaderOf(screen) !== '' && ['n1', 'n2', 'n3'].every((id) => isKnown(screen, id)));
  return leaderOf(terminal.screen());
}

test('opens on three live replicas, and q leaves nothing behind', async () => {
  await using terminal = new Terminal(['--port', '0'], { columns: 100, rows: 30 });
  await open(terminal);
  expect(terminal.sandbox.processes()).toHaveLength(5);
  terminal.press('q');
  expect(await terminal.exit()).toEqual({ code: 0, signal: 0 });
  expect(terminal.sandbox.processes()).toEqual([]);
  expect(readdirSync(terminal.sandbox.tmp)).toEqual([]);
  // The screen that was there before is back, and so is the cursor.
  expect(terminal.output).toContain('\x1b[?1049l');
  expect(terminal.output.lastIndexOf('\x1b[?25h')).toBeGreaterThan(terminal.output.lastIndexOf('\x1b[?25l'));
});

test('write, token read, kill, write, start: the tour of the README', async () => {
  await using terminal = new Terminal(['--port', '0'], { columns: 110, rows: 34 });
  const old = await open(terminal);
  terminal.press('w');
  await terminal.until(/last write +k1 = v1 +✓ ok at 1:2/);
  terminal.press('t');
  await terminal.until(/last read +k1 = v1 +from n\d at 1:2/);
  terminal.press('k');
  await terminal.until((screen) => leaderOf(screen) !== '' && leaderOf(screen) !== old);
  await terminal.until((screen) => /✗ down/.test(row(screen, old)));
  expect(row(terminal.screen(), old)).toContain('▸');
  terminal.press('w');
  await terminal.until(/last write +k2 = v2 +✓ ok at [2-9]:\d+/);
  terminal.press('s');
  await terminal.until((screen) => /○ follower +[2-9] .* 0 *$/m.test(row(screen, old)));
  terminal.press('q');
  expect(await terminal.exit()).toEqual({ code: 0, signal: 0 });
});

test('a burst of keys in one read is as many requests; m goes through the modes; 1 to 9 and arrows select', async () => {
  await using terminal = new Terminal(['--port', '0'], { columns: 110, rows: 34 });
  await open(terminal);
  terminal.press('www');
  await terminal.until(/3 ok +0 rejected +0 unknown/);
  terminal.press('wt');
  await terminal.until(/last read +k4 = v4 +from n\d/);
  await terminal.until(/mode quorum/);
  terminal.press('m');
  await terminal.until(/mode sync/);
  terminal.press('m');
  await terminal.until(/mode async/);
  terminal.press('3');
  await terminal.until((screen) => row(screen, 'n3').includes('▸'));
  terminal.press(key.up);
  await terminal.until((screen) => row(screen, 'n2').includes('▸'));
  terminal.press(key.controlC);
  expect(await terminal.exit()).toMatchObject({ code: 130 });
  expect(terminal.sandbox.processes()).toEqual([]);
});

test.each([
  [60, 20],
  [80, 24],
  [140, 45],
])('fits into %i×%i: every replica, the result of a write, the keys', async (columns, rows) => {
  await using terminal = new Terminal(['--port', '0'], { columns, rows });
  await open(terminal);
  terminal.press('w');
  await terminal.until(/k1 = v1/);
  for (const id of ['n1', 'n2', 'n3']) expect(row(terminal.screen(), id)).not.toBe('');
  expect(terminal.screen()).toMatch(/q quit/);
});

test('below its smallest size it says what it needs, and q works', async () => {
  await using terminal = new Terminal(['--port', '0'], { columns: 40, rows: 10 });
  await terminal.until(/60/);
  terminal.press('q');
  expect(await terminal.exit()).toEqual({ code: 0, signal: 0 });
  expect(terminal.sandbox.processes()).toEqual([]);
});

test('attach shows a running cluster; q leaves that running', async () => {
  await using cluster = await Running.up();
  const leader = await cluster.leader();
  await using terminal = new Terminal(['attach', '--addr', cluster.addr], { sandbox: cluster.sandbox });
  expect(await open(terminal)).toBe(leader);
  await cluster.client.ask({ op: 'write', key: 'elsewhere', value: 'x' });
  await terminal.until(/1 ok +0 rejected/);
  terminal.press('q');
  expect(await terminal.exit()).toEqual({ code: 0, signal: 0 });
  expect(await cluster.write('key', 'still here')).toMatchObject({ outcome: 'ok' });
});
