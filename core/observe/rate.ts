/** Writes acknowledged in the last whole second, and how long they took from the router's receipt to its answer. */
export interface RateSnapshot {
  readonly acknowledged: number;
  /** The median, in ms, at most 5 % off; null if there was no write. */
  readonly p50Ms: number | null;
  /** All but one in a hundred were at least as fast, in ms, at most 5 % off; null if there was no write. */
  readonly p99Ms: number | null;
}

/**
 * Measures the rate and the latency of writes, second by second.
 *
 * 1. What is read changes at most once a second, and is nothing after a second without writes: a cluster at rest has
 *    nothing new to say.
 * 2. A write costs the same whatever the rate, and no memory: latencies are counted in buckets that grow by a constant
 *    factor, not kept.
 */
export class WriteRate {
  /** The second under way, as its number since the clock's zero. */
  #second = 0;
  #writes = 0;
  readonly #counts = new Uint32Array(BUCKETS);
  #last: RateSnapshot = NOTHING;

  /** A write was acknowledged after `ms`. `nowMs`: of a clock that never goes back. */
  add(ms: number, nowMs: number): void {
    this.#turn(nowMs);
    const bucket = bucketOf(ms);
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#writes += 1;
  }

  read(nowMs: number): RateSnapshot {
    this.#turn(nowMs);
    return this.#last;
  }

  /** Sums up the second that was under way once it is over. */
  #turn(nowMs: number): void {
    const second = Math.floor(nowMs / WINDOW_MS);
    if (second <= this.#second) return;
    const isLastOver = second === this.#second + 1;
    this.#last = isLastOver && this.#writes > 0 ? this.#summary() : NOTHING;
    this.#second = second;
    this.#writes = 0;
    this.#counts.fill(0);
  }

  #summary(): RateSnapshot {
    return { acknowledged: this.#writes, p50Ms: this.#percentile(0.5), p99Ms: this.#percentile(0.99) };
  }

  /** The smallest latency that this share of the writes did not exceed. */
  #percentile(share: number): number {
    let left = Math.ceil(this.#writes * share);
    const bucket = this.#counts.findIndex((count) => {
      left -= count;
      return left <= 0;
    });
    return latencyOf(bucket);
  }
}

const WINDOW_MS = 1000;
/** Latencies from the first to the second are told apart, in ms: from the clock's own step to more than any timeout. */
const LATENCY_MS_MIN = 0.001;
const LATENCY_MS_MAX = 60_000;
/** How far off a bucket's value may be. With three digits shown, that stays within 5 %. */
const ERROR_MAX = 0.04;
/** The middle of a bucket is equally far from both its ends if they are this factor apart. */
const GROWTH = (1 + ERROR_MAX) / (1 - ERROR_MAX);
const BUCKETS = 1 + Math.ceil(Math.log(LATENCY_MS_MAX / LATENCY_MS_MIN) / Math.log(GROWTH));

const NOTHING: RateSnapshot = { acknowledged: 0, p50Ms: null, p99Ms: null };

/** Bucket i ends at `LATENCY_MS_MIN * GROWTH ** i`, and begins where the one before it ends. */
function bucketOf(ms: number): number {
  if (ms <= LATENCY_MS_MIN) return 0;
  return Math.min(BUCKETS - 1, Math.ceil(Math.log(ms / LATENCY_MS_MIN) / Math.log(GROWTH)));
}

function latencyOf(bucket: number): number {
  const middle = (2 * LATENCY_MS_MIN * GROWTH ** bucket) / (GROWTH + 1);
  return Number(middle.toPrecision(3));
}
