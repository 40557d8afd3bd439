/**
 * Virtual time, and what is to happen when.
 *
 * 1. `nowMs` never goes back.
 * 2. What is due at the same time happens in the order in which it was asked for, so a run is the same every time.
 */
export class Schedule {
  // A binary heap over three arrays: no object for an event but its function.
  readonly #atMs: number[] = [];
  readonly #order: number[] = [];
  readonly #acts: (() => void)[] = [];
  #nowMs = 0;
  #count = 0;

  get nowMs(): number {
    return this.#nowMs;
  }

  /** `act` happens `ms` from now; never before now. */
  after(ms: number, act: () => void): void {
    this.at(this.#nowMs + ms, act);
  }

  at(ms: number, act: () => void): void {
    const dueMs = ms > this.#nowMs ? ms : this.#nowMs;
    const order = this.#count++;
    let hole = this.#acts.length;
    while (hole > 0) {
      const above = (hole - 1) >> 1;
      // Whatever is there was asked for before: of two due at the same time it comes first.
      if ((this.#atMs[above] as number) <= dueMs) break;
      this.#move(above, hole);
      hole = above;
    }
    this.#put(hole, dueMs, order, act);
  }

  /** `act` happens again and again, `ms()` from now or from the last time, until it returns false. */
  repeat(ms: () => number, act: () => boolean): void {
    const again = (): void => {
      if (act()) this.after(ms(), again);
    };
    this.after(ms(), again);
  }

  /** The next thing happens. Returns false if there is none. */
  step(): boolean {
    const act = this.#acts[0];
    if (act === undefined) return false;
    this.#nowMs = this.#atMs[0] as number;
    this.#removeFirst();
    act();
    return true;
  }

  #removeFirst(): void {
    const dueMs = this.#atMs.pop() as number;
    const order = this.#order.pop() as number;
    const act = this.#acts.pop() as () => void;
    const size = this.#acts.length;
    if (size === 0) return;
    let hole = 0;
    for (;;) {
      let below = 2 * hole + 1;
      if (below >= size) break;
      if (below + 1 < size && this.#isBefore(below + 1, this.#atMs[below] as number, this.#order[below] as number)) {
        below += 1;
      }
      if (!this.#isBefore(below, dueMs, order)) break;
      this.#move(below, hole);
      hole = below;
    }
    this.#put(hole, dueMs, order, act);
  }

  #isBefore(index: number, dueMs: number, order: number): boolean {
    const atMs = this.#atMs[index] as number;
    return atMs < dueMs || (atMs === dueMs && (this.#order[index] as number) < order);
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#atMs[from] as number, this.#order[from] as number, this.#acts[from] as () => void);
  }

  #put(index: number, dueMs: number, order: number, act: () => void): void {
    this.#atMs[index] = dueMs;
    this.#order[index] = order;
    this.#acts[index] = act;
  }
}
