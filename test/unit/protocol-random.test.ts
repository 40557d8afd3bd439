// Random runs of whole clusters under all faults at once, with every step checked (support/checks.ts), and progress
// demanded once the faults are gone. LOCKSTEP_SEED=n replays one run; LOCKSTEP_SEEDS=n runs so many.
import { expect, test } from 'vitest';
import { runChaos, type Sights } from './support/lab-chaos.ts';

const replayed = process.env.LOCKSTEP_SEED;
const count = Number(process.env.LOCKSTEP_SEEDS ?? 400);
const seeds = replayed === undefined ? Array.from({ length: count }, (_, index) => index + 1) : [Number(replayed)];

test(`${seeds.length} random runs`, { timeout: 60_000 + seeds.length * 100 }, () => {
  const sights: Sights = new Map();
  for (const seed of seeds) runChaos(seed, sights);
  // Runs in which something never happens prove nothing about it.
  if (seeds.length >= 400) expect(worthSeeing.filter((sight) => !sights.has(sight))).toEqual([]);
});

const worthSeeing = [
  'campaign',
  'vote',
  'elected',
  'following',
  'stepped-down',
  'rolled-back',
  'woke',
  'compacted',
  'snapshot-sent',
  'installed',
  'caught-up',
  'disk',
  'write ok',
  'write rejected not-leader',
  'write rejected no-quorum',
  'write rejected follower-down',
  'write rejected seq-reused',
  'write rejected rolled-back',
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
