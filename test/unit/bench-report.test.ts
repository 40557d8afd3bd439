// What the benchmark makes of what was counted: medians, percentiles, ratios, lines and bars.
import { describe, expect, test } from 'vitest';
import { CASES, SHORT } from '../../cli/bench/cases.ts';
import { keyOfResult, parseResults, ratiosOf } from '../../cli/bench/compare.ts';
import { Latencies } from '../../cli/bench/latencies.ts';
import { chartLines, floorLines, progressLine, resultLines } from '../../cli/bench/report.ts';
import { type LoadResult, spreadOf, type TimesResult } from '../../cli/bench/result.ts';
import { roundOf, summarize } from '../../cli/bench/summary.ts';
import { run } from './support/fake-io.ts';

const load: LoadResult = {
  ...{ case: 'write-64x1', path: 'router', mode: 'quorum', replicas: 3, valueBytes: 64 },
  ...{ connections: 64, inFlight: 1, loop: 'closed', rounds: 3, clientCpu: 0.25, cpu: { router: 0.5 } },
  opsPerSecond: { median: 12_345.6, min: 12_000, max: 13_000 },
  latencyMs: { p50: 1.5, p99: 12.25, p999: 123.4, max: 200 },
  outcomes: { ok: 37_000, rejected: 0, unknown: 0 },
};
const times: TimesResult = {
  ...{ case: 'failover', mode: 'quorum', replicas: 3, times: 3, note: 'kill -9' },
  measures: { detectionMs: { median: 12, min: 10, max: 15 }, totalMs: { median: 1234, min: 900, max: 2000 } },
};

test('the median of several, and how far they lie apart', () => {
  expect(spreadOf([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
  expect(spreadOf([4, 1, 2, 3])).toEqual({ median: 2.5, min: 1, max: 4 });
  expect(spreadOf([])).toEqual({ median: Number.NaN, min: Number.NaN, max: Number.NaN });
});

describe('latencies', () => {
  test('of several processes are merged, and keep three digits', () => {
    const [fast, slow] = [new Latencies(), new Latencies()];
    for (let n = 0; n < 990; n++) fast.add(1000);
    for (let n = 0; n < 10; n++) slow.add(500_000);
    const merged = Latencies.merged([fast.encoded(), slow.encoded()]);
    expect(merged.percentile(50)).toBeCloseTo(1, 2);
    expect(merged.percentile(99)).toBeCloseTo(1, 2);
    expect(merged.percentile(99.9) / 500).toBeCloseTo(1, 2);
    expect(merged.maxMs / 500).toBeCloseTo(1, 2);
  });

  test('of nothing are nothing', () => {
    expect(new Latencies().percentile(50)).toBeNaN();
  });
});

test('rounds come to a median of what was ok a second, and to the sum of all outcomes', () => {
  const counted = (ok: number, rejected: number) => ({
    seconds: 2,
    outcomes: { ok, rejected, unknown: 1 },
    behind: 3,
    cpu: 0.25,
    latencies: new Latencies().encoded(),
  });
  const rounds = [[counted(10, 5), counted(20, 0)], [counted(100, 0)], [counted(40, 0)]].map(roundOf);
  expect(summarize(rounds)).toEqual({
    opsPerSecond: { median: 20, min: 15, max: 50 },
    outcomes: { ok: 170, rejected: 5, unknown: 4 },
    latencyMs: { p50: null, p99: null, p999: null, max: null },
    clientCpu: 0.25,
    behind: 6,
    rounds: 3,
  });
});

describe('comparison with a former run', () => {
  const lines = [
    { v: 1, event: 'floor' },
    { v: 1, event: 'case', ...load },
    { v: 1, event: 'case', ...times },
  ];
  const former = parseResults(`${lines.map((line) => JSON.stringify(line)).join('\n')}\nno JSON\n`);

  test('finds the same case, done the same way, and no other', () => {
    expect([...former.keys()]).toEqual([keyOfResult(load), keyOfResult(times)]);
    for (const other of [{ path: 'leader' }, { mode: 'sync' }, { replicas: 5 }, { valueBytes: 16 }] as const) {
      expect(former.has(keyOfResult({ ...load, ...other }))).toBe(false);
    }
  });

  test('is told as ratios of what can be divided', () => {
    const now = {
      ...load,
      opsPerSecond: { ...load.opsPerSecond, median: 24_691.2 },
      latencyMs: { ...load.latencyMs, p99: null },
    };
    expect(ratiosOf(now, load)).toEqual({ opsPerSecond: 2, p50: 1, p999: 1 });
    const faster = {
      ...times,
      measures: { totalMs: { median: 617, min: 0, max: 0 }, newMs: { median: 1, min: 1, max: 1 } },
    };
    expect(ratiosOf(faster, times)).toEqual({ totalMs: 0.5 });
  });
});

describe('lines', () => {
  test('of a load: what was taken, how long it took, and on whose account', () => {
    expect(resultLines(load, { opsPerSecond: 1.5 })).toEqual([
      'write-64x1 router              12,346/s (12,000 to 13,000), p50 1.50 ms, p99 12.3 ms, p99.9 123 ms, 1.50 times as before',
      '                               quorum; CPU: client 25 %, router 50 %',
    ]);
  });

  test('say what must not be overlooked: what was not ok, what was not sent, and a client that is too busy', () => {
    const bad = {
      ...load,
      loop: 'open',
      rate: 300,
      behind: 7,
      clientCpu: 0.9,
      outcomes: { ok: 1, rejected: 2, unknown: 3 },
    } as const;
    expect(
      resultLines(bad, null)
        .slice(2)
        .map((line) => line.trim()),
    ).toEqual([
      'not ok: 2 rejected, 3 unknown',
      '7 were due and not sent: the rate is too high',
      'the client was as busy as a core allows: see --clients',
    ]);
  });

  test('but not what is due at this very moment', () => {
    const open = { ...load, loop: 'open', rate: 300, behind: 6 } as const;
    expect(resultLines(open, null)).toHaveLength(2);
  });

  test('of times, and of the floor', () => {
    expect(resultLines(times, { totalMs: 0.5 })).toEqual([
      'failover                       kill -9',
      '  detectionMs  12 (10 to 15)',
      '  totalMs      1,234 (900 to 2,000), 0.50 times as before',
    ]);
    expect(floorLines({ fdatasyncMs: { p50: 0.165, p99: 2 }, roundTripMs: { p50: 0.016, p99: 0.1 } })).toEqual([
      'floor: fdatasync              0.165 ms (p99 2.00 ms)',
      'floor: loopback               0.0160 ms (p99 0.100 ms), there and back',
    ]);
  });

  test('of a chart: bars on one scale, within the window; none of one case alone', () => {
    const half = { ...load, path: 'leader', opsPerSecond: { median: 6172.8, min: 0, max: 0 } } as const;
    expect(chartLines([load, times, half], 60)).toEqual([
      'requests a second',
      '  write-64x1 router quorum 12,346 #########################',
      '  write-64x1 leader quorum  6,173 #############',
    ]);
    expect(chartLines([load, times], 60)).toEqual([]);
  });

  test('of progress, never wider than the window', () => {
    expect(progressLine('write-64x1', 0.5, 80)).toBe('[###############---------------] 50 % write-64x1');
    for (const columns of [1, 10, 20, 30])
      expect(progressLine('write-64x1', 0.5, columns).length).toBeLessThan(columns);
  });
});

describe('the cases', () => {
  test('have names of their own, and the short run is some of them', () => {
    expect(new Set(CASES.map(({ name }) => name)).size).toBe(CASES.length);
    expect(SHORT.map(({ name }) => name)).toEqual([
      ...['write-1x1', 'write-64x1', 'write-16x64'],
      ...['any', 'token', 'linearizable'].flatMap((level) => [`read-${level}-1x1`, `read-${level}-64x1`]),
      ...['mixed-95-5', 'failover'],
    ]);
  });

  test('are listed without running any', async () => {
    const { exit, io } = await run(['bench', '--list', '--json']);
    expect(exit).toBe(0);
    expect(io.records.map((record) => record.case)).toEqual(CASES.map(({ name }) => name));
  });

  test.each([
    ['--case write-64x2', '--case: there is no case "write-64x2"; see --list'],
    ['--mode quorum,some', '--mode must be async, quorum or sync, not "some"'],
    ['--path router,any', '--path must be router or leader, not "any"'],
    ['--seconds 0', '--seconds must be a number of seconds from 0.1 to 86400, not "0"'],
    ['--case failover --addr :1', 'failover needs clusters of its own: leave --addr out, or name other cases'],
    ['--compare /nonexistent', '--compare: cannot read /nonexistent (ENOENT)'],
    ['--compare /dev/null', '--compare: no results in /dev/null: make it with "lockstep bench --json > FILE"'],
  ])('%s is wrong usage', async (words, message) => {
    const { exit, io } = await run(['bench', ...words.split(' ')]);
    expect({ exit, stderr: io.stderr }).toEqual({ exit: 2, stderr: `lockstep: ${message}\n` });
  });
});
