import { tmpdir } from 'node:os';
import { Client } from '../../core/cluster/client.ts';
import type { DirectPlace } from '../../core/cluster/direct-channel.ts';
import type { ClusterSnapshot } from '../../core/observe/snapshot.ts';
import type { WriteMode } from '../../core/protocol/entry.ts';
import type { PositionText } from '../../core/protocol/position.ts';
import type { Tempo } from '../../core/protocol/timing.ts';
import { keyOf, valueText } from './load-plan.ts';
import { childrenWith } from './proc.ts';

/** Where a cluster runs: on this machine. */
export interface RunningPlace {
  readonly host: string;
  readonly port: number;
  readonly secretFile: string | null;
}

export interface BenchClusterOptions {
  readonly replicas: number;
  readonly mode?: WriteMode;
  readonly tempo?: Tempo;
}

/** A cluster of the benchmark's own, in a temporary folder, that is gone with it; or one that runs already. */
export class BenchCluster {
  readonly host: string;
  readonly port: number;
  /** Of its logs, if they are the benchmark's. */
  readonly folder: string;
  readonly client: Client;
  readonly #cluster: string;
  readonly #secretFile: string | null;
  readonly #stop: () => Promise<void>;

  static async start({ replicas, mode = 'quorum', tempo = 'normal' }: BenchClusterOptions): Promise<BenchCluster> {
    const { startCluster } = await import('../../core/cluster/local.ts');
    const cluster = await startCluster({ replicas, mode, host: '127.0.0.1', port: 0, data: null, tempo });
    const { host, port, secretFile } = cluster;
    const client = await Client.connect({ host, port, secretFile, reconnect: true });
    return new BenchCluster(client, { ...cluster, folder: cluster.data });
  }

  /** One that runs, and goes on. `secretFile` null: only its router can be reached. */
  static async attach({ host, port, secretFile }: RunningPlace): Promise<BenchCluster> {
    const client = await Client.connect({ host, port, secretFile, reconnect: true });
    const { cluster } = await client.ask({ op: 'status' });
    return new BenchCluster(client, { host, port, folder: tmpdir(), cluster, secretFile, stop: async () => {} });
  }

  private constructor(
    client: Client,
    of: Pick<BenchCluster, 'host' | 'port' | 'folder' | 'stop'> & { cluster: string; secretFile: string | null },
  ) {
    this.client = client;
    this.host = of.host;
    this.port = of.port;
    this.folder = of.folder;
    this.#cluster = of.cluster;
    this.#secretFile = of.secretFile;
    this.#stop = of.stop;
  }

  status(): Promise<ClusterSnapshot> {
    return this.client.ask({ op: 'status' });
  }

  /** The leader's own port, and its term. */
  async leader(): Promise<{ readonly place: DirectPlace; readonly term: number }> {
    const { leader, replicas } = await this.status();
    const found = replicas.find(({ id }) => id === leader);
    if (!found?.addr) throw new Error('the cluster has no leader');
    if (this.#secretFile === null) throw new Error('past the router it needs the secret of the cluster: --secret-file');
    const port = Number(found.addr.slice(found.addr.lastIndexOf(':') + 1));
    const host = found.addr.slice(0, found.addr.lastIndexOf(':'));
    const place = { host, port, replica: found.id, cluster: this.#cluster, secretFile: this.#secretFile };
    return { place, term: found.term };
  }

  /** Of its processes that run, by their names. Nobody tells the router's, but like the others it is a child of ours. */
  async pids(): Promise<ReadonlyMap<string, number>> {
    const { replicas } = await this.status();
    const router = childrenWith('router/main.js', this.#cluster)[0];
    return new Map<string, number>([
      ...(router === undefined ? [] : [['router', router] as const]),
      ...replicas.flatMap(({ id, pid }) => (pid === null ? [] : [[id, pid] as const])),
    ]);
  }

  /** Writes every key once. Resolves with a token that has seen all of them. */
  async fill(keys: number, valueBytes: number): Promise<PositionText> {
    const filler = 'x'.repeat(valueBytes);
    let token: PositionText | null = null;
    for (let n = 0; n < keys; n += FILLED_AT_ONCE) {
      const some = Array.from({ length: Math.min(FILLED_AT_ONCE, keys - n) }, (_, i) => n + i);
      const written = await Promise.all(
        some.map((k) => this.client.ask({ op: 'write', key: keyOf(k), value: valueText(k, filler) })),
      );
      const bad = written.find(({ outcome }) => outcome !== 'ok');
      if (bad) throw new Error(`the cluster does not take writes: ${bad.outcome}, ${bad.error?.message}`);
      const lsns = written.flatMap(({ position }) => (position === null ? [] : [position]));
      token = lsns.reduce((last, each) => (lsnOf(each) > lsnOf(last) ? each : last));
    }
    if (token === null) throw new Error('there are no keys');
    return token;
  }

  async stop(): Promise<void> {
    this.client.close();
    await this.#stop();
  }
}

const FILLED_AT_ONCE = 32;

const lsnOf = (position: PositionText): number => Number(position.slice(position.indexOf(':') + 1));
