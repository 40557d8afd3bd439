/** A binary heap: the item with the smallest key is at hand, and a push or a pop takes log n steps. */
export class MinHeap<T> {
  readonly #key: (item: T) => number;
  readonly #items: T[] = [];

  constructor(key: (item: T) => number) {
    this.#key = key;
  }

  get size(): number {
    return this.#items.length;
  }

  peek(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    const key = this.#key(item);
    let hole = this.#items.length;
    while (hole > 0) {
      const above = (hole - 1) >> 1;
      const parent = this.#items[above] as T;
      if (this.#key(parent) <= key) break;
      this.#items[hole] = parent;
      hole = above;
    }
    this.#items[hole] = item;
  }

  pop(): T | undefined {
    const smallest = this.#items[0];
    const last = this.#items.pop();
    if (last !== undefined && this.#items.length > 0) this.#sink(last);
    return smallest;
  }

  /** Finds the place of `item` from the top on, which is free. */
  #sink(item: T): void {
    const items = this.#items;
    const key = this.#key(item);
    let hole = 0;
    for (;;) {
      let below = 2 * hole + 1;
      if (below >= items.length) break;
      if (below + 1 < items.length && this.#key(items[below + 1] as T) < this.#key(items[below] as T)) below += 1;
      if (this.#key(items[below] as T) >= key) break;
      items[hole] = items[below] as T;
      hole = below;
    }
    items[hole] = item;
  }
}
