// The tour: writes, reads, a slow link, a kill. What the screen says was lost is what the new history lacks.
import { expect, test } from 'vitest';
import type { ReplicaId } from '../../core/protocol/position.ts';
import type { PanelName } from '../../views/panel-names.ts';
import { run } from '../process/lockstep.ts';
import { focus, leaderOf, lightsOf, open, panel, row, select } from './dashboard.ts';
import { key, Terminal } from './terminal.ts';

/** A write that is gone, as it is named. */
interface Lost {
  readonly id: string;
  readonly position: string;
}

/** A cluster of one's own, in a window where every panel has a frame. */
const play = (): Terminal => new Terminal(['--port', '0'], { columns: 120, rows: 50 });

/** What another client is told, by a command that prints records. */
async function ask(terminal: Terminal, ...args: readonly string[]) {
  const addr = /lockstep · (127\.0\.0\.1:\d+)/.exec(terminal.screen())?.[1] ?? '';
  const { code, records } = await run([...args, '--json', '--addr', addr], { sandbox: terminal.sandbox });
  expect(code).toBe(0);
  return records;
}

/** What a tour is: with each key waited for, or with as many at once as the order allows. */
type Begin = (terminal: Terminal, leader: ReplicaId) => Promise<void>;

const stepByStep =
  (mode: 'async' | 'quorum'): Begin =>
  async (terminal, leader) => {
    terminal.press('w');
    await terminal.until(/last write k1 = v1 +✓ ok at 1:2/);
    terminal.press('t');
    await terminal.until(/last read +k1 = v1 +from n\d at 1:2/);
    for (const next of mode === 'async' ? ['sync', 'async'] : []) {
      terminal.press('m');
      await terminal.until(` mode ${next} `);
    }
    await select(terminal, leader);
    terminal.press('l');
    await terminal.until('▶ load');
    terminal.press('d');
    await terminal.until(/undo: n\d delayed/);
  };

const inOneWrite =
  (mode: 'async' | 'quorum'): Begin =>
  async (terminal, leader) => {
    terminal.press(`wt${mode === 'async' ? 'mm' : ''}${leader.slice(1)}ld`);
    await terminal.until((now) => now.includes('▶ load') && now.includes(` mode ${mode} `));
  };

/** Kills the leader while entries are on their way, ends the load, and waits until all that was written is settled. */
async function kill(terminal: Terminal, leader: ReplicaId): Promise<ReplicaId> {
  const logs = (screen: string): string => panel(screen, 'logs');
  await terminal.until((now) => /[█▓\d]›{3}/.test(logs(now)) && new RegExp(`▸ ${leader} ● .*▓{5}`).test(logs(now)));
  terminal.press('k');
  await terminal.until((now) => row(now, leader).includes('✗ down'));
  terminal.press('l');
  const screen = await terminal.until(
    (now) =>
      !now.includes('▶ load') && !['', leader].includes(leaderOf(now)) && panel(now, 'session').includes(' 0 pending'),
  );
  return leaderOf(screen) as ReplicaId;
}

/** The acknowledged writes that are not in the log of `leader`: by position, oldest first. */
async function lacking(terminal: Terminal, leader: ReplicaId): Promise<Lost[]> {
  const [ledger] = await ask(terminal, 'ledger', '--limit', '1000');
  const log = await ask(terminal, 'log', leader);
  const held = new Set(log.map(({ id }) => id));
  expect(held.size).toBeGreaterThan(1);
  const writes: readonly (Lost & { outcome: string })[] = ledger?.writes;
  return writes
    .filter(({ id, outcome }) => outcome === 'ok' && !held.has(id))
    .map(({ id, position }) => ({ id, position }));
}

/** All that a panel has of a pattern, scrolled through until there are `count`. */
async function scrolledThrough(
  terminal: Terminal,
  name: PanelName,
  [pattern, count]: readonly [RegExp, number],
  [pressed, aside]: readonly [string, string],
): Promise<readonly RegExpMatchArray[]> {
  await focus(terminal, name);
  terminal.press('z');
  await terminal.until((now) => panel(now, name).indexOf('\n') === 120);
  const found = new Map<string, RegExpMatchArray>();
  for (let by = 1; ; by += 1) {
    for (const match of panel(terminal.screen(), name).matchAll(pattern)) found.set(match[0], match);
    if (found.size >= count) break;
    terminal.press(pressed);
    await terminal.until(` ${by} ${aside}`);
  }
  terminal.press('z');
  await terminal.until((now) => panel(now, 'replicas') !== '');
  return [...found.values()];
}

const byPosition = (a: Lost, b: Lost): number => Number(a.position.split(':')[1]) - Number(b.position.split(':')[1]);

test.each<readonly [string, Begin]>([
  ['key by key', stepByStep('async')],
  ['all at once', inOneWrite('async')],
])('async, %s: the screen names exactly the acknowledged writes that the new history lacks', async (_, begin) => {
  await using terminal = play();
  const old = await open(terminal);
  await begin(terminal, old);
  const leader = await kill(terminal, old);
  const lost = await lacking(terminal, leader);
  expect(lost.length).toBeGreaterThan(0);

  const [told] = await ask(terminal, 'ledger', '--lost', '--limit', '1000');
  expect(told?.writes.map(({ id, position }: Lost) => ({ id, position }))).toEqual(lost);
  expect((await ask(terminal, 'status'))[0]?.fates).toMatchObject({ lost: lost.length, pending: 0 });

  await terminal.until((now) => panel(now, 'session').includes(`✗ ${lost.length} lost`));
  expect(lightsOf(terminal.screen())).toMatch(/^●▲/);
  const rows = await scrolledThrough(
    terminal,
    'session',
    [/^ ?✗ (\d+:\d+) +load-\d +async +acknowledged by (n\d), durable on (n\d) then/gm, lost.length],
    [key.down, 'above'],
  );
  expect(rows.map(([, position = '']) => position).toSorted()).toEqual(lost.map(({ position }) => position).toSorted());
  expect(new Set(rows.flatMap(([, , by, on]) => [by, on]))).toEqual(new Set([old]));

  terminal.press('/', ...'lost:', key.enter);
  const events = await scrolledThrough(
    terminal,
    'events',
    [/✗ lost: (w\d+) \(load-\d\) at (\d+:\d+), acknowledged under async/g, lost.length],
    [key.up, 'newer'],
  );
  expect(events.map(([, id = '', position = '']) => ({ id, position })).sort(byPosition)).toEqual(lost);
  terminal.press(key.end);
  await terminal.until((now) => !now.includes('newer'));
  terminal.press(key.escape);
  await terminal.until((now) => !now.includes('/lost:'));

  await terminal.until((now) => new RegExp(`${old} ✗ .*▚`).test(panel(now, 'logs')));
  terminal.press('s');
  await terminal.until((now) => row(now, old).includes('○ follower'));
  // It drops these, and what it had not got to acknowledge behind them.
  const drops = new RegExp(`${old} drops (\\d+) entries \\((\\d+:\\d+) to 1:(\\d+)\\)`);
  const dropIn = (screen: string) => drops.exec(panel(screen, 'events').replace(/\s+/g, ' '));
  const screen = await terminal.until((now) => dropIn(now) !== null && /dropped \d+ to \d+/.test(panel(now, 'logs')));
  const [, count, first, last] = dropIn(screen) ?? [];
  expect(first).toBe(lost[0]?.position);
  expect(Number(count)).toBeGreaterThanOrEqual(lost.length);
  expect(Number(last)).toBeGreaterThanOrEqual(Number(lost.at(-1)?.position.split(':')[1]));
  expect(panel(screen, 'logs')).toContain(`dropped ${first?.split(':')[1]} to ${last}`);
});

test.each<readonly [string, Begin]>([
  ['key by key', stepByStep('quorum')],
  ['all at once', inOneWrite('quorum')],
])('quorum, %s: nothing that was acknowledged is lost', async (_, begin) => {
  await using terminal = play();
  const old = await open(terminal);
  await begin(terminal, old);
  const leader = await kill(terminal, old);
  expect(await lacking(terminal, leader)).toEqual([]);
  expect((await ask(terminal, 'ledger', '--lost'))[0]?.writes).toEqual([]);
  expect((await ask(terminal, 'status'))[0]?.fates).toMatchObject({ lost: 0, pending: 0 });
  const screen = await terminal.until((now) => panel(now, 'session').includes(' 0 lost'));
  expect(lightsOf(screen)).toMatch(/^●●/);
  expect(screen).not.toContain('✗ lost');
  terminal.press('s');
  await terminal.until((now) => row(now, old).includes('○ follower'));
});
