import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { LoadClient } from './client.ts';
import type { BenchCluster } from './cluster.ts';
import { Latencies } from './latencies.ts';
import type { Counted } from './load-plan.ts';
import { aFollower } from './paused.ts';
import { single, type TimesResult } from './result.ts';
import { FULL_LOAD, type TimesSettings } from './times.ts';

/** What the cluster holds when the follower comes, if `--entries` does not say less. */
const ENTRIES = 200_000;
/** Writes a second that go on meanwhile, each due at its time. */
const RATE = 1000;
const BEFORE_MS = 5000;
const LOOK_MS = 20;
const DEADLINE_MS = 180_000;

/**
 * A follower that has nothing catches up while writes go on. Every entry is of another key, so that nothing is folded
 * away: the snapshot that it is sent holds as many as the log that it stands for. Its log is taken away and begun anew
 * (`start --rebuild`); the time counts from that until it holds durably what the leader had at that moment.
 */
export async function measureCatchUp(settings: TimesSettings): Promise<TimesResult> {
  const { stage, replicas, mode, valueBytes, onProgress } = settings;
  const entries = Math.min(settings.entries, ENTRIES);
  const cluster = await stage.cluster({ replicas, mode });
  await fill(settings, cluster, entries);
  const { host, port } = cluster;
  const to = { path: 'router', host, port } as const;
  const load = { ...FULL_LOAD, keys: entries, to, mode, valueBytes };
  const client = await stage.client({ ...load, connections: 16, rate: RATE });
  await stage.pause(1000);
  const before = await client.count(() => stage.pause(BEFORE_MS));
  onProgress(0.7);
  const follower = await aFollower(cluster);
  await cluster.client.ask({ op: 'kill', target: follower });
  // Its folder stays: it is the log that is gone.
  const folder = join(cluster.folder, follower);
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
  const { leader, replicas: standing } = await cluster.status();
  const goal = standing.find(({ id }) => id === leader)?.lsn ?? 0;
  await client.begin();
  const startMs = performance.now();
  const started = await cluster.client.ask({ op: 'start', target: follower, rebuild: true });
  if (!started.ok) throw new Error(`${follower} does not start: ${started.error?.message}`);
  const startedMs = performance.now() - startMs;
  const durableLsn = async (): Promise<number> =>
    (await cluster.status()).replicas.find(({ id }) => id === follower)?.durableLsn ?? 0;
  await stage.until(`${follower} caught up`, async () => (await durableLsn()) >= goal, LOOK_MS, DEADLINE_MS);
  const caughtUpMs = performance.now() - startMs;
  const meanwhile = await client.counted();
  await stop(client);
  const measures = single({
    startedMs,
    caughtUpMs,
    entriesPerSecond: goal / (caughtUpMs / 1000),
    writesP50BeforeMs: percentile(before, 50),
    writesP50MeanwhileMs: percentile(meanwhile, 50),
    writesP99BeforeMs: percentile(before, 99),
    writesP99MeanwhileMs: percentile(meanwhile, 99),
  });
  const note = `an empty follower, ${goal} entries of as many keys, ${RATE} writes a second meanwhile (an open loop)`;
  return { case: 'catch-up', mode, replicas, times: 1, measures, note };
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

const percentile = ({ latencies }: Counted, percent: number): number =>
  Latencies.merged([latencies]).percentile(percent);
