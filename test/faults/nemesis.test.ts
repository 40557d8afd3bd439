// Random faults on a real cluster in use. `npm run test:faults -- --nemesis` runs it longer, and with other seeds.
import { expect, test } from 'vitest';
import { runNemesis } from './nemesis.ts';

const SEED = Number(process.env.LOCKSTEP_SEED ?? 20_261_122);

test('under random faults nothing that was promised is broken', async () => {
  const lines: string[] = [];
  const { violations, counts } = await runNemesis({
    ...{ seed: SEED, replicas: 3, mode: 'quorum', tempo: 'normal', lengthMs: 8000, sessions: 8, keys: 4 },
    router: false,
    say: (line) => lines.push(line),
  });
  expect(violations, lines.join('\n')).toEqual([]);
  expect(lines.length, 'faults').toBeGreaterThan(5);
  expect(counts.acknowledged).toBeGreaterThan(200);
  expect(counts['reads linearizable']).toBeGreaterThan(100);
});
