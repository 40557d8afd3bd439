import type { ClusterEvent } from '../observe/events.ts';
import { formatHostPort } from '../observe/host-port.ts';
import type { WriteMode } from '../protocol/entry.ts';
import type { ReplicaId } from '../protocol/position.ts';
import { quorumSize } from '../protocol/quorum.ts';
import type { Tempo } from '../protocol/timing.ts';
import type { ReplicaReport } from '../replica/config.ts';
import { Client } from './client.ts';
import { DataFolder } from './data-folder.ts';
import { describeOwner } from './port-owner.ts';
import { type RunningCluster, registerRunning } from './running.ts';
import { StartError } from './start-error.ts';
import { type NotStarted, Supervisor } from './supervisor.ts';

/** A cluster has a leader within so many seconds, or does not start. */
const LEADER_S = 15;
/** The others are waited for, once it leads, for at most so long, in ms. */
const SETTLE_MS = 3000;

export interface ClusterOptions {
  /** 1 to 9; null: as many as the data folder has, or three. */
  readonly replicas: number | null;
  readonly mode: WriteMode;
  /** Where the router listens: this machine alone, or else with TLS. */
  readonly host: string;
  /** Of the router; 0: any that is free. */
  readonly port: number;
  /** Where logs are kept, and found again; null: in a temporary folder, removed at the end. */
  readonly data: string | null;
  readonly tempo: Tempo;
}

/** A cluster of this process's children. */
export interface LocalCluster {
  /** host:port of the router. */
  readonly addr: string;
  readonly host: string;
  readonly port: number;
  readonly cluster: string;
  readonly replicas: readonly ReplicaId[];
  readonly data: string;
  readonly secretFile: string;
  /** Why this user's commands do not find the secret by themselves; null if they do. */
  readonly unlisted: string | null;
  /** Those that did not start: the others go on without them. */
  readonly down: readonly NotStarted[];
  /** Ends every process, and removes the data if it is temporary. */
  stop(): Promise<void>;
  /** Settles when it stopped: asked by a client, by `stop`, or failed. */
  readonly ended: Promise<{ readonly reason: string; readonly failed: boolean }>;
}

/**
 * Starts a cluster; resolves once a leader can take writes.
 *
 * @param onEvent is told everything that happens, from the start.
 * @param onListening is told as soon as the router can be reached, before there is a leader.
 * @throws StartError, with nothing left running.
 */
export async function startCluster(
  options: ClusterOptions,
  onEvent?: (event: ClusterEvent) => void,
  onListening?: (place: RunningCluster) => void,
): Promise<LocalCluster> {
  const folder = DataFolder.open(options.data, options.replicas);
  const start = begin(options, folder);
  const { secretFile } = folder;
  const { host } = options;
  try {
    const port = await start.routerListens;
    const place = { host, port, secretFile };
    const unlisted = start.list(place);
    onListening?.(place);
    const client = await Client.connect({ ...place, reconnect: true });
    start.onStop(() => client.close());
    if (onEvent) client.subscribe((change) => change.type === 'event' && onEvent(change.event));
    await start.race(ready(client));
    await start.race(start.replicasSettled());
    return {
      addr: formatHostPort(place),
      host,
      port,
      cluster: folder.cluster,
      replicas: folder.replicas,
      data: folder.path,
      secretFile,
      unlisted,
      down: [...start.down],
      stop: () => start.stop('stopped', false),
      ended: start.ended,
    };
  } catch (error) {
    await start.stop('it did not start', true);
    throw error;
  }
}

function begin(options: ClusterOptions, folder: DataFolder): Start {
  try {
    return new Start(options, folder);
  } catch (error) {
    folder.close();
    throw new StartError(`cannot start: ${(error as Error).message}`, { code: 'cannot-start', cause: error });
  }
}

/** A cluster on its way up, and down. */
class Start {
  /** The router's port, as soon as it listens there. */
  readonly routerListens: Promise<number>;
  readonly ended: Promise<{ readonly reason: string; readonly failed: boolean }>;
  /** The replicas that did not start, so far. */
  readonly down: NotStarted[] = [];
  readonly #folder: DataFolder;
  readonly #supervisor: Supervisor;
  readonly #failed = Promise.withResolvers<never>();
  readonly #ended = Promise.withResolvers<{ readonly reason: string; readonly failed: boolean }>();
  readonly #settled: Promise<void>;
  readonly #refused = new Map<ReplicaId, string>();
  readonly #beforeStop: (() => void)[] = [];
  #stopped: Promise<void> | null = null;

  constructor(options: ClusterOptions, folder: DataFolder) {
    const listening = Promise.withResolvers<number>();
    const { mode, tempo, host, port } = options;
    this.#folder = folder;
    this.ended = this.#ended.promise;
    // Whoever awaits it may come late, or not at all.
    this.#failed.promise.catch(() => {});
    this.#supervisor = new Supervisor(
      { folder, host, port, mode, tempo },
      {
        onRouterListening: listening.resolve,
        onRouterRefused: (code, message) => void this.#refuseRouter(code, message, options),
        onReplica: (id, report) => this.#onReplica(id, report),
        onDown: () => void this.stop('stopped by a client', false),
        onRouterLost: (message) => {
          this.#failed.reject(new StartError(message, { code: 'cannot-start' }));
          void this.stop(message, true);
        },
      },
    );
    this.routerListens = this.race(listening.promise);
    this.#settled = this.#supervisor.start((failed) => this.down.push(failed));
  }

  /** Settles as `wanted` does, unless the start fails before. */
  async race<Value>(wanted: Promise<Value>): Promise<Value> {
    const late = Promise.withResolvers<never>();
    // Counted, for no time passes while this process is stopped: who presses Ctrl-Z loses no cluster.
    let seconds = 0;
    const timer = setInterval(() => {
      seconds += 1;
      if (seconds < LEADER_S) return;
      const message = `no leader within ${LEADER_S} s: see the output of the replicas in ${this.#folder.path}`;
      late.reject(new StartError(message, { code: 'no-leader' }));
    }, 1000);
    try {
      return await Promise.race([wanted, this.#failed.promise, late.promise]);
    } finally {
      clearInterval(timer);
    }
  }

  /** Every replica has started or not; or one takes long, with a large log, say, and is not waited for any more. */
  async replicasSettled(): Promise<void> {
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, SETTLE_MS);
    await Promise.race([this.#settled, late.promise]);
    clearTimeout(timer);
  }

  onStop(then: () => void): void {
    this.#beforeStop.push(then);
  }

  /** So that this user's commands find the secret at the address. Returns why they will not; null if they will. */
  list(place: RunningCluster): string | null {
    try {
      this.onStop(registerRunning(this.#folder.cluster, place, process.env));
      return null;
    } catch (error) {
      return (error as Error).message;
    }
  }

  stop(reason: string, failed: boolean): Promise<void> {
    this.#stopped ??= this.#stop(reason, failed);
    return this.#stopped;
  }

  async #stop(reason: string, failed: boolean): Promise<void> {
    this.#failed.reject(new StartError(`${reason} before it had a leader`, { code: 'cannot-start' }));
    await this.#supervisor.stopReplicas();
    for (const then of this.#beforeStop) then();
    this.#folder.close();
    await this.#supervisor.stopRouter();
    this.#ended.resolve({ reason, failed });
  }

  async #refuseRouter(
    code: 'port-in-use' | 'unusable',
    message: string,
    { host, port }: ClusterOptions,
  ): Promise<void> {
    const isTaken = code === 'port-in-use';
    const text = isTaken ? await describeOwner({ host, port }) : `cannot listen on port ${port} of ${host}: ${message}`;
    this.#failed.reject(new StartError(text, { code: code === 'port-in-use' ? code : 'cannot-start' }));
  }

  /** One whose log is damaged or gone stays down, and the others go on if they are a majority. A log that is another's is a mistake. */
  #onReplica(id: ReplicaId, report: ReplicaReport): void {
    if (report.type !== 'refused') return;
    this.#refused.set(id, report.message);
    const { replicas } = this.#folder;
    const { code } = report;
    if (code === 'foreign') this.#failed.reject(new StartError(report.message, { code: 'data-foreign' }));
    else if (replicas.length - this.#refused.size < quorumSize(replicas.length)) {
      const message = [...this.#refused].map(([refused, why]) => `${refused}: ${why}`).join(' ');
      this.#failed.reject(new StartError(message, { code: 'replica-refused' }));
    }
  }
}

/** Somebody leads, and writes in the cluster's mode are taken: under `sync` that takes every follower. */
function ready(client: Client): Promise<void> {
  return new Promise((resolve) => {
    const end = client.subscribe((change) => {
      if (change.type !== 'snapshot' || change.snapshot.leader === null) return;
      const { mode, replicas } = change.snapshot;
      if (mode === 'sync' && replicas.some(({ process, lag }) => process === 'up' && lag === null)) return;
      resolve();
      queueMicrotask(() => end());
    });
  });
}
