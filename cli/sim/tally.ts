import type { Result } from '../../core/sim/simulate.ts';

/** What many runs came to. */
export interface Tally {
  readonly seeds: number;
  readonly events: number;
  /** Virtual time, in whole ms: the sum is the same in whatever order threads add to it. */
  readonly ms: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
  /** The runs that failed, the lowest seed first. */
  readonly failures: readonly Result[];
}

export const NOTHING: Tally = { seeds: 0, events: 0, ms: 0, counts: {}, faults: {}, failures: [] };

export function tallyOf(result: Result): Tally {
  const { events, ms, counts, faults, failure } = result;
  return { seeds: 1, events, ms: Math.round(ms), counts, faults, failures: failure ? [result] : [] };
}

export function sum(a: Tally, b: Tally): Tally {
  return {
    seeds: a.seeds + b.seeds,
    events: a.events + b.events,
    ms: a.ms + b.ms,
    counts: added(a.counts, b.counts),
    faults: added(a.faults, b.faults),
    failures: b.failures.length === 0 ? a.failures : [...a.failures, ...b.failures].sort((x, y) => x.seed - y.seed),
  };
}

function added(a: Tally['counts'], b: Tally['counts']): Tally['counts'] {
  const both: Record<string, number> = { ...a };
  for (const [name, count] of Object.entries(b)) both[name] = (both[name] ?? 0) + count;
  return both;
}
