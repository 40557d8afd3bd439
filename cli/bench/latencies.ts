import { build, decodeFromCompressedBase64, encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js';

/** Latencies of any number of requests, in µs: three digits are exact, from 1 µs to an hour. */
export class Latencies {
  readonly #histogram: Histogram;

  constructor(histogram: Histogram = build(SHAPE)) {
    this.#histogram = histogram;
  }

  /** All that several rounds, or processes, recorded. */
  static merged(texts: readonly string[]): Latencies {
    const all = new Latencies();
    for (const text of texts) all.#histogram.add(decodeFromCompressedBase64(text));
    return all;
  }

  add(us: number): void {
    this.#histogram.recordValue(Math.min(Math.max(1, Math.round(us)), US_MAX));
  }

  reset(): void {
    this.#histogram.reset();
  }

  encoded(): string {
    return encodeIntoCompressedBase64(this.#histogram);
  }

  /** In ms; NaN if nothing was recorded. */
  percentile(percent: number): number {
    return this.#histogram.totalCount === 0 ? Number.NaN : this.#histogram.getValueAtPercentile(percent) / 1000;
  }

  get maxMs(): number {
    return this.#histogram.totalCount === 0 ? Number.NaN : this.#histogram.maxValue / 1000;
  }
}

const US_MAX = 3_600_000_000;
const SHAPE = {
  bitBucketSize: 32,
  autoResize: false,
  lowestDiscernibleValue: 1,
  highestTrackableValue: US_MAX,
  numberOfSignificantValueDigits: 3,
} as const;
