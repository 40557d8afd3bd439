import type { ReplicaId } from '../protocol/position.ts';
import type { ReplicaLine } from '../routing/fleet.ts';
import { acknowledgedIn } from '../wire/acknowledged.ts';
import { type Address, Dialer } from '../wire/dialer.ts';
import { encodeToReplica, type FromReplica, parseFromReplica, type ToReplica } from '../wire/replica-channel.ts';
import type { Secret } from '../wire/secret.ts';

/** A lost connection is dialled again after this, in ms. */
const REDIAL_MS = 50;
/** A replica that takes in nothing has at most this many bytes waiting for it; more is not sent. */
const WAITING_BYTES_MAX = 32 * 1024 * 1024;

export interface ReplicaLinkEvents {
  onMessage(message: FromReplica): void;
  /** It has said on this connection how it is: it is there. */
  onHeard(): void;
  /** What was sent and not answered will not be. `wasHeard`: it had been there. */
  onLost(wasHeard: boolean): void;
  /** It is there, and does not talk with this router. */
  onRefused(reason: string): void;
}

/** The cluster that a replica is one of. */
export interface Whole {
  readonly cluster: string;
  readonly secret: Secret;
  readonly members: readonly ReplicaId[];
  /** All of it is on this machine, where no connection dies unnoticed. */
  readonly supervised: boolean;
}

/** The router's connection to one replica. */
export class ReplicaLink implements ReplicaLine {
  readonly #dialer: Dialer;
  readonly #events: ReplicaLinkEvents;
  #heard = false;

  constructor({ cluster, secret, members, supervised }: Whole, id: ReplicaId, events: ReplicaLinkEvents) {
    this.#events = events;
    this.#dialer = new Dialer({
      secret,
      hello: { cluster, from: 'router', to: id, members },
      // A replica tells its status all the time.
      endsWhenSilent: !supervised,
      redialMs: REDIAL_MS,
      waitingBytesMax: WAITING_BYTES_MAX,
      onLine: (line) => this.#take(line),
      onClosed: () => {
        const wasHeard = this.#heard;
        this.#heard = false;
        events.onLost(wasHeard);
      },
      onRefused: events.onRefused,
    });
  }

  get isConnected(): boolean {
    return this.#dialer.connected;
  }

  /** It is connected, and has said on this connection how it is. A process that is stopped takes connections, too. */
  get heard(): boolean {
    return this.#heard;
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
    const { message } = parsed;
    if (message.type === 'acknowledged') {
      for (const reply of acknowledgedIn(message)) this.#events.onMessage({ type: 'reply', reply });
      return null;
    }
    if (message.type === 'status' && !this.#heard) {
      this.#heard = true;
      this.#events.onHeard();
    }
    this.#events.onMessage(message);
    return null;
  }
}
