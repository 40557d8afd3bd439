import { expect } from 'vitest';
import { leaderOf } from '../dashboard.ts';
import { key } from '../terminal.ts';
import { asks, back, countOf, hint, type KeyCheck, type Stage } from './check.ts';

/** Writes and reads. */
export const ASKING: readonly KeyCheck[] = [
  { keys: ['w'], does: 'writes k1, then k2', check: writesInTurn },
  { keys: ['W'], does: 'asks what to write, also in one burst', check: asksWhatToWrite },
  { keys: ['b'], does: 'sends a hundred writes at once', check: bursts },
  { keys: ['l'], does: 'writes go on and on, until l again', check: loads },
  { keys: ['m'], does: 'goes through the modes', check: switchesModes },
  { keys: ['r'], does: 'reads the last key from any replica', check: readsAny },
  { keys: ['t'], does: 'reads the last key with the token', check: readsWithToken },
  { keys: ['L'], does: 'reads the last key linearizably', check: readsLinearizably },
  { keys: ['R'], does: 'asks what to read, and how', check: asksWhatToRead },
];

async function writesInTurn({ terminal, cluster }: Stage): Promise<void> {
  terminal.press('w');
  await terminal.until(/last write k1 = v1 +✓ ok at \d+:\d+/);
  terminal.press('w');
  const screen = await terminal.until(/last write k2 = v2 +✓ ok at \d+:\d+/);
  const position = /k2 = v2 +✓ ok at (\d+:\d+)/.exec(screen)?.[1];
  await terminal.until(new RegExp(`token +${position} `));
  expect(await cluster.client.ask({ op: 'read', key: 'k2', level: 'linearizable' })).toMatchObject({ value: 'v2' });
}

async function asksWhatToWrite({ terminal, cluster }: Stage): Promise<void> {
  terminal.press('W');
  await terminal.until(asks(/^write.*\?$/));
  terminal.press(...'mine', key.enter);
  await terminal.until(asks(/mine =$/));
  terminal.press(...'a b', key.enter);
  await terminal.until(/last write mine = a b +✓ ok/);
  terminal.press('W', 'n', 'o');
  await terminal.until(asks(/^write.*\? no$/));
  await back(terminal, /^ write.*\? no/m);
  terminal.press('Wk1\rv\r');
  await terminal.until(/last write k1 = v +✓ ok/);
  const values = await Promise.all(
    ['mine', 'no', 'k1'].map((name) => cluster.client.ask({ op: 'read', key: name, level: 'linearizable' })),
  );
  expect(values.map(({ value }) => value)).toEqual(['a b', null, 'v']);
}

async function bursts({ terminal, cluster }: Stage): Promise<void> {
  const { writes } = await cluster.until(() => true);
  terminal.press('b');
  await terminal.until('✓ 100 writes sent at once');
  await cluster.until((snapshot) => snapshot.writes.ok === writes.ok + 100);
  await terminal.until((screen) => countOf(screen, 'ok') === writes.ok + 100);
}

async function loads({ terminal, cluster }: Stage): Promise<void> {
  const { writes } = await cluster.until(() => true);
  expect(hint(terminal.screen(), 'l')).toBe('load');
  terminal.press('l');
  await terminal.until(/▶ load +● connected/);
  await cluster.until((snapshot) => snapshot.writes.ok >= writes.ok + 20);
  const screen = await terminal.until((now) => countOf(now, 'ok') >= writes.ok + 20 && /\d writes\/s/.test(now));
  expect(hint(screen, 'l')).toBe('end load');
  terminal.press('l');
  await terminal.until((now) => !now.includes('▶ load'));
  // Nothing is acknowledged any more, and all that was written is there.
  await cluster.until(({ rate }) => rate.acknowledged === 0);
  await terminal.until((now) => !/\d writes\/s/.test(now));
  const { value } = await cluster.client.ask({ op: 'read', key: 'load-1', level: 'linearizable' });
  expect(Number(value)).toBeGreaterThan(0);
}

async function switchesModes({ terminal, cluster }: Stage): Promise<void> {
  for (const [mode, next] of [
    ['sync', 'async'],
    ['async', 'quorum'],
    ['quorum', 'sync'],
  ] as const) {
    terminal.press('m');
    const screen = await terminal.until((now) => now.includes(` mode ${mode} `) && now.includes(`\n ${mode}: a write`));
    expect(hint(screen, 'm')).toBe(`mode → ${next}`);
    expect(await cluster.client.ask({ op: 'mode' })).toMatchObject({ mode });
    terminal.press('w');
    await terminal.until(new RegExp(`${mode} · durable on`));
  }
}

async function readsAny({ terminal }: Stage): Promise<void> {
  terminal.press('w');
  await terminal.until(/k1 = v1 +✓ ok/);
  terminal.press('r');
  await terminal.until(/last read +k1 = .+ from n\d at \d+:\d+/);
  await terminal.until('asked: any replica');
}

async function readsWithToken({ terminal }: Stage): Promise<void> {
  // Pressed in one go, the read waits for the write: it must carry its token.
  terminal.press('wt');
  const screen = await terminal.until(/last read +k1 = v1 +from n\d at \d+:\d+/);
  const token = /token +(\d+:\d+)/.exec(screen)?.[1];
  expect(screen).toContain(`asked: token ${token}`);
  expect(screen).toMatch(/why: .*n\d/);
}

async function readsLinearizably({ terminal, cluster }: Stage): Promise<void> {
  terminal.press('w');
  await terminal.until(/k1 = v1 +✓ ok/);
  await cluster.write('k1', 'of another');
  terminal.press('L');
  const screen = await terminal.until('asked: linearizable');
  await terminal.until(new RegExp(`last read +k1 = of another +from ${leaderOf(screen)} at`));
}

async function asksWhatToRead({ terminal, cluster }: Stage): Promise<void> {
  await cluster.write('theirs', 'here');
  terminal.press('R');
  await terminal.until(asks(/^read.*\?$/));
  terminal.press(...'theirs', key.enter);
  await terminal.until(asks(/theirs.* any.*\?$/));
  terminal.press(...'wrong', key.enter);
  await terminal.until('✗ a level is any, token or linearizable, not wrong');
  terminal.press('l', key.enter);
  await terminal.until(/last read +theirs = here +from n\d/);
  expect(terminal.screen()).toContain('asked: linearizable');
  terminal.press('Rnothing\rany\r');
  await terminal.until('nothing is not there');
}
