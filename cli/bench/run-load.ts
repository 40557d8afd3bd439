import type { WriteMode } from '../../core/protocol/entry.ts';
import type { LoadCase } from './cases.ts';
import type { LoadClient } from './client.ts';
import type { BenchCluster } from './cluster.ts';
import { CpuOfCluster } from './cpu.ts';
import type { LoadPlan, Path } from './load-plan.ts';
import type { LoadResult } from './result.ts';
import type { Stage } from './stage.ts';
import { type Round, roundOf, summarize } from './summary.ts';

/** How a case is run. */
export interface LoadSettings {
  readonly path: Path;
  readonly mode: WriteMode;
  readonly replicas: number;
  readonly valueBytes: number;
  readonly clients: number;
  /** Of one round. */
  readonly seconds: number;
  readonly rounds: number;
  readonly warmUpSeconds: number;
  /** Of an open loop, in requests a second. */
  readonly rate: number;
  /** Told after each round. */
  readonly onRound?: () => void;
}

/** So many keys are in use, if their values take no more than this together. */
const KEYS = 997;
const STATE_BYTES_MAX = 32 * 1024 * 1024;

/** Loads a cluster from client processes of its own, and counts, round by round. */
export async function runLoad(
  stage: Stage,
  cluster: BenchCluster,
  load: LoadCase,
  settings: LoadSettings,
): Promise<LoadResult> {
  const { path, mode, replicas, valueBytes, rounds: wanted, seconds, warmUpSeconds, rate, onRound } = settings;
  const clients = await startClients(stage, cluster, load, settings);
  await stage.pause(warmUpSeconds * 1000);
  const cpu = await CpuOfCluster.of(cluster);
  const rounds: Round[] = [];
  while (rounds.length < wanted) {
    const counted = await Promise.all(clients.map((client) => client.count(() => stage.pause(seconds * 1000))));
    rounds.push(roundOf(counted));
    onRound?.();
  }
  const taken = cpu.taken();
  const unanswered = (await Promise.all(clients.map((client) => client.stop()))).reduce((sum, count) => sum + count, 0);
  await stage.clearClients();
  const { behind, outcomes, ...summary } = summarize(rounds);
  return {
    ...{ case: load.name, path, mode, replicas, valueBytes },
    ...{ connections: load.connections, inFlight: load.inFlight },
    ...(load.isOpen ? ({ loop: 'open', rate, behind } as const) : ({ loop: 'closed' } as const)),
    ...summary,
    outcomes: { ...outcomes, unknown: outcomes.unknown + unanswered },
    cpu: taken,
  };
}

/** As many connections as the case has, or as many as there are processes, if that is more. */
async function startClients(
  stage: Stage,
  cluster: BenchCluster,
  load: LoadCase,
  settings: Pick<LoadSettings, 'path' | 'mode' | 'valueBytes' | 'clients' | 'rate'>,
): Promise<LoadClient[]> {
  const { path, mode, valueBytes, rate } = settings;
  const { host, port } = cluster;
  const keys = Math.max(1, Math.min(KEYS, Math.floor(STATE_BYTES_MAX / valueBytes)));
  const count = Math.min(settings.clients, load.connections);
  const plan: LoadPlan = {
    to: path === 'router' ? { path, host, port } : { path, ...(await cluster.leader()) },
    connections: 0,
    inFlight: load.inFlight,
    rate: load.isOpen ? rate / count : null,
    mode,
    ...{ readPercent: load.readPercent, level: load.level, valueBytes, keys },
    token: load.readPercent === 0 ? null : await cluster.fill(keys, valueBytes),
  };
  const starting = Array.from({ length: count }, (_, i) => {
    const connections = Math.floor((load.connections * (i + 1)) / count) - Math.floor((load.connections * i) / count);
    return stage.client({ ...plan, connections });
  });
  return Promise.all(starting);
}
