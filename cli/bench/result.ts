import type { WriteMode } from '../../core/protocol/entry.ts';
import { Latencies } from './latencies.ts';
import type { Counted, Outcomes, Path } from './load-plan.ts';

/** Of several rounds: the one in the middle, and how far they lie apart. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/**
 * What a case of requests came to, as a line of `--json` has it (with `v` and `event: "case"`). Keys are stable.
 */
export interface LoadResult {
  readonly case: string;
  readonly path: Path;
  readonly mode: WriteMode;
  readonly replicas: number;
  readonly valueBytes: number;
  readonly connections: number;
  /** Requests of each connection that are under way at once, at most. */
  readonly inFlight: number;
  /** `closed`: each slot asks again when it is answered. `open`: at a rate, and latencies count from when each was due. */
  readonly loop: 'closed' | 'open';
  /** Asked for, in an open loop, in requests a second. */
  readonly rate?: number;
  /** Due in an open loop, and not sent by the end of a round, at most. */
  readonly behind?: number;
  /** Requests that were `ok`, over the rounds. */
  readonly opsPerSecond: Spread;
  /** Of all rounds together, of what was `ok`; null if nothing was. */
  readonly latencyMs: {
    readonly p50: number | null;
    readonly p99: number | null;
    readonly p999: number | null;
    readonly max: number | null;
  };
  /** What the client processes took together, in cores. Near their number: it is the client that was measured. */
  readonly clientCpu: number;
  /** The same of the cluster's processes, by their names; empty where the system does not tell. */
  readonly cpu: Readonly<Record<string, number>>;
  readonly outcomes: Outcomes;
  readonly rounds: number;
}

/** What was measured once or several times, by names that end in their unit: `electionMs`, `rssMiB`. */
export interface TimesResult {
  readonly case: string;
  readonly mode: WriteMode;
  readonly replicas: number;
  /** How often. */
  readonly times: number;
  readonly measures: Readonly<Record<string, Spread>>;
  /** What it was measured on, in a sentence. */
  readonly note?: string;
}

export type CaseResult = LoadResult | TimesResult;

export const isLoad = (result: CaseResult): result is LoadResult => 'opsPerSecond' in result;

/** NaN of nothing. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  const median = Number.isInteger(middle) ? (upper + (sorted[middle - 1] ?? upper)) / 2 : upper;
  return { median, min: sorted[0] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN };
}

/** What several client processes counted in the same round. */
export interface Round {
  readonly opsPerSecond: number;
  readonly outcomes: Outcomes;
  readonly behind: number;
  readonly clientCpu: number;
  readonly latencies: readonly string[];
}

export function roundOf(counted: readonly Counted[]): Round {
  const sum = (of: (each: Counted) => number): number => counted.reduce((total, each) => total + of(each), 0);
  return {
    opsPerSecond: sum(({ outcomes, seconds }) => outcomes.ok / seconds),
    outcomes: addOutcomes(counted.map(({ outcomes }) => outcomes)),
    behind: sum(({ behind }) => behind),
    clientCpu: sum(({ cpu }) => cpu),
    latencies: counted.map(({ latencies }) => latencies),
  };
}

/** What all rounds together say. */
export function summarize(
  rounds: readonly Round[],
): Pick<LoadResult, 'opsPerSecond' | 'latencyMs' | 'clientCpu' | 'outcomes' | 'rounds'> & { readonly behind: number } {
  const latencies = Latencies.merged(rounds.flatMap((round) => round.latencies));
  const at = (percent: number): number | null => orNull(latencies.percentile(percent));
  return {
    opsPerSecond: rounded(spreadOf(rounds.map(({ opsPerSecond }) => opsPerSecond)), 1),
    latencyMs: { p50: at(50), p99: at(99), p999: at(99.9), max: orNull(latencies.maxMs) },
    clientCpu: toDigits(spreadOf(rounds.map(({ clientCpu }) => clientCpu)).median, 3),
    outcomes: addOutcomes(rounds.map(({ outcomes }) => outcomes)),
    rounds: rounds.length,
    behind: Math.max(...rounds.map(({ behind }) => behind)),
  };
}

export function rounded({ median, min, max }: Spread, digits: number): Spread {
  return { median: toDigits(median, digits), min: toDigits(min, digits), max: toDigits(max, digits) };
}

const toDigits = (value: number, digits: number): number => Number(value.toFixed(digits));

const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);

function addOutcomes(all: readonly Outcomes[]): Outcomes {
  const total = (of: (each: Outcomes) => number): number => all.reduce((sum, each) => sum + of(each), 0);
  return {
    ok: total(({ ok }) => ok),
    rejected: total((each) => each.rejected),
    unknown: total((each) => each.unknown),
  };
}
