import { setTimeout as pass } from 'node:timers/promises';
import { LoadClient } from './client.ts';
import { BenchCluster, type BenchClusterOptions, type RunningPlace } from './cluster.ts';
import type { LoadPlan } from './load-plan.ts';

/** What a case that is stopped fails with. */
class StoppedError extends Error {}

/**
 * Everything that the benchmark starts, so that it ends: a case clears what it used, and a signal ends the rest. A case
 * waits by `pause` alone, which a stop ends.
 */
export class Stage {
  readonly #stopped = new AbortController();
  readonly #clusters = new Set<BenchCluster>();
  readonly #clients = new Set<LoadClient>();
  /** What it waits for to end. */
  readonly #endings = new Set<() => void | Promise<void>>();

  cluster(options: BenchClusterOptions): Promise<BenchCluster> {
    return this.#taken(() => BenchCluster.start(options));
  }

  /** One that runs already, and goes on when it is ended here. */
  running(place: RunningPlace): Promise<BenchCluster> {
    return this.#taken(() => BenchCluster.attach(place));
  }

  async #taken(start: () => Promise<BenchCluster>): Promise<BenchCluster> {
    this.check();
    const cluster = await start();
    this.#clusters.add(cluster);
    if (this.#stopped.signal.aborted) await this.end(cluster);
    this.check();
    return cluster;
  }

  async client(plan: LoadPlan): Promise<LoadClient> {
    this.check();
    const client = await LoadClient.start(plan);
    this.#clients.add(client);
    if (this.#stopped.signal.aborted) await client.end();
    this.check();
    return client;
  }

  /** Ends one of its clusters. */
  async end(cluster: BenchCluster): Promise<void> {
    this.#clusters.delete(cluster);
    await cluster.stop();
  }

  /** Calls `end` when it stops or is cleared, if the returned function was not called before. */
  onEnd(end: () => void | Promise<void>): () => void {
    this.#endings.add(end);
    return () => this.#endings.delete(end);
  }

  /** Ends all client processes; clusters go on. */
  async clearClients(): Promise<void> {
    const clients = [...this.#clients];
    this.#clients.clear();
    await Promise.all(clients.map((client) => client.end()));
  }

  async clear(): Promise<void> {
    await this.clearClients();
    const [clusters, endings] = [[...this.#clusters], [...this.#endings]];
    this.#clusters.clear();
    this.#endings.clear();
    await Promise.all([...clusters.map((cluster) => cluster.stop()), ...endings.map((end) => end())]);
  }

  /** Ends everything; whatever goes on fails with `StoppedError`. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.clear();
  }

  async pause(ms: number): Promise<void> {
    await pass(ms, undefined, { signal: this.#stopped.signal }).catch(() => this.check());
  }

  /** Looks every so many ms; gives up after `deadlineMs`, with what it waited for. */
  async until(
    what: string,
    isSo: () => boolean | Promise<boolean>,
    everyMs: number,
    deadlineMs: number,
  ): Promise<void> {
    const endMs = performance.now() + deadlineMs;
    while (!(await isSo())) {
      if (performance.now() > endMs) throw new Error(`${what}: not within ${deadlineMs / 1000} s`);
      await this.pause(everyMs);
    }
  }

  check(): void {
    if (this.#stopped.signal.aborted) throw new StoppedError('stopped');
  }
}
