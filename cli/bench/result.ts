import type { WriteMode } from '../../core/protocol/entry.ts';
import type { Outcomes, Path } from './load-plan.ts';

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

/** Measured once. */
export const single = (values: Readonly<Record<string, number>>): Record<string, Spread> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, rounded(spreadOf([value]), 1)]));

export function rounded({ median, min, max }: Spread, digits: number): Spread {
  return { median: toDigits(median, digits), min: toDigits(min, digits), max: toDigits(max, digits) };
}

export const toDigits = (value: number, digits: number): number => Number(value.toFixed(digits));
