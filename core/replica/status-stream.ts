import type { ReplicaStatus } from '../protocol/status.ts';

/** Statuses go out at most this often when something changed, in ms. */
const CHANGE_INTERVAL_MS = 10;

/** Tells when to send a status: every heartbeat, and on change, at once if the last one is long enough ago. */
export class StatusStream {
  readonly #read: () => ReplicaStatus;
  readonly #publish: (status: ReplicaStatus) => void;
  #heartbeat: NodeJS.Timeout;
  #sentMs = Number.NEGATIVE_INFINITY;
  #pending: NodeJS.Timeout | null = null;

  constructor(heartbeatMs: number, read: () => ReplicaStatus, publish: (status: ReplicaStatus) => void) {
    this.#read = read;
    this.#publish = publish;
    this.#heartbeat = setInterval(() => this.#send(), heartbeatMs);
  }

  setHeartbeat(heartbeatMs: number): void {
    clearInterval(this.#heartbeat);
    this.#heartbeat = setInterval(() => this.#send(), heartbeatMs);
  }

  /** Something may have changed. */
  changed(): void {
    if (this.#pending) return;
    const waitMs = this.#sentMs + CHANGE_INTERVAL_MS - performance.now();
    // Even at once means after this turn: what one turn changes is told together.
    this.#pending = setTimeout(() => this.#send(), Math.max(0, waitMs));
  }

  stop(): void {
    clearInterval(this.#heartbeat);
    if (this.#pending) clearTimeout(this.#pending);
  }

  #send(): void {
    if (this.#pending) clearTimeout(this.#pending);
    this.#pending = null;
    this.#sentMs = performance.now();
    this.#publish(this.#read());
  }
}
