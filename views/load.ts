import type { WriteOrDelete } from '../core/observe/api.ts';
import type { Cluster, ClusterReply } from '../core/observe/cluster.ts';

/** Writes a second of a continuous load: enough to be seen, not to be waited for. */
export const LOAD_RATE = 100;
const PACE_MS = 20;
/** Beyond so many unanswered writes no more are sent, until some are answered. */
const IN_FLIGHT_MAX = 500;
/** They go to this many keys in turn: load-1 to load-9. */
const KEYS = 9;

type OnReply = (reply: ClusterReply<WriteOrDelete>) => void;

/** Writes that no key waits for: continuously, or many at once. */
export class Load {
  readonly #cluster: Cluster;
  readonly #onReply: OnReply;
  #timer: NodeJS.Timeout | undefined;
  #count = 0;
  #inFlight = 0;
  #owed = 0;
  #pacedMs = 0;

  constructor(cluster: Cluster, onReply: OnReply) {
    this.#cluster = cluster;
    this.#onReply = onReply;
  }

  start(): void {
    this.stop();
    this.#owed = 0;
    this.#pacedMs = performance.now();
    this.#timer = setInterval(() => this.#pace(), PACE_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** All of them go out now. */
  burst(writes: number): void {
    for (let i = 0; i < writes; i += 1) this.#write('burst');
  }

  #pace(): void {
    const nowMs = performance.now();
    this.#owed += ((nowMs - this.#pacedMs) * LOAD_RATE) / 1000;
    this.#pacedMs = nowMs;
    for (; this.#owed >= 1 && this.#inFlight < IN_FLIGHT_MAX; this.#owed -= 1) this.#write('load');
    // What could not be written in its time is not made up for later.
    this.#owed %= 1;
  }

  #write(name: string): void {
    this.#count += 1;
    this.#inFlight += 1;
    const key = `${name}-${((this.#count - 1) % KEYS) + 1}`;
    this.#cluster.request({ op: 'write', key, value: `${this.#count}` }, (reply) => {
      this.#inFlight -= 1;
      this.#onReply(reply);
    });
  }
}
