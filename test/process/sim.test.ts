import { expect, test } from 'vitest';
import { simulate } from '../../core/sim/simulate.ts';
import { run } from './lockstep.ts';

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

test('many seeds run on threads of the built program', async () => {
  const args = ['sim', '--seed', '1', '--runs', '30', '--jobs', '2', '--events', '300', '--json'];
  const { code, stdout } = await run(args);
  const { seeds, failed, events } = JSON.parse(stdout);
  expect({ code, seeds, failed }).toEqual({ code: 0, seeds: 30, failed: [] });
  expect(events).toBeGreaterThan(30 * 300);
});
