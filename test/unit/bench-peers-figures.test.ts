import { expect, test } from 'vitest';
import { chart } from '../bench/peers/chart.ts';
import type { Measured } from '../bench/peers/client/job.ts';
import type { Engine } from '../bench/peers/engine.ts';
import { percentile, spread } from '../bench/peers/figures.ts';
import { type Finding, type Findings, finding } from '../bench/peers/findings.ts';
import { parseLog, window } from '../bench/peers/pgbench.ts';

test('a percentile is a value that was there', () => {
  const sorted = Float64Array.from({ length: 1000 }, (_, i) => i + 1);
  expect([0, 0.5, 0.99, 0.999, 1].map((share) => percentile(sorted, share))).toEqual([1, 500, 990, 999, 1000]);
  expect(percentile(Float64Array.of(7), 0.999)).toBe(7);
  expect(percentile(new Float64Array(), 0.5)).toBeNaN();
});

test('the spread of rounds', () => {
  expect(spread([10, 2, 4])).toEqual({ median: 4, min: 2, max: 10 });
  expect(spread([4, 1, 3, 10])).toEqual({ median: 3.5, min: 1, max: 10 });
});

test('a finding takes the median round of each figure, but the busiest client', () => {
  const of = { name: 'write', says: '', operation: 'write', connections: 16, inFlight: 64, together: 1 } as const;
  const engine: Engine = {
    name: 'etcd',
    missing: () => null,
    about: () => ({ version: '', settings: [], client: '', promises: [] }),
    start: async () => {},
    refusal: () => null,
    remark: () => 'less durable',
    run: async () => round(0, 0, 0),
    stop: async () => {},
  };
  const rounds = [round(100, 1, 0.2), round(300, 5, 0.9), round(200, 3, 0.4)];
  expect(finding(engine, of, rounds)).toEqual({
    engine: 'etcd',
    case: 'write',
    clients: 16,
    inFlight: 64,
    together: 1,
    remark: 'less durable',
    opsPerSecond: { median: 200, min: 100, max: 300 },
    latencyMs: { p50: 3, p99: 6, p999: 9 },
    clientCpu: 0.9,
    clientBusy: 0.9,
    serversCpu: null,
    rounds,
  });
});

test('of what pgbench logs, only what ended while it was measured counts', () => {
  const log = [
    '0 1 900 0 100 500000',
    '1 1 2000 0 101 499999',
    '0 2 1500 0 101 500000',
    '1 2 1000 0 103 499000',
    '0 3 7 0 103 500000',
  ];
  const transactions = parseLog(`${log.join('\n')}\n`);
  expect(transactions[0]).toEqual({ tookMs: 0.9, endMs: 100_500 });
  expect([...window(transactions, { warmUpMs: 1000, measureMs: 2000 })]).toEqual([1, 1.5]);
});

function round(opsPerSecond: number, p50: number, clientCpu: number): Measured {
  const latencyMs = { p50, p99: 2 * p50, p999: 3 * p50 };
  return {
    operations: opsPerSecond,
    seconds: 1,
    opsPerSecond,
    latencyMs,
    clientCpu,
    clientBusy: clientCpu,
    serversCpu: null,
  };
}

test('in the chart a bar is as long as its share of the best round of its case', () => {
  const found = (name: string, engine: string, median: number, max: number): Finding => ({
    ...{ engine, case: name, clients: 1, inFlight: 1, together: 1, remark: null, clientCpu: 0, clientBusy: null },
    ...{ serversCpu: null, latencyMs: { p50: 1, p99: 1, p999: 1 }, rounds: [] },
    opsPerSecond: { median, min: 0, max },
  });
  const cases = [
    found('write-1x1', 'lockstep', 100, 200),
    found('write-1x1', 'etcd', 50, 60),
    found('write-16x64', 'etcd', 30_000, 30_000),
  ];
  const drawn = chart({ engines: [{ engine: 'lockstep' }, { engine: 'etcd' }], cases } as unknown as Findings);
  const widths = [...drawn.matchAll(/x="150" .*? width="([\d.]+)"/g)].map((match) => Number(match[1]));
  expect(widths).toEqual([260, 130, 520]);
  expect(drawn).toContain('>30,000</text>');
  expect(drawn.match(/writes, /g)).toHaveLength(2);
});
