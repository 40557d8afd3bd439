// What each panel says of a real cluster, as things happen to it.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { LedgerWriteView } from '../../core/observe/api.ts';
import type { ReplicaId } from '../../core/protocol/position.ts';
import { PANELS, type PanelName } from '../../views/panel-names.ts';
import { Running } from '../process/running.ts';
import { attach, focus, leaderOf, lightsOf, mend, open, panel, row, select } from './dashboard.ts';
import { key, type Terminal } from './terminal.ts';

const [N1, N2, N3] = ['n1', 'n2', 'n3'] as [ReplicaId, ReplicaId, ReplicaId];
let cluster: Running;
beforeAll(async () => {
  cluster = await Running.up();
});
afterAll(() => cluster[Symbol.asyncDispose]());
afterEach(() => mend(cluster));

/** What the logs show of a replica, from its first entry on. */
const logOf = (screen: string, id: string): string =>
  new RegExp(`^[▸ ]* ${id} \\S (.*)$`, 'm').exec(panel(screen, 'logs'))?.[1] ?? '';

/** One panel, alone in the window. */
async function zoomed(terminal: Terminal, name: PanelName): Promise<string> {
  await focus(terminal, name);
  terminal.press('z');
  return panel(await terminal.until((now) => panel(now, name).indexOf('\n') === 120), name);
}

/** The leader acknowledges writes to `keys` that nobody else gets. */
async function writeAlone(leader: ReplicaId, keys: readonly string[]): Promise<readonly string[]> {
  await cluster.setMode('async');
  await cluster.cut(leader);
  const results = await Promise.all(keys.map((name) => cluster.write(name, 'alone')));
  return results.map(({ outcome, position }) => {
    expect(outcome).toBe('ok');
    return position ?? '';
  });
}

/** Writes that were acknowledged and are gone: there are three at least. */
async function losses(): Promise<readonly LedgerWriteView[]> {
  const { writes } = await cluster.client.ask({ op: 'ledger', fate: 'lost' });
  if (writes.length > 0) return writes;
  const leader = await cluster.leader();
  await writeAlone(leader, ['x', 'y', 'z']);
  await cluster.act('kill', leader);
  await cluster.until(({ fates }) => fates.lost === 3);
  await mend(cluster);
  return losses();
}

test('guarantees: what was not put to the test yet says how to test it, and then that it was kept', async () => {
  await using fresh = await Running.up();
  await using terminal = attach(fresh);
  await open(terminal);
  const before = panel(terminal.screen(), 'guarantees');
  expect(before).toMatch(/● one leader per term +kept +1 test\b/);
  expect(before).toMatch(/○ no acknowledged loss +press w/);
  expect(before).toMatch(/○ reads see your writes +press w/);
  expect(before).toMatch(/○ reads never go back +press [wt]/);
  expect(lightsOf(terminal.screen())).toBe('●○○○');
  terminal.press('w', 't');
  const screen = await terminal.until((now) => lightsOf(now) === '●●●●');
  expect(panel(screen, 'guarantees').match(/● .* kept +1 test\b/g)).toHaveLength(4);
});

test('replicas: role, position, watermarks and lag of each, and what hinders it', async () => {
  await using terminal = attach(cluster);
  const leader = await open(terminal);
  const [near, far] = (await cluster.followers()) as [ReplicaId, ReplicaId];
  await cluster.cut(far);
  const { position } = await cluster.writeUntilOk('a', '1');
  const lsn = position?.split(':')[1];
  await terminal.until((now) => new RegExp(`● leader +${position} +${lsn} +${lsn} +– .*cut`).test(row(now, leader)));
  await terminal.until((now) => new RegExp(`○ follower +${position} +${lsn} +${lsn} +0 `).test(row(now, near)));
  await terminal.until((now) => / +1 +\S*(cut|late)/.test(row(now, far)));
  await cluster.act('pause', near);
  await terminal.until((now) => row(now, near).includes('‖ paused'));
  await cluster.act('kill', far);
  await terminal.until((now) => row(now, far).includes('✗ down') && row(now, far).includes(`${far.slice(1)} s`));
  await terminal.until(/no leader: 1 of 3 up/);
});

test('logs: what a leader alone has is not committed, is dropped when it comes back, and the ghost of it stays', async () => {
  await using terminal = attach(cluster);
  const leader = await open(terminal);
  await select(terminal, leader);
  const [follower] = await cluster.followers();
  const positions = await writeAlone(leader, ['x', 'y', 'z']);
  const alone = await terminal.until((now) => /▓▓▓ *$/.test(logOf(now, leader)));
  expect(logOf(alone, follower as string)).toMatch(/[·›]{3} *$/);

  // By itself: cut off for long enough, it is no longer the leader that k kills.
  terminal.press('K');
  await terminal.until((now) => row(now, leader).includes('✗ down') && !['', leader].includes(leaderOf(now)));
  // The first entry of the new term stands where the first of the three does: the digit of the term is in it.
  const dead = await terminal.until((now) => /▚▚▚ *$/.test(logOf(now, leader)));
  expect(panel(dead, 'logs')).toMatch(new RegExp(`${leader} ✗ `));
  expect(logOf(dead, leaderOf(dead))).toMatch(/\d *$/);

  terminal.press('h');
  await terminal.until((now) => row(now, leader).includes('○ follower'));
  const ghost = await terminal.until(/ ✗✗✗ dropped \d+ to \d+| dropped \d+ to \d+ ✗✗✗/);
  const lsns = positions.map((position) => Number(position.split(':')[1]));
  expect(ghost).toContain(`dropped ${Math.min(...lsns)} to ${Math.max(...lsns)}`);
  await terminal.until((now) => logOf(now, leader) !== '' && logOf(now, leader) === logOf(now, leaderOf(now)));
  expect(panel(ghost, 'events').replace(/\s+/g, ' ')).toContain(
    `${leader} drops 3 entries (${positions[0]} to ${positions[2]})`,
  );
});

test('logs and links: under a delay entries are seen on their way', async () => {
  await using terminal = attach(cluster);
  const leader = await open(terminal);
  const [follower] = await cluster.followers();
  await select(terminal, leader);
  terminal.press('d', 'l');
  await terminal.until((now) => /[█▓]›+/.test(logOf(now, follower as string)));
  await terminal.until((now) => /[█\d]▓+/.test(logOf(now, leader)));
  await terminal.until((now) => panel(now, 'links').match(/~200/g)?.length === 4);
  await terminal.until((now) => / [1-9]\d* +delayed/.test(row(now, follower as string)));
  terminal.press('l', 'd');
  await terminal.until(
    (now) => / 0 /.test(row(now, follower as string)) && !logOf(now, follower as string).includes('›'),
  );
});

test('guarantees: a loss under async and a stale read are amber, with the example', async () => {
  await losses();
  await using terminal = attach(cluster);
  await open(terminal);
  const [far] = (await cluster.followers()) as [ReplicaId];
  await cluster.cut(far);
  await cluster.writeUntilOk('stale', 'new');
  await cluster.client.ask({ op: 'read', key: 'stale', level: 'any', from: far });
  await terminal.until((now) => lightsOf(now).startsWith('●▲▲'));
  const screen = await zoomed(terminal, 'guarantees');
  expect(screen).toMatch(/▲ no acknowledged write lost +missed/);
  expect(screen).toMatch(/w\d+ \([xyz]\), acknowledged under async at \d+:\d+, was rolled back/);
  expect(screen).toMatch(/▲ token reads see your writes +missed/);
  expect(screen).toContain(`read on ${far} saw`);
});

test('links: who reaches whom, with cuts, delays and drops, in the matrix and in words', async () => {
  await using terminal = attach(cluster);
  await open(terminal);
  terminal.press(':', ...'link n1 n2 drop=30', key.enter);
  await terminal.until('✓ · Esc closes');
  terminal.press(key.escape);
  await terminal.until((now) => !now.includes('Esc closes'));
  await cluster.client.ask({ op: 'link', from: N1, to: N2, fault: { kind: 'delay', ms: 50 }, oneWay: true });
  await cluster.client.ask({ op: 'link', from: N3, to: N1, fault: { kind: 'cut' }, oneWay: true });
  await terminal.until('3 of 6 faulty');
  const screen = await zoomed(terminal, 'links');
  expect(screen).toMatch(/from ↓ to → +n1 +n2 +n3/);
  expect(screen).toMatch(/n1 +· +~50 %30 +✓/);
  expect(screen).toMatch(/n2 +%30 +· +✓/);
  expect(screen).toMatch(/n3 +✗ cut +✓ +·/);
  expect(screen).toContain('n1 → n2 delayed 50 ms, drops 30%');
  expect(screen).toContain('n2 → n1 drops 30%');
  expect(screen).toContain('n3 → n1 cut');
});

test('session: the ledger lists the writes of all, and the losses first', async () => {
  const lost = await losses();
  expect(lost.map((write) => write.key)).toEqual(['x', 'y', 'z']);
  await using terminal = attach(cluster);
  await open(terminal);
  terminal.press('w');
  await terminal.until(/k1 = v1 +✓ ok .*✓ committed/);
  const { writes } = await cluster.client.ask({ op: 'ledger' });
  const screen = await zoomed(terminal, 'session');
  expect(screen).toContain('✗ 3 lost');
  const lines = screen.split('\n').map((line) => line.trim());
  const head = lines.findIndex((line) => /^lost: 3 acknowledged writes/.test(line));
  for (const [i, { key: name, position, leader }] of lost.toReversed().entries()) {
    expect(lines[head + 1 + i]).toMatch(new RegExp(`✗ ${position} +${name} +async +.*by ${leader}`));
  }
  const table = lines.findIndex((line) => /^position +key +mode +outcome +fate/.test(line));
  expect(table).toBeGreaterThan(head);
  for (const [i, { key: name, position, mode, fate }] of writes.toReversed().slice(0, 5).entries()) {
    expect(lines[table + 1 + i]).toMatch(new RegExp(`^${position} +${name} +${mode} +✓ ok +. ${fate} `));
  }
});

test('session: the last read is explained, with all candidates', async () => {
  await using terminal = attach(cluster);
  const leader = await open(terminal);
  const [near, far] = (await cluster.followers()) as [ReplicaId, ReplicaId];
  await cluster.act('kill', far);
  terminal.press('w');
  await terminal.until(/last write k1 = v1 +✓ ok at/);
  await cluster.leader();
  terminal.press('t');
  await terminal.until(/last read +k1/);
  const screen = await zoomed(terminal, 'session');
  const token = /token +(\d+:\d+)/.exec(screen)?.[1];
  expect(screen).toMatch(new RegExp(`last read +k1 = v1 +from ${near} at ${token}`));
  expect(screen).toMatch(new RegExp(`asked: token ${token} · waited [\\d.]+ ms`));
  expect(screen).toContain(`why: ${near} is a follower and holds ${token}`);
  expect(screen).toMatch(new RegExp(`→ ${near} +${token} +holds ${token}`));
  expect(screen).toMatch(new RegExp(` {2}${leader} +${token} `));
  expect(screen).toMatch(new RegExp(` {2}${far} +– +down`));

  // Nobody who lives has it: it is said at once who has got how far.
  await cluster.act('pause', near);
  await cluster.act('pause', leader);
  terminal.press('t');
  await terminal.until(/last read +k1 +✗ no-replica|last read +k1 +✗ not-caught-up/);
  expect(terminal.screen()).not.toContain('→ n');
});

test('charts: lines where there is room, sparklines where there is little', async () => {
  await using terminal = attach(cluster);
  await open(terminal);
  terminal.press('b');
  await terminal.until((now) => /acknowledged .*\b[1-9]\d*\/s/.test(panel(now, 'charts')));
  const large = panel(terminal.screen(), 'charts');
  expect(large).toMatch(/━ n1 .*━ n2 .*━ n3 /);
  expect(large).toMatch(/[⡀-⣿]{20}/);
  expect(large).toMatch(/-2m +-1m +now/);
  terminal.resize(80, 24);
  await terminal.until((now) => !now.includes('╭'));
  terminal.press(...Array.from({ length: PANELS.indexOf('charts') }, () => key.tab));
  const small = await terminal.until(/^ ?n1 +[▁-█ ]+/m);
  expect(small).not.toMatch(/[⡀-⣿]/);
});

test('events: what happened, and why', async () => {
  await using terminal = attach(cluster);
  const leader = await open(terminal);
  await zoomed(terminal, 'events');
  terminal.press('k');
  const screen = await terminal.until((now) => leaderOf(now) !== '' && leaderOf(now) !== leader);
  const successor = leaderOf(screen);
  await terminal.until(
    new RegExp(`✓ ${successor} leads term \\d+, by the votes of ${successor}, n\\d; its log ends at \\d`),
  );
  await terminal.until(`! ${leader} was killed (process `);
  await terminal.until(new RegExp(`! ${successor} asks for votes in term \\d+: its connection to ${leader} closed`));
  await terminal.until(new RegExp(`· n\\d votes for ${successor} in term`));
  terminal.press('s');
  await terminal.until(new RegExp(`· ${leader} starts with \\d+ entries, up to \\d+:\\d+`));
  await terminal.until(new RegExp(`· ${leader} follows ${successor} in term \\d+`));
  // Clocks stand before them, and none is twice on the screen.
  const lines = panel(terminal.screen(), 'events')
    .split('\n')
    .slice(1)
    .filter((line) => line.trim() !== '');
  expect(lines.every((line) => /^ \d\d:\d\d:\d\d [·✓!✗] /.test(line))).toBe(true);
});
