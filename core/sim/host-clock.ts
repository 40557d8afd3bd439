import type { Schedule } from './schedule.ts';

/** The clock of one machine: it runs at its own rate, and may jump ahead. */
export class HostClock {
  readonly #schedule: Schedule;
  #rate: number;
  /** What it showed at `#sinceMs` of virtual time. */
  #baseMs = 0;
  #sinceMs = 0;

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
