import { expect, test } from 'vitest';
import { FAULT_NAMES } from '../../core/sim/faults.ts';
import { simulate } from '../../core/sim/simulate.ts';
import { run } from './lockstep.ts';

const SEEDS = 2000;
/** Some fifteen seconds on two idle cores. */
const DEADLINE_MS = 280_000;

test('a seed is the same run in every process', async () => {
  const [one, other] = await Promise.all([
    run(['sim', '--seed', '7', '--json']),
    run(['sim', '--seed', '7', '--json']),
  ]);
  expect(one).toMatchObject({ code: 0, stderr: '' });
  expect(other.stdout).toBe(one.stdout);
  const { digest } = JSON.parse(one.stdout);
  expect(digest).toBe(simulate({ seed: 7 }).digest);
});

// Being clean means something because between them everything happens.
test(`${SEEDS} seeds are clean`, { timeout: DEADLINE_MS + 20_000 }, async () => {
  const args = ['sim', '--seed', '1', '--runs', `${SEEDS}`, '--json'];
  const { code, records } = await run(args, { deadlineMs: DEADLINE_MS });
  const failures = records.filter(({ event }) => event !== 'summary');
  expect({ code, failures }).toEqual({ code: 0, failures: [] });
  const { seeds, events, counts, faults } = records.at(-1) as unknown as Summary;
  expect(seeds).toBe(SEEDS);
  expect(events).toBeGreaterThan(SEEDS * 3000);
  const seen: Summary['counts'] = { ...counts, ...faults };
  expect([...timed, ...worthSeeing].filter((sight) => !seen[sight])).toEqual([]);
});

interface Summary {
  readonly seeds: number;
  readonly events: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
}

/** Those that are not drawn once for the whole run happen at times of their own. */
const timed = FAULT_NAMES.filter((fault) => !['drop', 'duplicate', 'late', 'drift'].includes(fault));

const worthSeeing = [
  'leaders that stepped down',
  'rollbacks',
  'snapshots taken',
  'snapshots installed',
  'torn logs',
  'refusals to start',
  'logs begun anew',
  'replicas barred from voting',
  'replicas that caught up',
  'full disks',
  'processes that gave up',
  'clock gaps',
  'messages lost',
  'messages repeated',
  'replies unknown: stepped-down',
  'replies rejected: not-leader',
  'writes ok',
  'writes unknown: acknowledge-timeout',
  'writes unknown: leader-lost',
  'writes rejected: no-leader',
  'writes rejected: no-quorum',
  'writes rejected: follower-down',
  'writes rejected: rolled-back',
  'writes rejected: seq-reused',
  'writes rejected: seq-too-old',
  'reads any served',
  'reads token served',
  'reads token rolled-back',
  'reads token not-caught-up',
  'reads linearizable served',
  'reads linearizable no-leader',
  'lights green',
  'lights amber',
];
