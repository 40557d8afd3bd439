/** What a scan needs of a map's values: a number that rises in the order in which they were put there. */
export interface Ordered {
  readonly order: number;
}

/**
 * What a map held at one moment, handed out piece by piece while the map goes on changing: nobody has to wait for a
 * copy, and nothing is copied but what changes before its turn.
 *
 * 1. Values are visited in the order of their numbers, which is the map's own: a value that is put there anew, or moved
 *    to the end, has a new number.
 * 2. Whoever changes a value in a way that `copy` would notice calls `keep` first.
 */
export class Scan<Value extends Ordered, Piece> {
  readonly #values: Iterator<[string, Value]>;
  readonly #copy: (key: string, value: Value) => Piece | null;
  /** Values numbered above it were put there since. */
  readonly #last: number;
  /** The number of the value last visited. */
  #visited = 0;
  /** Copies of values that changed before their turn; null: not part of it. */
  readonly #kept = new Map<string, Piece | null>();
  #leftOver: Iterator<Piece | null> | null = null;

  /** `last`: the largest number given yet. `copy` may leave a value out. */
  constructor(map: ReadonlyMap<string, Value>, last: number, copy: (key: string, value: Value) => Piece | null) {
    this.#values = map.entries();
    this.#last = last;
    this.#copy = copy;
  }

  /** The value of `key` is about to change, or to go. */
  keep(key: string, value: Value): void {
    if (value.order <= this.#visited || value.order > this.#last || this.#kept.has(key)) return;
    this.#kept.set(key, this.#copy(key, value));
  }

  /** The next piece; null when there is none left. */
  next(): Piece | null {
    while (!this.#leftOver) {
      const { done, value } = this.#values.next();
      if (done || value[1].order > this.#last) {
        this.#leftOver = this.#kept.values();
        this.#visited = this.#last;
        break;
      }
      const [key, visited] = value;
      this.#visited = visited.order;
      // What changed before its turn comes at the end, as it was.
      if (this.#kept.has(key)) continue;
      const piece = this.#copy(key, visited);
      if (piece !== null) return piece;
    }
    for (let left = this.#leftOver.next(); !left.done; left = this.#leftOver.next()) {
      if (left.value !== null) return left.value;
    }
    return null;
  }
}
