import type { Clock } from '../../../core/protocol/clock.ts';

/** A clock that goes only when it is told to, with an event loop that turns only when it is told to. */
export class FakeClock implements Clock {
  #nowMs = 0;
  readonly #timers = new Set<{ readonly everyMs: number; dueMs: number; readonly act: () => void }>();
  #soon: (() => void)[] = [];

  /** How many of them go. */
  get timers(): number {
    return this.#timers.size;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  every(ms: number, act: () => void): () => void {
    const timer = { everyMs: ms, dueMs: this.#nowMs + ms, act };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  soon(act: () => void): void {
    this.#soon.push(act);
  }

  /** The event loop turns once. */
  turn(): void {
    const soon = this.#soon;
    this.#soon = [];
    for (const act of soon) act();
  }

  /** Time passes, and timers go off as they are due. */
  pass(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const [next] = [...this.#timers].toSorted((a, b) => a.dueMs - b.dueMs);
      if (next === undefined || next.dueMs > untilMs) break;
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.dueMs += next.everyMs;
      next.act();
    }
    this.#nowMs = untilMs;
  }

  /** Time passes while the process is stopped: no timer goes off. */
  sleep(ms: number): void {
    this.#nowMs += ms;
    for (const timer of this.#timers) timer.dueMs = Math.max(timer.dueMs, this.#nowMs + timer.everyMs);
  }
}
