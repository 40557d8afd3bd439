import type { ReplicaEvent } from '../../core/protocol/events.ts';
import type { ReplicaId } from '../../core/protocol/position.ts';
import type { LoadClient } from './client.ts';
import type { BenchCluster } from './cluster.ts';
import { rounded, spreadOf, type TimesResult } from './result.ts';
import { FULL_LOAD, msBetween, type TimesSettings } from './times.ts';

/** Under load, but not so much that the election waits for the queue of writes. */
const LOAD = { ...FULL_LOAD, connections: 16, inFlight: 4, keys: 997 };
const DEADLINE_MS = 20_000;
const LOOK_MS = 20;

interface Failover {
  readonly detectionMs: number;
  readonly electionMs: number;
  readonly firstWriteMs: number;
  readonly totalMs: number;
}

/**
 * `kill -9` of the leader under load, again and again. From the kill: until somebody asks for votes (`detectionMs`), until
 * somebody is elected (`electionMs`), until a client has the first acknowledgement of the new term (`firstWriteMs`); and
 * all of it (`totalMs`). The first two are told by the router's clock, in whole ms.
 */
export async function measureFailover(settings: TimesSettings): Promise<TimesResult> {
  const { stage, replicas, mode, valueBytes, times, onProgress } = settings;
  const cluster = await stage.cluster({ replicas, mode });
  const { host, port } = cluster;
  const client = await stage.client({ ...LOAD, to: { path: 'router', host, port }, mode, valueBytes });
  const failovers: Failover[] = [];
  while (failovers.length < times) {
    await stage.pause(1000);
    failovers.push(await failOver(settings, cluster, client));
    onProgress(failovers.length / times);
  }
  await client.stop();
  const of = (name: keyof Failover) => rounded(spreadOf(failovers.map((each) => each[name])), 1);
  const measures = {
    detectionMs: of('detectionMs'),
    electionMs: of('electionMs'),
    firstWriteMs: of('firstWriteMs'),
    totalMs: of('totalMs'),
  };
  const note =
    'kill -9 of the leader under 16x4 writes, tempo normal: until somebody asks for votes, is elected, acknowledges';
  return { case: 'failover', mode, replicas, times, measures, note };
}

async function failOver({ stage }: TimesSettings, cluster: BenchCluster, client: LoadClient): Promise<Failover> {
  const { leader, term, replicas } = await cluster.status();
  const pid = replicas.find(({ id }) => id === leader)?.pid;
  if (!leader || !pid) throw new Error('the cluster has no leader');
  const news = listen(cluster, leader);
  try {
    const acknowledged = client.acknowledgedAfter(term);
    const [killedAt, killedNs] = [Date.now(), process.hrtime.bigint()];
    process.kill(pid, 'SIGKILL');
    const totalMs = msBetween(killedNs, await acknowledged);
    await stage.until('news of the election', () => news.first('elected', killedAt) !== null, LOOK_MS, DEADLINE_MS);
    const campaign = news.first('campaign', killedAt) ?? killedAt;
    const elected = news.first('elected', killedAt) ?? campaign;
    await cluster.client.ask({ op: 'start', target: leader });
    await stage.until('all replicas together again', async () => isWhole(await cluster.status()), LOOK_MS, DEADLINE_MS);
    return {
      detectionMs: campaign - killedAt,
      electionMs: elected - campaign,
      firstWriteMs: Math.max(0, totalMs - (elected - killedAt)),
      totalMs,
    };
  } finally {
    news.end();
  }
}

/** When the others asked for votes, and were elected: wall time, in ms. A first subscriber is told old news, too. */
function listen(cluster: BenchCluster, killed: ReplicaId) {
  const heard: { readonly type: ReplicaEvent['type']; readonly at: number }[] = [];
  const end = cluster.client.subscribe((change) => {
    if (change.type !== 'event' || change.event.what.type !== 'replica' || change.event.what.id === killed) return;
    heard.push({ type: change.event.what.event.type, at: change.event.at });
  });
  const first = (wanted: ReplicaEvent['type'], sinceMs: number): number | null =>
    heard.find(({ type, at }) => type === wanted && at >= sinceMs)?.at ?? null;
  return { end, first };
}

/** Every process is up, follows the leader, and is a short way behind at most. */
export function isWhole({ leader, replicas }: Awaited<ReturnType<BenchCluster['status']>>): boolean {
  const isLevel = ({ id, process, lag }: (typeof replicas)[number]): boolean =>
    process === 'up' && (id === leader || (lag !== null && lag.ms < 500));
  return leader !== null && replicas.every(isLevel);
}
