import type { ReplicaId } from '../protocol/position.ts';
import type { ReplicaLine } from '../routing/fleet.ts';
import { type Address, Dialer } from '../wire/dialer.ts';
import { encodeToReplica, type FromReplica, parseFromReplica, type ToReplica } from '../wire/replica-channel.ts';
import type { Secret } from '../wire/secret.ts';

/** A lost connection is dialled again after this, in ms. */
const REDIAL_MS = 50;
/** A replica that takes in nothing has at most this many bytes waiting for it; more is not sent. */
const WAITING_BYTES_MAX = 32 * 1024 * 1024;

export interface ReplicaLinkEvents {
  onMessage(message: FromReplica): void;
  /** What was sent and not answered will not be. */
  onLost(): void;
}

/** The router's connection to one replica. */
export class ReplicaLink implements ReplicaLine {
  readonly #dialer: Dialer;
  readonly #events: ReplicaLinkEvents;

  constructor(cluster: string, secret: Secret, id: ReplicaId, events: ReplicaLinkEvents) {
    this.#events = events;
    this.#dialer = new Dialer({
      secret,
      hello: { cluster, from: 'router', to: id },
      redialMs: REDIAL_MS,
      waitingBytesMax: WAITING_BYTES_MAX,
      onLine: (line) => this.#take(line),
      onClosed: events.onLost,
      onRefused: (reason) => void process.stderr.write(`no connection to ${id}: ${reason}\n`),
    });
  }

  get isConnected(): boolean {
    return this.#dialer.connected;
  }

  setAddress(address: Address | null): void {
    this.#dialer.setAddress(address);
  }

  /** Returns whether it is on its way. */
  send(message: ToReplica): boolean {
    return this.#dialer.send(encodeToReplica(message));
  }

  #take(line: string): string | null {
    const parsed = parseFromReplica(line);
    if ('invalid' in parsed) return parsed.invalid;
    this.#events.onMessage(parsed.message);
    return null;
  }
}
