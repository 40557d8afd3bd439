import { expect } from 'vitest';
import { PANELS } from '../../../views/panel-names.ts';
import type { Running } from '../../process/running.ts';
import { attach, focus, focusOf, isSelected, open, panel, row } from '../dashboard.ts';
import { key, type Terminal } from '../terminal.ts';
import { back, countOf, type KeyCheck, type Stage } from './check.ts';

/** What changes the screen alone. */
export const LOOKING: readonly KeyCheck[] = [
  { keys: ['1', '2', '3', '4', '5', '6', '7', '8', '9'], does: 'select a replica', check: selectByDigit },
  { keys: ['up', 'down'], does: 'select the replica before or after', check: selectByArrows },
  { keys: ['left', 'right'], does: 'move the cursor of the logs', check: moveInLogs },
  { keys: ['page-up', 'page-down', 'home', 'end'], does: 'move far in the logs and in events', check: moveFar },
  { keys: ['tab', 'shift+tab'], does: 'give the focus to the next panel, or the one before', check: moveFocus },
  { keys: ['enter'], does: 'opens an entry: what is in it, and who holds it', check: opensEntry },
  { keys: ['z'], does: 'gives the window to one panel', check: zooms },
  { keys: ['space'], does: 'freezes the screen, and not a byte is written', check: freezes },
  { keys: ['/'], does: 'filters events', check: filters },
  { keys: ['M'], does: 'gives the mouse to the terminal, and takes it back', check: givesMouse },
  { keys: ['?'], does: 'shows the help, topic by topic, and obeys nothing meanwhile', check: helps },
  { keys: ['escape'], does: 'goes back one step at a time', check: goesBack },
];

async function selectByDigit({ terminal }: Stage): Promise<void> {
  for (const digit of ['3', '1', '2']) {
    terminal.press(digit);
    await terminal.until((now) => isSelected(now, `n${digit}`));
  }
  // There are three: nothing is selected by the others, and what follows them shows that they were read.
  terminal.press(...'456789', '?');
  const screen = await terminal.until('━ help ━');
  expect(panel(screen, 'replicas')).not.toMatch(/▸ n[13]/);
  await back(terminal, '━ help ━');
  expect(isSelected(terminal.screen(), 'n2')).toBe(true);
}

async function selectByArrows({ terminal }: Stage): Promise<void> {
  await terminal.until((now) => isSelected(now, 'n1'));
  terminal.press(key.down);
  await terminal.until((now) => isSelected(now, 'n2'));
  terminal.press(key.down, key.down);
  await terminal.until((now) => isSelected(now, 'n3'));
  terminal.press(key.up);
  await terminal.until((now) => isSelected(now, 'n2'));
}

async function moveInLogs({ terminal, cluster }: Stage): Promise<void> {
  const { position } = await cluster.writeUntilOk('a', 'b');
  const newest = lsnOf(position);
  await terminal.until(`newest ${newest}`);
  await focus(terminal, 'logs');
  terminal.press(key.right);
  for (const lsn of [newest, newest - 1]) {
    terminal.press(key.left);
    await terminal.until(`LSN ${lsn} · Enter opens`);
  }
  terminal.press(key.right);
  await terminal.until(`LSN ${newest} · Enter opens`);
  terminal.press(key.right);
  await terminal.until(`newest ${newest}`);
}

async function moveFar({ terminal, cluster }: Stage): Promise<void> {
  await cluster.cli('write', 'far', 'away', '--count', '25');
  const newest = lsnOf((await cluster.writeUntilOk('the', 'last')).position);
  await terminal.until(`newest ${newest}`);
  await focus(terminal, 'logs');
  for (const [pressed, lsn] of [
    [key.pageUp, newest - 9],
    [key.pageUp, newest - 19],
    [key.pageDown, newest - 9],
    [key.home, 1],
    [key.pageDown, 11],
  ] as const) {
    terminal.press(pressed);
    await terminal.until(`LSN ${lsn} · Enter opens`);
  }
  terminal.press(key.end);
  await terminal.until(`newest ${newest}`);

  await manyEvents(terminal, cluster);
  await focus(terminal, 'events');
  for (const [pressed, newer] of [
    [key.pageUp, 10],
    [key.up, 11],
    [key.pageDown, 1],
  ] as const) {
    terminal.press(pressed);
    await terminal.until(`${newer} newer, End follows`);
  }
  terminal.press(key.home);
  await terminal.until((now) => /^.*\n.* the router started: the ledger begins here/.test(panel(now, 'events')));
  terminal.press(key.end);
  await terminal.until((now) => !now.includes('newer, End follows'));
}

async function moveFocus({ terminal }: Stage): Promise<void> {
  await terminal.until((now) => focusOf(now) === 'replicas');
  for (const name of [...PANELS.slice(1), 'replicas']) {
    terminal.press(key.tab);
    await terminal.until((now) => focusOf(now) === name);
  }
  for (const name of PANELS.toReversed()) {
    terminal.press(key.shiftTab);
    await terminal.until((now) => focusOf(now) === name);
  }
}

async function opensEntry({ terminal, cluster, leader }: Stage): Promise<void> {
  const { position } = await cluster.writeUntilOk('my key', 'my value');
  await terminal.until((now) => row(now, 'n1').includes(` ${position} `));
  terminal.press(key.enter);
  await focus(terminal, 'logs');
  // Without the focus on the logs, Enter has opened nothing.
  expect(terminal.screen()).not.toContain('Esc closes');
  terminal.press(key.enter);
  await terminal.until(`━ entry ${position} of n1 ━`);
  for (const line of [
    /key +my key/,
    /value +my value/,
    /mode +quorum/,
    /fate +✓ committed/,
    new RegExp(`client +was told ✓ ok after [\\d.]+ ms by ${leader}`),
    ...['n1', 'n2', 'n3'].map((id) => new RegExp(`${id} +[●○] █ committed`)),
  ]) {
    await terminal.until(line);
  }
  await back(terminal, '━ entry ');
}

async function zooms({ terminal }: Stage): Promise<void> {
  await focus(terminal, 'links');
  terminal.press('z');
  const screen = await terminal.until((now) => panel(now, 'replicas') === '');
  expect(PANELS.filter((name) => panel(screen, name) !== '')).toEqual(['links']);
  expect(panel(screen, 'links').split('\n')[0]).toHaveLength(120);
  terminal.press('z');
  await terminal.until((now) => PANELS.every((name) => panel(now, name) !== ''));
}

async function freezes({ terminal, cluster }: Stage): Promise<void> {
  await using beside = attach(cluster);
  await open(beside);
  const before = countOf(terminal.screen(), 'ok');
  terminal.press(' ');
  await terminal.until(/‖ FROZEN: Space goes on/);
  const { length } = terminal.output;
  for (const more of [1, 2, 3]) {
    await cluster.writeUntilOk('unseen', `${more}`);
    await beside.until((now) => countOf(now, 'ok') === before + more);
  }
  expect(terminal.output.slice(length)).toBe('');
  // A key acts, and what comes of it is not seen either.
  terminal.press('w');
  await beside.until((now) => countOf(now, 'ok') === before + 4);
  terminal.press('?');
  await terminal.until('━ help ━');
  await back(terminal, '━ help ━');
  expect(countOf(terminal.screen(), 'ok')).toBe(before);
  expect(terminal.screen()).not.toContain('k1 = v1');
  terminal.press(' ');
  const screen = await terminal.until((now) => !now.includes('FROZEN'));
  expect(countOf(screen, 'ok')).toBe(before + 4);
  expect(screen).toContain('last write k1 = v1');
}

async function filters({ terminal, cluster }: Stage): Promise<void> {
  await cluster.client.ask({ op: 'mode', mode: 'sync' });
  await terminal.until('writes are sync from now on');
  terminal.press('/', ...'SYNC FROM');
  // It is obeyed while it is typed.
  await terminal.until(
    (now) => now.includes('filter: SYNC FROM') && eventsOf(now).every((line) => /sync from/.test(line)),
  );
  expect(eventsOf(terminal.screen()).length).toBeGreaterThan(0);
  terminal.press(key.enter);
  await terminal.until('filter: SYNC FROM  Esc shows all again');
  expect(panel(terminal.screen(), 'events')).toContain('/SYNC FROM');
  terminal.press('/', key.backspace, 'x');
  await terminal.until('no event contains this');
  // The one that was kept comes back, and then goes.
  terminal.press(key.escape);
  await terminal.until('filter: SYNC FROM  Esc shows all again');
  await back(terminal, 'filter:');
  await terminal.until((now) => eventsOf(now).some((line) => !/sync from/.test(line)));
}

async function givesMouse({ terminal }: Stage): Promise<void> {
  expect(terminal.output.lastIndexOf(MOUSE_ON)).toBeGreaterThan(terminal.output.lastIndexOf(MOUSE_OFF));
  terminal.press('M');
  await terminal.until('the mouse is the terminal’s again');
  expect(terminal.output.lastIndexOf(MOUSE_OFF)).toBeGreaterThan(terminal.output.lastIndexOf(MOUSE_ON));
  terminal.press('M');
  await terminal.until('M gives it back');
  expect(terminal.output.lastIndexOf(MOUSE_ON)).toBeGreaterThan(terminal.output.lastIndexOf(MOUSE_OFF));
}

async function helps({ terminal, cluster, leader }: Stage): Promise<void> {
  terminal.press('?');
  await terminal.until(/kill -9 the leader/);
  for (const words of ['select a replica; the arrows do, too', '○ follower', 'log sequence number', 'break things']) {
    terminal.press(key.tab);
    await terminal.until(words);
  }
  const { writes } = await cluster.until(() => true);
  terminal.press(...'kKwxcl', '?');
  await terminal.until((now) => !now.includes('━ help ━'));
  const after = await cluster.until(() => true);
  expect(after).toMatchObject({ leader, writes, links: [] });
}

async function goesBack({ terminal, cluster }: Stage): Promise<void> {
  await manyEvents(terminal, cluster);
  await focus(terminal, 'events');
  terminal.press(key.up);
  await terminal.until('1 newer, End follows');
  await back(terminal, 'newer, End follows');
  terminal.press(' ', '/', ...'the', key.enter, 'z', '?');
  await terminal.until('━ help ━');
  await back(terminal, '━ help ━');
  expect(panel(terminal.screen(), 'replicas')).toBe('');
  terminal.press(key.escape);
  await terminal.until((now) => panel(now, 'replicas') !== '');
  expect(terminal.screen()).toContain('/the');
  await back(terminal, '/the');
  expect(terminal.screen()).toContain('FROZEN');
  await back(terminal, 'FROZEN');
  expect(row(terminal.screen(), 'n1')).not.toBe('');
}

/** More events than there are rows, whatever happened before. */
async function manyEvents(terminal: Terminal, cluster: Running): Promise<void> {
  for (let more = 0; more < 15; more += 1) {
    await cluster.client.ask({ op: 'mode', mode: 'async' });
    await cluster.client.ask({ op: 'mode', mode: 'quorum' });
  }
  await cluster.client.ask({ op: 'mode', mode: 'sync' });
  await terminal.until('writes are sync from now on');
}

const MOUSE_ON = '\x1b[?1000h';
const MOUSE_OFF = '\x1b[?1000l';

const lsnOf = (position: string | null): number => Number(position?.split(':')[1]);

/** The events on the screen, a line each or more. */
const eventsOf = (screen: string): string[] =>
  panel(screen, 'events')
    .split('\n')
    .slice(1)
    .filter((line) => /\d\d:\d\d:\d\d/.test(line));
