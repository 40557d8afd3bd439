import { Latencies } from './latencies.ts';
import type { Counted, Outcomes } from './load-plan.ts';
import { type LoadResult, rounded, spreadOf, toDigits } from './result.ts';

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

const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);

function addOutcomes(all: readonly Outcomes[]): Outcomes {
  const total = (of: (each: Outcomes) => number): number => all.reduce((sum, each) => sum + of(each), 0);
  return {
    ok: total(({ ok }) => ok),
    rejected: total((each) => each.rejected),
    unknown: total((each) => each.unknown),
  };
}
