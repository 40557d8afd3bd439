// Every key of the keymap, pressed on the real program, and what a person sees of it.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { ReplicaId } from '../../core/protocol/position.ts';
import { KEYMAP } from '../../views/keymap.ts';
import { Running } from '../process/running.ts';
import { attach, isSelected, mend, open } from './dashboard.ts';
import { ASKING } from './keys/asking.ts';
import { BREAKING } from './keys/breaking.ts';
import type { Stage } from './keys/check.ts';
import { COMMANDING } from './keys/commanding.ts';
import { LOOKING } from './keys/looking.ts';
import type { Terminal } from './terminal.ts';

const CHECKS = [...ASKING, ...BREAKING, ...LOOKING, ...COMMANDING];

let cluster: Running;
beforeAll(async () => {
  cluster = await Running.up();
});
afterAll(() => cluster[Symbol.asyncDispose]());
afterEach(() => mend(cluster));

async function stage(terminal: Terminal): Promise<Stage> {
  const leader = await open(terminal);
  const follower = (await cluster.followers())[0] as ReplicaId;
  return { terminal, cluster, leader, follower };
}

test('every key of the keymap is pressed here', () => {
  const pressed = CHECKS.flatMap(({ keys }) => keys);
  expect(pressed.toSorted()).toEqual(KEYMAP.flatMap(({ keys }) => keys).toSorted());
});

test.each(CHECKS.map((one) => [one.keys.join(' '), one.does, one.check] as const))('%s: %s', async (_, __, check) => {
  await using terminal = attach(cluster);
  await check(await stage(terminal));
});

test('j does nothing, though k is a key, nor does any other letter that has no meaning', async () => {
  await using terminal = attach(cluster);
  const { leader } = await stage(terminal);
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
  const free = [...letters].filter((letter) => !KEYMAP.some(({ keys }) => keys.includes(letter)));
  expect(free).toContain('j');
  const { writes, term } = await cluster.until(() => true);
  terminal.press(...free, 'w');
  await terminal.until(/last write k1 = v1 +✓ ok/);
  expect(isSelected(terminal.screen(), 'n1')).toBe(true);
  const after = await cluster.until((snapshot) => snapshot.writes.ok > writes.ok);
  expect(after).toMatchObject({ leader, term, mode: 'quorum', links: [], writes: { ...writes, ok: writes.ok + 1 } });
});
