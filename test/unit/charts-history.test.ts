import { describe, expect, test } from 'vitest';
import type { ClusterSnapshot, ReplicaSnapshot } from '../../core/observe/snapshot.ts';
import { replicaId } from '../../core/protocol/position.ts';
import {
  HISTORY_SECONDS,
  type History,
  lagChart,
  latencyChart,
  NO_HISTORY,
  sample,
  writesChart,
} from '../../views/charts/history.ts';
import { snapshotOf } from './views-fakes.ts';

const ids = ['n1', 'n2', 'n3'].map(replicaId);
const behind = (entries: number): Partial<ReplicaSnapshot> => ({ lag: { entries, bytes: 10 * entries, ms: entries } });
const writing = (acknowledged: number): Partial<ClusterSnapshot> => ({
  rate: { acknowledged, p50Ms: 2, p99Ms: 8 },
});

const quiet = snapshotOf({ rate: { acknowledged: 0, p50Ms: null, p99Ms: null } });
const busy = (acknowledged: number): ClusterSnapshot =>
  snapshotOf(writing(acknowledged), { n2: behind(acknowledged), n3: { lag: null } });

const historyOf = (...snapshots: readonly ClusterSnapshot[]): History => snapshots.reduce(sample, NO_HISTORY);
const times = (count: number, snapshot: ClusterSnapshot): ClusterSnapshot[] => new Array(count).fill(snapshot);
const valuesIn = ({ series }: ReturnType<typeof lagChart>) =>
  Object.fromEntries(series.map(({ name, values }) => [name, values]));

describe('the history of a cluster', () => {
  test('keeps the last two minutes', () => {
    const history = historyOf(...Array.from({ length: 130 }, (_, second) => busy(second)));
    expect(history).toHaveLength(HISTORY_SECONDS);
    expect(valuesIn(writesChart(history)).acknowledged?.slice(0, 2)).toEqual([10, 11]);
    expect(valuesIn(writesChart(history)).acknowledged?.at(-1)).toBe(129);
  });

  test('is the same while a quiet cluster stays quiet, from the second sample on', () => {
    const history = historyOf(quiet);
    expect(history).not.toBe(NO_HISTORY);
    expect(sample(history, quiet)).toBe(history);
  });

  test('is another when something happens, and the same again two minutes after the last that did', () => {
    const rested = historyOf(quiet);
    const stirred = sample(rested, busy(7));
    expect(stirred).not.toBe(rested);
    let history = stirred;
    for (let second = 0; second < HISTORY_SECONDS; second++) {
      const next = sample(history, quiet);
      expect(next).not.toBe(history);
      history = next;
    }
    expect(sample(history, quiet)).toBe(history);
  });

  test('fills up while a steady cluster is not at rest, and is the same then', () => {
    const filling = historyOf(...times(HISTORY_SECONDS - 1, busy(5)));
    const full = sample(filling, busy(5));
    expect(full).not.toBe(filling);
    expect(sample(full, busy(5))).toBe(full);
    expect(sample(full, busy(6))).not.toBe(full);
  });

  test('does not mind what the charts do not show', () => {
    const history = historyOf(quiet);
    expect(sample(history, { ...quiet, writes: { ok: 1, rejected: 1, unknown: 0 } })).toBe(history);
  });

  test('moves on while somebody stays behind', () => {
    const stuck = snapshotOf({ rate: quiet.rate }, { n2: behind(4) });
    const history = historyOf(stuck);
    expect(sample(history, stuck)).not.toBe(history);
  });
});

describe('its charts', () => {
  test('show the lag of each replica: none for the leader, nor where nobody knows', () => {
    const values = valuesIn(lagChart(historyOf(quiet, busy(7)), ids));
    expect(values.n1?.every((value) => value === null)).toBe(true);
    expect(values.n2).toEqual([...new Array(119).fill(0), 7]);
    expect(values.n3).toEqual([...new Array(119).fill(0), null]);
  });

  test('follow the leader', () => {
    const values = valuesIn(lagChart(historyOf(quiet, { ...quiet, leader: replicaId('n2') }), ids));
    expect(values.n1?.slice(-2)).toEqual([null, 0]);
    expect(values.n2?.slice(-2)).toEqual([0, null]);
  });

  test('show writes and how long they took', () => {
    const history = historyOf(busy(7), busy(9));
    expect(valuesIn(writesChart(history)).acknowledged).toEqual([...new Array(118).fill(0), 7, 9]);
    expect(valuesIn(latencyChart(history)).p50).toEqual([...new Array(118).fill(null), 2, 2]);
    expect(valuesIn(latencyChart(history)).p99).toEqual([...new Array(118).fill(null), 8, 8]);
  });

  test('give every replica its own tone, and always the same', () => {
    const tones = (replicas: typeof ids) => lagChart(NO_HISTORY, replicas).series.map(({ tone }) => tone);
    expect(tones(ids)).toEqual(['hue1', 'hue2', 'hue3']);
    expect(tones(['n1', 'n2', 'n3', 'n4', 'n5', 'n6', 'n7'].map(replicaId)).at(-1)).toBe('hue1');
  });

  test('have units', () => {
    expect(lagChart(NO_HISTORY, ids).unit(1500)).toBe('1.5k');
    expect(writesChart(NO_HISTORY).unit(20)).toBe('20/s');
    expect(latencyChart(NO_HISTORY).unit(20)).toBe('20 ms');
  });

  test('know nothing before the first sample', () => {
    for (const chart of [lagChart(NO_HISTORY, ids), writesChart(NO_HISTORY), latencyChart(NO_HISTORY)]) {
      for (const { values } of chart.series) expect(values).toEqual(new Array(HISTORY_SECONDS).fill(null));
    }
  });
});
