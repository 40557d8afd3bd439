import type { Schedule } from './schedule.ts';

/** The clock of one machine: it runs at its own rate, and may jump ahead. */
export class Clock {
  readonly #schedule: Schedule;
  #rate: number;
  /** What it showed at `#sinceMs` of virtual time. */
  #baseMs = 0;
  #sinceMs = 0;
  #toldMs = 0;

  constructor(schedule: Schedule, rate: number) {
    this.#schedule = schedule;
    this.#rate = rate;
  }

  /** How much faster it runs than time does. */
  get rate(): number {
    return this.#rate;
  }

  get nowMs(): number {
    return this.#baseMs + (this.#schedule.nowMs - this.#sinceMs) * this.#rate;
  }

  /** What has passed since it was last told. A hair less than a tick is one. */
  get untoldMs(): number {
    return this.nowMs - this.#toldMs + HAIR_MS;
  }

  /** Returns what has passed since it was last told. */
  tell(): number {
    const nowMs = this.nowMs;
    const elapsedMs = nowMs - this.#toldMs;
    this.#toldMs = nowMs;
    return elapsedMs;
  }

  jump(ms: number): void {
    this.#baseMs += ms;
  }

  /** From now on it runs as time does. */
  heal(): void {
    this.#baseMs = this.nowMs;
    this.#sinceMs = this.#schedule.nowMs;
    this.#rate = 1;
  }
}

/** Sums of fractions come out a little short. */
const HAIR_MS = 1e-6;
