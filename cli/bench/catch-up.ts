import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ReplicaId } from '../../core/protocol/position.ts';
import type { LoadClient } from './client.ts';
import type { BenchCluster } from './cluster.ts';
import { isWhole } from './failover.ts';
import { Latencies } from './latencies.ts';
import type { Counted } from './load-plan.ts';
import { aFollower, isDurable } from './paused.ts';
import { rounded, single, spreadOf, type TimesResult } from './result.ts';
import { FULL_LOAD, type TimesSettings } from './times.ts';

/** What the cluster holds when the follower comes, if `--entries` does not say less. */
const ENTRIES = 200_000;
/** Writes a second that go on meanwhile, each due at its time. */
const RATE = 1000;
const BEFORE_MS = 3000;
const LOOK_MS = 20;
const DEADLINE_MS = 180_000;
const TIMES_MAX = 5;

/**
 * A follower that has nothing catches up while writes go on. There are as many keys as entries that count, so that the
 * snapshot that it is sent holds all of them; what the writes meanwhile add comes besides. Its log is taken away and
 * begun anew (`start --rebuild`); the time counts from that until it holds durably what the leader had at that moment.
 * So it goes several times; the latencies are of all of them together.
 */
export async function measureCatchUp(settings: TimesSettings): Promise<TimesResult> {
  const { stage, replicas, mode, valueBytes, onProgress } = settings;
  const entries = Math.min(settings.entries, ENTRIES);
  const times = Math.min(settings.times, TIMES_MAX);
  const cluster = await stage.cluster({ replicas, mode });
  await fill(settings, cluster, entries);
  const { host, port } = cluster;
  const to = { path: 'router', host, port } as const;
  const load = { ...FULL_LOAD, keys: entries, to, mode, valueBytes };
  const client = await stage.client({ ...load, connections: 16, rate: RATE });
  await stage.pause(1000);
  const before: Counted[] = [];
  const meanwhile: Counted[] = [];
  const startedMs: number[] = [];
  const caughtUpMs: number[] = [];
  const perSecond: number[] = [];
  for (let time = 0; time < times; time++) {
    before.push(await client.count(() => stage.pause(BEFORE_MS)));
    const follower = await emptied(cluster);
    const goal = await leaderLsn(cluster);
    await client.begin();
    const startMs = performance.now();
    const started = await cluster.client.ask({ op: 'start', target: follower, rebuild: true });
    if (!started.ok) throw new Error(`${follower} does not start: ${started.error?.message}`);
    startedMs.push(performance.now() - startMs);
    await stage.until(`${follower} caught up`, () => isDurable(cluster, follower, goal), LOOK_MS, DEADLINE_MS);
    const tookMs = performance.now() - startMs;
    meanwhile.push(await client.counted());
    caughtUpMs.push(tookMs);
    perSecond.push(entries / (tookMs / 1000));
    await stage.until('all replicas level', async () => isWhole(await cluster.status()), LOOK_MS, DEADLINE_MS);
    onProgress(0.6 + (0.4 * (time + 1)) / times);
  }
  await stop(client);
  const measures = {
    startedMs: rounded(spreadOf(startedMs), 0),
    caughtUpMs: rounded(spreadOf(caughtUpMs), 0),
    entriesPerSecond: rounded(spreadOf(perSecond), 0),
    ...single({
      writesP50BeforeMs: percentile(before, 50),
      writesP50MeanwhileMs: percentile(meanwhile, 50),
      writesP99BeforeMs: percentile(before, 99),
      writesP99MeanwhileMs: percentile(meanwhile, 99),
    }),
  };
  const note = `an empty follower, ${entries} entries of as many keys, ${RATE} writes a second meanwhile (an open loop)`;
  return { case: 'catch-up', mode, replicas, times, measures, note };
}

/** Kills a follower, and takes its log away. Its folder stays: it is the log that is gone. */
async function emptied(cluster: BenchCluster): Promise<ReplicaId> {
  const follower = await aFollower(cluster);
  await cluster.client.ask({ op: 'kill', target: follower });
  const folder = join(cluster.folder, follower);
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
  return follower;
}

async function leaderLsn(cluster: BenchCluster): Promise<number> {
  const { leader, replicas } = await cluster.status();
  return replicas.find(({ id }) => id === leader)?.lsn ?? 0;
}

/** Every key is written once, at full speed. */
async function fill({ stage, mode, valueBytes, onProgress }: TimesSettings, cluster: BenchCluster, entries: number) {
  const { host, port } = cluster;
  const load = { ...FULL_LOAD, connections: 1, inFlight: 1000, keys: entries };
  const client = await stage.client({ ...load, to: { path: 'router', host, port }, mode, valueBytes });
  const lsn = async (): Promise<number> => {
    const { leader, replicas } = await cluster.status();
    return replicas.find(({ id }) => id === leader)?.committedLsn ?? 0;
  };
  const isFull = async (): Promise<boolean> => {
    const reached = await lsn();
    onProgress(Math.min(0.6, (0.6 * reached) / entries));
    return reached >= entries;
  };
  await stage.until(`${entries} entries`, isFull, 100, DEADLINE_MS);
  await stop(client);
}

async function stop(client: LoadClient): Promise<void> {
  const unanswered = await client.stop();
  if (unanswered > 0) throw new Error(`${unanswered} requests were never answered`);
}

const percentile = (counts: readonly Counted[], percent: number): number =>
  Latencies.merged(counts.map(({ latencies }) => latencies)).percentile(percent);
