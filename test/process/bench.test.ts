import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Lockstep, run } from './lockstep.ts';
import { Sandbox } from './sandbox.ts';

const ONE_ROUND = ['--seconds', '0.5', '--warm-up', '0.1', '--rounds', '1', '--json'];

test('one case, one round: an object for each way, its writes acknowledged, and nothing is left behind', async () => {
  await using sandbox = new Sandbox();
  const { code, stderr, records } = await run(['bench', '--case', 'write-1x1', ...ONE_ROUND], { sandbox });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(records.map(({ event, path }) => [event, path])).toEqual([
    ['machine', undefined],
    ['floor', undefined],
    ['case', 'router'],
    ['case', 'leader'],
  ]);
  expect(records[1]).toMatchObject({
    fdatasyncMs: { p50: expect.any(Number) },
    roundTripMs: { p50: expect.any(Number) },
  });
  for (const record of records.slice(2)) {
    expect(record).toMatchObject({
      ...{
        v: 1,
        case: 'write-1x1',
        mode: 'quorum',
        replicas: 3,
        connections: 1,
        inFlight: 1,
        loop: 'closed',
        rounds: 1,
      },
      outcomes: { rejected: 0, unknown: 0 },
    });
    expect(record.outcomes.ok).toBeGreaterThan(0);
    expect(record.opsPerSecond.median).toBeGreaterThan(0);
    expect(record.latencyMs.p50).toBeGreaterThan(0);
    expect(record.clientCpu).toBeGreaterThan(0);
  }
  expect({ left: sandbox.processes(), files: readdirSync(sandbox.tmp) }).toEqual({ left: [], files: [] });
});

test('every kind of request is answered, through the router and past it, on several processes', async () => {
  const cases = 'write-open,read-any-1x1,read-token-64x1,read-linearizable-16x64,mixed-95-5';
  const { code, records } = await run(['bench', '--case', cases, '--clients', '2', ...ONE_ROUND]);
  expect(code).toBe(0);
  const results = records.filter(({ event }) => event === 'case');
  expect(results.map((result) => `${result.case} ${result.path}`)).toEqual([
    ...['write-open router', 'write-open leader', 'read-any-1x1 router', 'read-token-64x1 router'],
    ...['read-linearizable-16x64 router', 'read-linearizable-16x64 leader', 'mixed-95-5 router'],
  ]);
  for (const { outcomes } of results) {
    expect(outcomes).toMatchObject({ rejected: 0, unknown: 0 });
    expect(outcomes.ok).toBeGreaterThan(0);
  }
});

test('a failover is told in its parts', async () => {
  const { code, records } = await run(['bench', '--case', 'failover', '--times', '1', '--json']);
  expect(code).toBe(0);
  const { measures } = records.find(({ event }) => event === 'case') ?? {};
  const { detectionMs, electionMs, firstWriteMs, totalMs } = measures;
  expect(totalMs.median).toBeGreaterThan(0);
  expect(detectionMs.median + electionMs.median + firstWriteMs.median).toBeGreaterThan(totalMs.median / 2);
});

test('a long log is recovered from, and folded', async () => {
  const args = ['bench', '--case', 'recovery', '--entries', '100000', '--times', '1', '--json'];
  const { code, records } = await run(args);
  expect(code).toBe(0);
  const { measures, note } = records.find(({ event }) => event === 'case') ?? {};
  expect(note).toContain('100000 entries');
  expect(measures.entriesPerSecond.median).toBeGreaterThan(0);
  expect(measures.foldedMs.median).toBeGreaterThan(0);
});

test.each(['SIGINT', 'SIGTERM'] as const)('%s ends all of it', async (signal) => {
  await using sandbox = new Sandbox();
  await using bench = new Lockstep(['bench', '--case', 'write-64x1', '--seconds', '60', '--json'], { sandbox });
  await bench.until(({ event }) => event === 'floor');
  bench.signal(signal);
  expect(await bench.exit()).toEqual({ code: signal === 'SIGINT' ? 130 : 143, signal: null });
  expect({ left: sandbox.processes(), files: readdirSync(sandbox.tmp) }).toEqual({ left: [], files: [] });
});
