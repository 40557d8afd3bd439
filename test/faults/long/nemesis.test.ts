// Half a minute of random faults in every mode and at every tempo, with more replicas, and with the router killed too.
import { expect, test } from 'vitest';
import { type NemesisOptions, runNemesis } from '../nemesis.ts';

const SEED = Number(process.env.LOCKSTEP_SEED ?? 20_261_122);

const runs: readonly (readonly [string, Pick<NemesisOptions, 'mode' | 'replicas' | 'tempo' | 'router'>])[] = [
  ['quorum', { mode: 'quorum', replicas: 3, tempo: 'normal', router: false }],
  ['sync', { mode: 'sync', replicas: 3, tempo: 'normal', router: false }],
  ['async', { mode: 'async', replicas: 3, tempo: 'fast', router: false }],
  ['five replicas, quorum', { mode: 'quorum', replicas: 5, tempo: 'fast', router: false }],
  ['five replicas, async', { mode: 'async', replicas: 5, tempo: 'normal', router: false }],
  ['four replicas, whose router is killed too', { mode: 'quorum', replicas: 4, tempo: 'normal', router: true }],
];

test.each(runs)('%s', async (_, run) => {
  const lines: string[] = [];
  const { violations, counts } = await runNemesis({
    ...{ ...run, seed: SEED, lengthMs: 30_000, sessions: 12, keys: 6 },
    say: (line) => lines.push(line),
  });
  expect(violations, lines.join('\n')).toEqual([]);
  expect(counts.acknowledged).toBeGreaterThan(300);
});
