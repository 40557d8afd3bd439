// The faults of a replicated log, made on purpose: each is found by the simulator within a number of seeds, or by a
// script. One that survives is a hole in the checks.
import { describe, expect, test } from 'vitest';
import { hunt } from './hunt.ts';
import type { Weather } from './mutant.ts';
import { mutated } from './mutate.ts';
import { FAULTS_LISTED, MUTANTS } from './table.ts';
import { verdictsOn } from './verdict.ts';

test('every fault has its mutant', () => {
  const numbers = new Set(MUTANTS.map(({ number }) => number));
  expect([...numbers].toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: FAULTS_LISTED }, (_, index) => index + 1),
  );
});

test.concurrent.each(MUTANTS)('$number, $name, is found', async (mutant) => {
  const verdicts = await verdictsOn(mutant);
  expect(verdicts.length).toBeGreaterThan(0);
  expect(verdicts.flatMap(({ problem }) => problem ?? [])).toEqual([]);
});

/** Under each weather, the largest number of seeds that any mutant has. More seeds as drawn run in test/process. */
const budgets = new Map<Weather, number>();
for (const { seeds } of MUTANTS) {
  if (seeds?.weather) budgets.set(seeds.weather, Math.max(seeds.budget, budgets.get(seeds.weather) ?? 0));
}
const ways = [...budgets].map(([weather, budget]) => ({ name: weather.name, weather, budget }));

describe('without a fault', () => {
  test.concurrent.each(ways)('nothing is found in $name weather', async ({ weather, budget }) => {
    const { failed } = await hunt({ edits: [], seeds: { budget, weather } });
    expect(failed).toBeNull();
  });

  test.concurrent.each([...new Set(MUTANTS.flatMap(({ script }) => script?.name ?? []))])(
    'nothing is found in %s',
    async (name) => {
      const { differences } = await hunt({ edits: [], script: { name } });
      expect(differences).toEqual([]);
    },
  );
});

describe('an edit', () => {
  const edit = { file: 'a.ts', find: 'one', replace: 'two' };

  test('changes its own file, where it says', () => {
    expect(mutated('a.ts', 'x = one;', [edit])).toBe('x = two;');
    expect(mutated('b.ts', 'x = one;', [edit])).toBe('x = one;');
  });

  test('of what is not there, or there twice, is refused: the table follows the code', () => {
    expect(() => mutated('a.ts', 'x = 1;', [edit])).toThrow('a.ts has this 0 times, not once:\none');
    expect(() => mutated('a.ts', 'one + one', [edit])).toThrow('a.ts has this 2 times');
  });

  test('that is refused fails the thread that loads it', async () => {
    const file = 'core/sim/simulate.ts';
    await expect(hunt({ edits: [{ ...edit, file, find: 'no such text' }], seeds: { budget: 1 } })).rejects.toThrow(
      `${file} has this 0 times`,
    );
  });
});
