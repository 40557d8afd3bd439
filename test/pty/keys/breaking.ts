import { expect } from 'vitest';
import type { LinkSnapshot } from '../../../core/observe/snapshot.ts';
import type { ReplicaId } from '../../../core/protocol/position.ts';
import { isSelected, leaderOf, panel, row, select } from '../dashboard.ts';
import { hint, type KeyCheck, type Stage, seen } from './check.ts';

/** What breaks the cluster, and what mends it. */
export const BREAKING: readonly KeyCheck[] = [
  { keys: ['k'], does: 'kills the leader, and another is elected', check: killsLeader },
  { keys: ['K'], does: 'kills the selected replica', check: killsSelected },
  { keys: ['s'], does: 'stops the selected replica, or starts it', check: stopsAndStarts },
  { keys: ['p'], does: 'pauses the selected replica, or resumes it', check: pausesAndResumes },
  { keys: ['x'], does: 'cuts the power of the selected replica', check: cutsPower },
  { keys: ['c'], does: 'cuts the links of the selected replica, or restores them', check: cutsLinks },
  { keys: ['d'], does: 'delays the links of the selected replica, or no more', check: delaysLinks },
  { keys: ['h'], does: 'heals all', check: heals },
  { keys: ['u'], does: 'undoes the last fault, then the one before', check: undoes },
  { keys: ['+', '=', '-'], does: 'change the tempo', check: changeTempo },
];

async function killsLeader(stage: Stage): Promise<void> {
  const { terminal, leader } = stage;
  expect(hint(terminal.screen(), 'k')).toBe(`kill -9 ${leader}`);
  terminal.press('k');
  await seen(stage, leader, ({ process }) => process === 'down');
  const screen = await terminal.until((now) => leaderOf(now) !== '' && leaderOf(now) !== leader);
  await terminal.until((now) => row(now, leader).includes('✗ down') && isSelected(now, leader));
  await terminal.until(
    (now) => hint(now, 's') === `start ${leader}` && hint(now, 'k') === `kill -9 ${leaderOf(screen)}`,
  );
  expect(terminal.screen()).toContain(`${leader} was killed`);
}

async function killsSelected(stage: Stage): Promise<void> {
  const { terminal, leader, follower } = stage;
  await select(terminal, follower);
  terminal.press('K');
  await seen(stage, follower, ({ process }) => process === 'down');
  const screen = await terminal.until((now) => row(now, follower).includes('✗ down'));
  expect(leaderOf(screen)).toBe(leader);
  await terminal.until(`${follower} was killed`);
  terminal.press('p');
  await terminal.until(`✗ ${follower} is down: s starts it`);
}

async function stopsAndStarts(stage: Stage): Promise<void> {
  const { terminal, follower } = stage;
  await select(terminal, follower);
  await terminal.until((now) => hint(now, 's') === `stop ${follower}`);
  terminal.press('s');
  await seen(stage, follower, ({ process }) => process === 'down');
  await terminal.until((now) => row(now, follower).includes('✗ down') && hint(now, 's') === `start ${follower}`);
  await terminal.until(`${follower} was stopped`);
  terminal.press('s');
  await seen(stage, follower, ({ process, role }) => process === 'up' && role === 'follower');
  await terminal.until((now) => /○ follower .* 0 /.test(row(now, follower)));
}

async function pausesAndResumes(stage: Stage): Promise<void> {
  const { terminal, follower } = stage;
  await select(terminal, follower);
  await terminal.until((now) => hint(now, 'p') === `pause ${follower}`);
  terminal.press('p');
  await seen(stage, follower, ({ process }) => process === 'paused');
  await terminal.until((now) => row(now, follower).includes('‖ paused') && hint(now, 'p') === `resume ${follower}`);
  terminal.press('p');
  await seen(stage, follower, ({ process }) => process === 'up');
  await terminal.until((now) => row(now, follower).includes('○ follower'));
}

async function cutsPower(stage: Stage): Promise<void> {
  const { terminal, follower } = stage;
  await select(terminal, follower);
  terminal.press('x');
  await seen(stage, follower, ({ process }) => process === 'down');
  await terminal.until((now) => row(now, follower).includes('✗ down'));
  await terminal.until(`${follower} lost its power`);
}

async function cutsLinks({ terminal, cluster, follower }: Stage): Promise<void> {
  await select(terminal, follower);
  await terminal.until((now) => hint(now, 'c') === `cut ${follower}`);
  terminal.press('c');
  await cluster.until(({ links }) => areAll(links, follower, { cut: true, delayMs: 0 }));
  const screen = await terminal.until((now) => panel(now, 'links').match(/✗ cut/g)?.length === 4);
  expect(screen).toContain('4 of 6 faulty');
  expect(row(screen, follower)).toMatch(/cut off|cut from/);
  await terminal.until((now) => hint(now, 'c') === `restore ${follower}`);
  terminal.press('c');
  await cluster.until(({ links }) => links.length === 0);
  await terminal.until((now) => panel(now, 'links').match(/✓/g)?.length === 6);
}

async function delaysLinks({ terminal, cluster, leader }: Stage): Promise<void> {
  await select(terminal, leader);
  terminal.press('d');
  await cluster.until(({ links }) => areAll(links, leader, { cut: false, delayMs: 200 }));
  const screen = await terminal.until((now) => panel(now, 'links').match(/~200/g)?.length === 4);
  expect(row(screen, leader)).toContain('delayed');
  await terminal.until((now) => hint(now, 'd') === `end delay of ${leader}`);
  terminal.press('d');
  await cluster.until(({ links }) => links.length === 0);
  await terminal.until((now) => panel(now, 'links').match(/✓/g)?.length === 6);
}

async function heals(stage: Stage): Promise<void> {
  const { terminal, cluster, leader, follower } = stage;
  expect(hint(terminal.screen(), 'h')).toBe('');
  const other = (await cluster.followers()).find((id) => id !== follower) as ReplicaId;
  await cluster.act('kill', follower);
  await cluster.act('pause', other);
  await cluster.cut(leader);
  await terminal.until((now) => row(now, follower).includes('✗ down') && /cut off|cut from/.test(row(now, leader)));
  await terminal.until((now) => hint(now, 'h') === 'heal all');
  terminal.press('h');
  await cluster.until(({ links, replicas }) => links.length === 0 && replicas.every(({ process }) => process === 'up'));
  await terminal.until('healed: every link is whole, every replica runs');
  await terminal.until((now) => leaderOf(now) !== '' && !/✗ down|‖ paused/.test(now) && hint(now, 'h') === '');
}

async function undoes(stage: Stage): Promise<void> {
  const { terminal, cluster, follower } = stage;
  expect(hint(terminal.screen(), 'u')).toBe('');
  terminal.press('u');
  await terminal.until('✗ no fault of yours to undo');
  await select(terminal, follower);
  terminal.press('c');
  await terminal.until((now) => hint(now, 'u') === `undo: ${follower} cut off`);
  terminal.press('K');
  await terminal.until((now) => hint(now, 'u') === `undo: ${follower} down`);
  await seen(stage, follower, ({ process }) => process === 'down');
  terminal.press('u');
  await seen(stage, follower, ({ process }) => process === 'up');
  await terminal.until((now) => hint(now, 'u') === `undo: ${follower} cut off`);
  expect((await cluster.until(() => true)).links).toHaveLength(4);
  terminal.press('u');
  await cluster.until(({ links }) => links.length === 0);
  await terminal.until((now) => hint(now, 'u') === '');
}

async function changeTempo({ terminal, cluster }: Stage): Promise<void> {
  for (const [pressed, tempo] of [
    ['+', 'fast'],
    ['-', 'normal'],
    ['=', 'fast'],
    ['-', 'normal'],
    ['-', 'slow'],
  ] as const) {
    terminal.press(pressed);
    await terminal.until((now) => now.includes(`· tempo ${tempo}`));
    await terminal.until(`the tempo is ${tempo} from now on`);
    expect(await cluster.client.ask({ op: 'tempo' })).toMatchObject({ tempo });
  }
  terminal.press('-');
  await terminal.until('✗ the tempo is as slow as it gets');
}

/** Whether both links to and from both others are so, and no other is faulty. */
const areAll = (links: readonly LinkSnapshot[], id: ReplicaId, fault: Partial<LinkSnapshot>): boolean =>
  links.length === 4 &&
  links.every(
    (link) => (link.from === id || link.to === id) && link.cut === fault.cut && link.delayMs === fault.delayMs,
  );
