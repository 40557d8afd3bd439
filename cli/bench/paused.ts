import type { ReplicaId } from '../../core/protocol/position.ts';
import type { BenchCluster } from './cluster.ts';
import { isWhole } from './failover.ts';
import { asMeasures, type Resident, residentOf } from './resident.ts';
import { single, type TimesResult } from './result.ts';
import { FULL_LOAD, type TimesSettings } from './times.ts';

const KEYS = 997;
const LOOK_MS = 50;
const BEFORE_MS = 3000;
const DEADLINE_MS = 120_000;

/**
 * A follower is stopped with SIGSTOP while the cluster takes as many writes as it can: what the processes hold before,
 * and at most; and how long it takes, once it goes on, until it has all that was there at that moment (`caughtUpMs`), and
 * until it is as near behind as a follower should be under load (`levelMs`: less than 500 ms). The load goes on all the time.
 */
export async function measurePaused(settings: TimesSettings): Promise<TimesResult> {
  const { stage, replicas, mode, valueBytes, pauseSeconds, onProgress } = settings;
  const cluster = await stage.cluster({ replicas, mode });
  const { host, port } = cluster;
  const client = await stage.client({ ...FULL_LOAD, keys: KEYS, to: { path: 'router', host, port }, mode, valueBytes });
  await stage.pause(BEFORE_MS);
  const before = await residentOf(cluster, 'VmRSS');
  const follower = await aFollower(cluster);
  await cluster.client.ask({ op: 'pause', target: follower });
  await client.begin();
  let most: Resident = before;
  for (let second = 0; second < pauseSeconds; second++) {
    await stage.pause(1000);
    most = larger(most, await residentOf(cluster, 'VmRSS'));
    onProgress((second / pauseSeconds) * 0.8);
  }
  const { outcomes, seconds } = await client.counted();
  const { replicas: standing, leader } = await cluster.status();
  const goal = standing.find(({ id }) => id === leader)?.lsn ?? 0;
  const missing = goal - (standing.find(({ id }) => id === follower)?.lsn ?? 0);
  const resumedMs = performance.now();
  await cluster.client.ask({ op: 'resume', target: follower });
  await stage.until(`${follower} caught up`, () => isDurable(cluster, follower, goal), LOOK_MS, DEADLINE_MS);
  const caughtUpMs = performance.now() - resumedMs;
  await stage.until(`${follower} level`, async () => isWhole(await cluster.status()), LOOK_MS, DEADLINE_MS);
  const levelMs = performance.now() - resumedMs;
  most = larger(most, await residentOf(cluster, 'VmRSS'));
  await client.stop();
  const measures = single({
    ...asMeasures(before, 'BeforeMiB'),
    ...asMeasures(most, 'MostMiB'),
    writesPerSecond: outcomes.ok / seconds,
    missingEntries: missing,
    caughtUpMs,
    levelMs,
  });
  const note = `a follower stopped for ${pauseSeconds} s under 16x64 writes, then until it had what the leader had, and was level`;
  return { case: 'paused', mode, replicas, times: 1, measures, note };
}

export async function aFollower(cluster: BenchCluster): Promise<ReplicaId> {
  const { leader, replicas } = await cluster.status();
  const found = replicas.find(({ id, process }) => id !== leader && process === 'up');
  if (!found) throw new Error('there is no follower: this case needs --replicas 3 or more');
  return found.id;
}

/** Whether a replica has everything up to `end` on its disk. */
export async function isDurable(cluster: BenchCluster, replica: ReplicaId, end: number): Promise<boolean> {
  const { replicas } = await cluster.status();
  return (replicas.find(({ id }) => id === replica)?.durableLsn ?? 0) >= end;
}

function larger(a: Resident, b: Resident): Resident {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])] as (keyof Resident)[];
  return Object.fromEntries(names.map((name) => [name, Math.max(a[name] ?? 0, b[name] ?? 0)]));
}
