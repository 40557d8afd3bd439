import { type Random, seededRandom } from '../protocol/random.ts';
import { crc32 } from '../wal/crc32.ts';

/**
 * The random decisions of one part of a run: its network, one replica's disk, one kind of fault… Each part has a
 * generator of its own, so that a draw more in one does not shift the others.
 */
export class Draw implements Random {
  readonly #random: Random;

  constructor(seed: number, part: string) {
    this.#random = seededRandom(crc32(`${part} of ${seed}`));
  }

  between(low: number, high: number): number {
    return this.#random.between(low, high);
  }

  /** A whole number in [0, count). */
  below(count: number): number {
    return Math.floor(this.#random.between(0, count));
  }

  chance(probability: number): boolean {
    return this.#random.between(0, 1) < probability;
  }

  /** One of the items, of which there is at least one. */
  oneOf<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item;
  }

  /** From 0 up, `mean` on average, now and then several times that: how long things take and how far they lie apart. */
  around(mean: number): number {
    const long = this.chance(0.1);
    return this.between(0, long ? 5.6 * mean : 1.6 * mean);
  }
}
