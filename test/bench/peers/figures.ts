import { median } from '../report.ts';
import type { Latency } from './client/job.ts';

/** The smallest value that at least `share` of them are not above. `sorted` is ascending; NaN when it is empty. */
export function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export function latencies(sortedMs: Float64Array): Latency {
  return { p50: percentile(sortedMs, 0.5), p99: percentile(sortedMs, 0.99), p999: percentile(sortedMs, 0.999) };
}

/** Over all rounds. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spread(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}
