// A client that only carries tokens sees its own writes and never goes back, whatever happens to the replicas.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { WriteMode } from '../../core/protocol/entry.ts';
import { compareFreshness, ORIGIN, parsePosition } from '../../core/protocol/position.ts';
import { isSettled, Running } from './running.ts';

const OPERATIONS = 1000;
const KEYS = ['a', 'b', 'c', 'd'];
const SEED = Number(process.env.LOCKSTEP_SEED ?? 20_261_122);

type Operation = { readonly kind: 'write' | 'read' | 'kill' | 'cut' | 'heal'; readonly key: string };

const operation: fc.Arbitrary<Operation> = fc.record({
  kind: fc.oneof(
    { weight: 48, arbitrary: fc.constant('write' as const) },
    { weight: 48, arbitrary: fc.constant('read' as const) },
    { weight: 2, arbitrary: fc.constant('kill' as const) },
    { weight: 2, arbitrary: fc.constant('cut' as const) },
    { weight: 2, arbitrary: fc.constant('heal' as const) },
  ),
  key: fc.constantFrom(...KEYS),
});

test.each<WriteMode>(['async', 'quorum', 'sync'])('1,000 operations with kills between, %s', async (mode) => {
  const [operations] = fc.sample(fc.array(operation, { minLength: OPERATIONS, maxLength: OPERATIONS }), {
    numRuns: 1,
    seed: SEED,
  });
  await using cluster = await Running.up(['--mode', mode, '--tempo', 'fast']);
  await cluster.until(isSettled);
  let token = '0:0' as `${number}:${number}`;
  /** Of each key the last acknowledged value, and all that was written after it without an answer. */
  const possible = new Map<string, Set<string | null>>(KEYS.map((key) => [key, new Set([null])]));
  /** The first operations after a kill meet what it broke; then somebody repairs it. */
  let refusedInARow = 0;
  const counts = { writes: 0, reads: 0, rolledBack: 0, kills: 0 };

  for (const [step, { kind, key }] of (operations ?? []).entries()) {
    const where = `seed ${SEED}, ${mode}, step ${step}: ${kind} ${key}`;
    if (kind === 'kill') {
      await cluster.client.ask({ op: 'kill', target: 'leader' });
      counts.kills += 1;
    } else if (kind === 'cut') {
      const { leader } = await cluster.client.ask({ op: 'status' });
      if (leader) await cluster.cut(leader);
    } else if (kind === 'heal') await cluster.client.ask({ op: 'heal' });
    else if (kind === 'write') {
      const value = `${step}`;
      const result = await cluster.write(key, value, { token });
      if (result.outcome === 'ok') {
        expect(fresher(result.token ?? '0:0', token), where).toBe(true);
        token = result.token ?? token;
        possible.set(key, new Set([value]));
        counts.writes += 1;
        refusedInARow = 0;
      } else {
        if (result.outcome === 'unknown') possible.get(key)?.add(value);
        // Its token is in no history any more: the next read says from where to go on.
        if (result.error?.code === 'rolled-back') expect(mode, where).toBe('async');
        else refusedInARow += 1;
      }
      if (refusedInARow >= 3) {
        await cluster.client.ask({ op: 'heal' });
        await cluster.until(isSettled);
        refusedInARow = 0;
      }
    } else {
      const read = await cluster.client.ask({ op: 'read', key, token });
      if (read.error?.code === 'rolled-back') {
        // Only async may lose what it acknowledged. The session goes on from what is committed, and knows nothing.
        expect(mode, where).toBe('async');
        counts.rolledBack += 1;
        token = read.token ?? token;
        for (const other of KEYS) possible.set(other, new Set([ANYTHING]));
      } else if (!read.error) {
        expect(fresher(read.token ?? '0:0', token), where).toBe(true);
        token = read.token ?? token;
        const values = possible.get(key) ?? new Set();
        if (!values.has(ANYTHING)) expect([...values], where).toContain(read.value);
        // What was seen once is seen again, or something newer of this session's.
        counts.reads += 1;
      } else {
        // Nobody could serve it in time: with a majority down that is the right answer.
        expect(['not-caught-up', 'no-replica', 'no-leader'], where).toContain(read.error.code);
        await cluster.client.ask({ op: 'heal' });
      }
    }
  }
  expect(counts.writes).toBeGreaterThan(100);
  expect(counts.reads).toBeGreaterThan(100);
  expect(counts.kills).toBeGreaterThan(5);
  const { guarantees } = await cluster.client.ask({ op: 'status' });
  expect(guarantees.readYourWrites.light).not.toBe('red');
  expect(guarantees.monotonicReads.light).toBe('green');
  expect(guarantees.oneLeaderPerTerm.light).toBe('green');
  expect(guarantees.noAcknowledgedWriteLost.light).not.toBe('red');
});

/** Stands for a value that this session cannot know any more. */
const ANYTHING = '(anything)';

function fresher(a: string, b: string): boolean {
  return compareFreshness(parsePosition(a) ?? ORIGIN, parsePosition(b) ?? ORIGIN) >= 0;
}
