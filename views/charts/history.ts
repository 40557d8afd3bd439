import type { RateSnapshot } from '../../core/observe/rate.ts';
import type { ClusterSnapshot } from '../../core/observe/snapshot.ts';
import { formatMs } from '../../core/observe/words.ts';
import type { ReplicaId } from '../../core/protocol/position.ts';
import { HUES } from '../theme.ts';
import type { Chart, Series } from './chart.ts';
import { shortNumber } from './scale.ts';

/** What the charts show of one second. */
export interface Sample {
  /** Entries by which each replica lags; null for the leader, and where nobody knows. */
  readonly lag: Readonly<Record<ReplicaId, number | null>>;
  readonly rate: RateSnapshot;
}

/** The last two minutes, one sample a second, the newest last. */
export type History = readonly Sample[];

export const HISTORY_SECONDS = 120;

export const NO_HISTORY: History = [];

/**
 * The history with what `snapshot` says, to be called once a second. The very same history if that would draw the same
 * picture: a cluster at rest repaints nothing.
 *
 * Before the first sample all is taken to have been quiet: nothing written, nobody behind. So a cluster that is quiet
 * when it is first looked at need not fill two minutes to come to rest.
 */
export function sample(history: History, snapshot: ClusterSnapshot): History {
  const fresh = sampleOf(snapshot);
  const last = history.at(-1);
  const next = last !== undefined && isSame(last, fresh) ? last : fresh;
  const isAtRest = history.length === HISTORY_SECONDS || isSame(next, atRest(next));
  if (isAtRest && history.length > 0 && history.every((held) => isSame(held, next))) return history;
  return [...history, next].slice(-HISTORY_SECONDS);
}

/** Entries that each replica lacks. */
export function lagChart(history: History, replicas: readonly ReplicaId[]): Chart {
  const series = replicas.map((id, i): Series => {
    const tone = HUES[i % HUES.length] ?? 'plain';
    return { name: id, tone, values: valuesOf(history, ({ lag }) => lag[id] ?? null) };
  });
  return { series, seconds: HISTORY_SECONDS, topMin: 10, unit: shortNumber };
}

/** Writes acknowledged in each second. */
export function writesChart(history: History): Chart {
  const values = valuesOf(history, ({ rate }) => rate.acknowledged);
  const series: Series[] = [{ name: 'acknowledged', tone: 'hue3', values }];
  return { series, seconds: HISTORY_SECONDS, topMin: 10, unit: (value) => `${shortNumber(value)}/s` };
}

/** How long they took. */
export function latencyChart(history: History): Chart {
  const series: Series[] = [
    { name: 'p99', tone: 'hue2', values: valuesOf(history, ({ rate }) => rate.p99Ms) },
    { name: 'p50', tone: 'hue1', values: valuesOf(history, ({ rate }) => rate.p50Ms) },
  ];
  return { series, seconds: HISTORY_SECONDS, topMin: 1, unit: formatMs };
}

function sampleOf({ replicas, leader, rate }: ClusterSnapshot): Sample {
  const lag = replicas.map(({ id, lag }) => [id, id === leader ? null : (lag?.entries ?? null)] as const);
  return { lag: Object.fromEntries(lag), rate };
}

/** The same cluster with nothing going on. */
function atRest({ lag }: Sample): Sample {
  const none = Object.entries<number | null>(lag).map(([id, entries]) => [id, entries === null ? null : 0]);
  return { lag: Object.fromEntries(none), rate: { acknowledged: 0, p50Ms: null, p99Ms: null } };
}

/** One value for each second. */
function valuesOf(history: History, value: (sample: Sample) => number | null): (number | null)[] {
  const first = history[0];
  const before = first === undefined ? null : value(atRest(first));
  return [...new Array(HISTORY_SECONDS - history.length).fill(before), ...history.map(value)];
}

/** They are small, and built alike. */
const isSame = (a: Sample, b: Sample): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);
