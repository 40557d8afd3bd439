import { createConnection, type Socket } from 'node:net';
import type { ReplicaId } from '../protocol/position.ts';
import type { ReplicaStatus } from '../protocol/status.ts';
import { encodeHello } from '../wire/hello.ts';
import { LINE_BYTES_MAX, readLines, writeLine } from '../wire/lines.ts';
import { encodeToReplica, type FromReplica, parseFromReplica, type ToReplica } from '../wire/replica-channel.ts';

/** A lost connection is dialled again after this, in ms. */
const REDIAL_MS = 50;
/** A replica that takes in nothing has at most this many bytes waiting for it; more is not sent. */
const WAITING_BYTES_MAX = 32 * 1024 * 1024;

export interface ReplicaLinkEvents {
  onMessage(message: FromReplica): void;
  /** What was sent and not answered will not be. */
  onLost(): void;
}

/** The router's connection to one replica, and the last status that came over it. */
export class ReplicaLink {
  readonly id: ReplicaId;
  readonly #hello: string;
  readonly #events: ReplicaLinkEvents;
  #address: { readonly host: string; readonly port: number } | null = null;
  #socket: Socket | null = null;
  #connected = false;
  #redial: NodeJS.Timeout | null = null;
  #status: ReplicaStatus | null = null;
  #statusAtMs = Number.NEGATIVE_INFINITY;

  constructor(cluster: string, id: ReplicaId, events: ReplicaLinkEvents) {
    this.id = id;
    this.#hello = encodeHello({ cluster, from: 'router', to: id });
    this.#events = events;
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** Kept when the connection is lost: it is what was last known. */
  get status(): ReplicaStatus | null {
    return this.#status;
  }

  /** Since the last status came, in ms; null if none did. */
  get statusAgeMs(): number | null {
    return this.#status ? performance.now() - this.#statusAtMs : null;
  }

  setAddress(address: { readonly host: string; readonly port: number } | null): void {
    if (address?.host === this.#address?.host && address?.port === this.#address?.port) return;
    this.#address = address;
    if (this.#socket) this.#socket.destroy();
    else this.#dial();
  }

  /** Returns whether it is on its way. */
  send(message: ToReplica): boolean {
    const socket = this.#socket;
    if (!socket || !this.#connected || socket.writableLength > WAITING_BYTES_MAX) return false;
    writeLine(socket, encodeToReplica(message));
    return true;
  }

  #dial(): void {
    if (this.#redial) clearTimeout(this.#redial);
    this.#redial = null;
    if (!this.#address) return;
    const socket = createConnection({ ...this.#address, noDelay: true });
    this.#socket = socket;
    socket.on('connect', () => {
      this.#connected = true;
      writeLine(socket, this.#hello);
    });
    readLines(
      socket,
      { bytesMax: LINE_BYTES_MAX },
      (line) => this.#take(line, socket),
      () => {},
    );
    socket.on('close', () => {
      this.#socket = null;
      this.#connected = false;
      this.#events.onLost();
      if (this.#address) this.#redial = setTimeout(() => this.#dial(), REDIAL_MS);
    });
  }

  #take(line: string, socket: Socket): void {
    const parsed = parseFromReplica(line);
    if ('invalid' in parsed) {
      socket.destroy();
      return;
    }
    if (parsed.message.type === 'status') {
      this.#status = parsed.message.status;
      this.#statusAtMs = performance.now();
    }
    this.#events.onMessage(parsed.message);
  }
}
