// Random runs of whole clusters under all faults at once, with every step checked (support/checks.ts), and progress
// demanded once the faults are gone. LOCKSTEP_SEED=n replays one run; LOCKSTEP_SEEDS=n runs so many.
import { expect, test } from 'vitest';
import { runChaos, type Sights } from './support/lab-chaos.ts';

const replayed = process.env.LOCKSTEP_SEED;
const seeds = Number(process.env.LOCKSTEP_SEEDS ?? 400);

test.runIf(replayed !== undefined)(`seed ${replayed}`, () => {
  runChaos(Number(replayed), new Map());
});

test.runIf(replayed === undefined)(`${seeds} seeds`, { timeout: 60_000 + seeds * 100 }, () => {
  const sights: Sights = new Map();
  for (let seed = 1; seed <= seeds; seed++) runChaos(seed, sights);
  // Runs in which something never happens prove nothing about it.
  const unseen = worthSeeing.filter((sight) => !sights.has(sight));
  expect(unseen).toEqual([]);
});

const worthSeeing = [
  'campaign',
  'vote',
  'elected',
  'following',
  'stepped-down',
  'rolled-back',
  'woke',
  'write ok',
  'write rejected not-leader',
  'write rejected no-quorum',
  'write rejected follower-down',
  'write rejected seq-reused',
  'write unknown acknowledge-timeout',
  'write unknown stepped-down',
  'read ok',
  'read failed not-here',
  'read failed not-leader',
  'read failed rolled-back',
  'locate found',
  'locate gone',
  'locate unsettled',
];
