import type { LinkSnapshot } from '../observe/snapshot.ts';

/** A delayed link holds at most this many messages; more are dropped, as a full queue in a switch would. */
export const DELAYED_MAX = 10_000;

export type LinkFaults = Pick<LinkSnapshot, 'cut' | 'delayMs' | 'dropPercent'>;
export const NO_FAULTS: LinkFaults = { cut: false, delayMs: 0, dropPercent: 0 };

/**
 * One direction of a link, with the faults set on it. What it lets through keeps its order, also when the delay
 * changes meanwhile. A cut loses what is under way.
 */
export class Link<Message> {
  readonly #deliver: (message: Message) => void;
  #faults = NO_FAULTS;
  #delayed: { readonly message: Message; readonly dueMs: number }[] = [];
  #timer: NodeJS.Timeout | null = null;

  constructor(deliver: (message: Message) => void) {
    this.#deliver = deliver;
  }

  get faults(): LinkFaults {
    return this.#faults;
  }

  set faults(faults: LinkFaults) {
    this.#faults = faults;
    if (faults.cut) this.#delayed = [];
  }

  send(message: Message): void {
    const { cut, delayMs, dropPercent } = this.#faults;
    if (cut || (dropPercent > 0 && Math.random() * 100 < dropPercent)) return;
    if (delayMs === 0 && this.#delayed.length === 0) {
      this.#deliver(message);
      return;
    }
    if (this.#delayed.length >= DELAYED_MAX) return;
    const dueMs = Math.max(performance.now() + delayMs, this.#delayed.at(-1)?.dueMs ?? 0);
    this.#delayed.push({ message, dueMs });
    this.#arm();
  }

  #arm(): void {
    const [first] = this.#delayed;
    if (!first || this.#timer) return;
    this.#timer = setTimeout(() => this.#release(), Math.max(0, first.dueMs - performance.now()));
  }

  #release(): void {
    this.#timer = null;
    // Timers may fire up to a millisecond early.
    const nowMs = performance.now() + 1;
    const due = this.#delayed.findIndex((waiting) => waiting.dueMs > nowMs);
    for (const { message } of this.#delayed.splice(0, due < 0 ? this.#delayed.length : due)) this.#deliver(message);
    this.#arm();
  }
}
