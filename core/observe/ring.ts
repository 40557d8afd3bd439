/** The last `capacity` items that were pushed. */
export class Ring<T> {
  readonly #capacity: number;
  readonly #items: T[] = [];
  /** Where the next item goes: the place of the oldest, once full. */
  #next = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Returns the item that had to go, if any. */
  push(item: T): T | undefined {
    const gone = this.#items[this.#next];
    this.#items[this.#next] = item;
    this.#next = (this.#next + 1) % this.#capacity;
    return gone;
  }

  /** At most `count` of the newest, oldest first. */
  newest(count: number): T[] {
    const inOrder = [...this.#items.slice(this.#next), ...this.#items.slice(0, this.#next)];
    return inOrder.slice(Math.max(0, inOrder.length - count));
  }
}
