import type { Lsn, ReplicaId, Term, WriteId } from '../protocol/position.ts';
import type { Reply, WriteAcknowledged } from '../protocol/requests.ts';
import type { Acknowledged } from '../wire/acknowledged.ts';
import type { FromReplica } from '../wire/replica-channel.ts';

/** So many writes go in one message: its line stays far below the longest that is taken. */
const WRITES_MAX = 1000;

/**
 * Gathers what is acknowledged in one turn: a commit acknowledges hundreds of writes at once, and what is said of each
 * is the same but for its id and LSN.
 */
export class Acknowledgements {
  readonly #send: (message: Acknowledged) => void;
  #term: Term | null = null;
  #durableOn: readonly ReplicaId[] = [];
  #writes: (WriteId | Lsn)[] = [];

  constructor(send: (message: Acknowledged) => void) {
    this.#send = send;
  }

  add({ id, position, durableOn }: WriteAcknowledged): void {
    if (position.term !== this.#term || durableOn !== this.#durableOn || this.#writes.length >= 2 * WRITES_MAX) {
      this.flush();
    }
    if (this.#writes.length === 0) process.nextTick(() => this.flush());
    this.#term = position.term;
    this.#durableOn = durableOn;
    this.#writes.push(id, position.lsn);
  }

  /** Sends what was gathered: before anything else that is to come after it. */
  flush(): void {
    if (this.#term === null || this.#writes.length === 0) return;
    const writes = this.#writes;
    this.#writes = [];
    this.#send({ type: 'acknowledged', term: this.#term, durableOn: this.#durableOn, writes });
  }
}

/** The acknowledgement that `message` is, or null. */
export function acknowledgementIn(message: FromReplica): WriteAcknowledged | null {
  if (message.type !== 'reply') return null;
  const reply: Reply = message.reply;
  return reply.type === 'write' && reply.outcome === 'ok' ? reply : null;
}
