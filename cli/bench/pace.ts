import type { Pace } from './lane.ts';

/*
 * Coordinated omission (Gil Tene's word): a client that asks again only when it was answered asks nothing while the
 * server stands still, and so hardly notices that it did: of a second's pause its latencies show one request for each
 * slot, where clients that come on their own would have been kept waiting by the thousand. Throughput needs such a
 * closed loop. Latency as users would see it needs the other one, at a rate that the server can take: there each request
 * has a time at which it is due, and its latency counts from then, sent late or not.
 */

/** As soon as there is a free slot. Latencies are what the requests took, and no more: see above. */
export const closedLoop: Pace = { next: (nowMs) => nowMs };

/** So many requests a second, each due at its time. */
export class OpenLoop implements Pace {
  readonly #intervalMs: number;
  #nextMs: number;

  constructor(rate: number, startMs: number) {
    this.#intervalMs = 1000 / rate;
    this.#nextMs = startMs;
  }

  next(nowMs: number): number | null {
    if (this.#nextMs > nowMs) return null;
    const dueMs = this.#nextMs;
    this.#nextMs += this.#intervalMs;
    return dueMs;
  }

  /** How many are due and not sent. */
  behind(nowMs: number): number {
    return Math.max(0, Math.floor((nowMs - this.#nextMs) / this.#intervalMs));
  }
}
