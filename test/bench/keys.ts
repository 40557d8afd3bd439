import { setTimeout as pass } from 'node:timers/promises';
import type { Watched } from './watched.ts';

/** From each key to its effect on the screen, in ms. */
export interface Times {
  readonly select: readonly number[];
  readonly write: readonly number[];
}

/** Presses keys one by one, and takes the time. */
export class Keys {
  readonly #dashboard: Watched;
  #writes = 0;
  #pause = 0;

  constructor(dashboard: Watched) {
    this.#dashboard = dashboard;
  }

  /** Two selections and a write each. */
  async rounds(count: number): Promise<Times> {
    const select: number[] = [];
    const write: number[] = [];
    for (let round = 0; round < count; round++) {
      select.push(await this.#time('2', /▸ n2\b/), await this.#time('3', /▸ n3\b/));
      write.push(await this.write());
    }
    return { select, write };
  }

  /** One write. It is seen as soon as the screen names it, with its answer or without. */
  write(): Promise<number> {
    this.#writes++;
    return this.#time('w', new RegExp(`= v${this.#writes}\\b`));
  }

  async #time(key: string, effect: RegExp): Promise<number> {
    // A hand does not wait for the moment after a frame: pauses of 50 to 250 ms, the same in every run.
    this.#pause = (this.#pause + 87) % 200;
    await pass(50 + this.#pause);
    const pressedMs = performance.now();
    this.#dashboard.press(key);
    await this.#dashboard.until(effect);
    return performance.now() - pressedMs;
  }
}
