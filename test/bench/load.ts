import { setTimeout as pass } from 'node:timers/promises';
import { Lockstep } from '../process/lockstep.ts';
import type { Running } from '../process/running.ts';

/** Writes to a cluster, by `lockstep load` in processes of their own. */
export class Load implements AsyncDisposable {
  readonly #cluster: Running;
  readonly #writers: Lockstep[] = [];

  constructor(cluster: Running) {
    this.#cluster = cluster;
  }

  /** As much as the cluster takes: writers that keep as much under way as they may, until one more is of no use. */
  static async full(cluster: Running): Promise<Load> {
    const load = new Load(cluster);
    for (let most = 0; load.writers < WRITERS_MAX; ) {
      load.add(RATE_MAX);
      await pass(STARTING_MS);
      const { perSecond } = await load.acknowledged(() => pass(TRYING_MS));
      if (perSecond < most * GAIN_MIN) {
        await load.#remove();
        break;
      }
      most = perSecond;
    }
    return load;
  }

  get writers(): number {
    return this.#writers.length;
  }

  /** One more process, that writes `rate` times a second. */
  add(rate: number): void {
    const { addr, sandbox } = this.#cluster;
    this.#writers.push(new Lockstep(['load', '--json', '--rate', `${rate}`, '--addr', addr], { sandbox }));
  }

  /** How many writes a second the cluster acknowledges, whoever asks for them, while `meanwhile` goes on. */
  async acknowledged<T>(meanwhile: () => Promise<T>): Promise<{ perSecond: number; result: T }> {
    const [startedMs, before] = [performance.now(), await this.#ok()];
    const result = await meanwhile();
    const after = await this.#ok();
    return { perSecond: ((after - before) * 1000) / (performance.now() - startedMs), result };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    while (this.#writers.length > 0) await this.#remove();
  }

  async #ok(): Promise<number> {
    return (await this.#cluster.client.ask({ op: 'status' })).writes.ok;
  }

  async #remove(): Promise<void> {
    const writer = this.#writers.pop();
    writer?.signal('SIGINT');
    await writer?.exit();
  }
}

const RATE_MAX = 100_000;
const WRITERS_MAX = 4;
const STARTING_MS = 1_000;
const TRYING_MS = 2_000;
/** What one more writer must at least bring. */
const GAIN_MIN = 1.1;
