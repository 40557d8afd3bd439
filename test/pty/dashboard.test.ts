// The dashboard on a cluster of its own: as it opens, with one replica and with two, and as it ends.
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { leaderOf, open, panel, row } from './dashboard.ts';
import { Terminal } from './terminal.ts';

test('opens on three live replicas, and q leaves nothing behind', async () => {
  await using terminal = new Terminal(['--port', '0'], { columns: 120, rows: 40 });
  await open(terminal);
  expect(terminal.sandbox.processes()).toHaveLength(5);
  terminal.press('q');
  expect(await terminal.exit()).toEqual({ code: 0, signal: 0 });
  expect(terminal.sandbox.processes()).toEqual([]);
  expect(readdirSync(terminal.sandbox.tmp)).toEqual([]);
});

test('one replica leads itself: its writes are committed, and there are no links to cut', async () => {
  await using terminal = new Terminal(['--port', '0', '--replicas', '1'], { columns: 120, rows: 40 });
  await open(terminal, 1);
  terminal.press('w', 't');
  await terminal.until(/last read +k1 = v1 +from n1 at 1:2, committed/);
  const screen = terminal.screen();
  expect(panel(screen, 'links')).toContain('one replica alone has no links');
  // What cannot be done is not offered.
  expect(screen).not.toMatch(/ c cut n1| d delay n1/);
  terminal.press('c');
  await terminal.until('✗ one replica alone has no links');
  terminal.press('k');
  await terminal.until('no leader: 0 of 1 up');
  terminal.press('w');
  await terminal.until(/last write k2 = v2 +✗ rejected: /);
  terminal.press('s');
  await terminal.until((now) => leaderOf(now) === 'n1' && now.includes(' term 2 '));
  terminal.press('w');
  await terminal.until(/last write k3 = v3 +✓ ok at 2:/);
});

test('two replicas: the death of one stops writes, and it is said why', async () => {
  await using terminal = new Terminal(['--port', '0', '--replicas', '2'], { columns: 120, rows: 40 });
  const leader = await open(terminal, 2);
  terminal.press('k');
  await terminal.until((now) => row(now, leader).includes('✗ down') && /no leader: 1 of 2 up/.test(now));
  terminal.press('w');
  await terminal.until(/last write k1 = v1 +✗ rejected: /);
  expect(terminal.screen()).toContain('nobody leads: 1 of 2 up');
  terminal.press('s');
  await terminal.until((now) => leaderOf(now) !== '' && now.includes(' term 2 '));
  terminal.press('w');
  await terminal.until(/last write k2 = v2 +✓ ok at 2:/);
});
