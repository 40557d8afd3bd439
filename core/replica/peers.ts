import { createConnection, type Socket } from 'node:net';
import type { LinkSnapshot } from '../observe/snapshot.ts';
import type { Envelope, PeerMessage } from '../protocol/messages.ts';
import type { ReplicaId } from '../protocol/position.ts';
import { encodeHello } from '../wire/hello.ts';
import { writeLine } from '../wire/lines.ts';
import { encodePeerMessage } from '../wire/peers.ts';
import type { Address } from './config.ts';
import { Link, NO_FAULTS } from './link.ts';

/** A peer that takes in nothing has at most this many bytes waiting for it; further messages are dropped. */
const WAITING_BYTES_MAX = 16 * 1024 * 1024;

/**
 * The outgoing half of the network: one connection to each peer, which carries what this replica says, and nothing
 * back. A lost connection is dialled again; messages meanwhile are dropped, for the protocol asks again by itself.
 */
export class Peers {
  readonly #peers: ReadonlyMap<ReplicaId, Peer>;

  constructor(
    self: ReplicaId,
    members: readonly ReplicaId[],
    cluster: string,
    redialMs: number,
    onClosed: (peer: ReplicaId) => void,
  ) {
    const others = members.filter((member) => member !== self);
    this.#peers = new Map(
      others.map((to) => [to, new Peer(encodeHello({ cluster, from: self, to }), redialMs, () => onClosed(to))]),
    );
  }

  send({ to, message }: Envelope): void {
    this.#peers.get(to)?.link.send(message);
  }

  setAddresses(addresses: Readonly<Record<string, Address>>): void {
    for (const [id, peer] of this.#peers) peer.setAddress(addresses[id] ?? null);
  }

  setFaults(self: ReplicaId, links: readonly LinkSnapshot[]): void {
    for (const [id, peer] of this.#peers) {
      peer.link.faults = links.find((link) => link.from === self && link.to === id) ?? NO_FAULTS;
    }
  }

  close(): void {
    for (const peer of this.#peers.values()) peer.setAddress(null);
  }
}

class Peer {
  readonly link = new Link<PeerMessage>((message) => this.#write(message));
  readonly #hello: string;
  readonly #redialMs: number;
  readonly #onClosed: () => void;
  #address: Address | null = null;
  #socket: Socket | null = null;
  #redial: NodeJS.Timeout | null = null;

  constructor(hello: string, redialMs: number, onClosed: () => void) {
    this.#hello = hello;
    this.#redialMs = redialMs;
    this.#onClosed = onClosed;
  }

  setAddress(address: Address | null): void {
    if (address?.host === this.#address?.host && address?.port === this.#address?.port) return;
    this.#address = address;
    this.#socket?.destroy();
    this.#dial();
  }

  #dial(): void {
    if (this.#redial) clearTimeout(this.#redial);
    this.#redial = null;
    if (!this.#address) return;
    const socket = createConnection({ ...this.#address, noDelay: true });
    this.#socket = socket;
    let connected = false;
    socket.on('connect', () => {
      connected = true;
      writeLine(socket, this.#hello);
    });
    // Nothing comes back on this connection but the reason of a refusal, for people who look at the wire.
    socket.resume();
    socket.on('error', () => {});
    socket.on('close', () => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      if (this.#address) this.#redial = setTimeout(() => this.#dial(), this.#redialMs);
      if (connected) this.#onClosed();
    });
  }

  #write(message: PeerMessage): void {
    const socket = this.#socket;
    if (!socket || socket.connecting || socket.writableLength > WAITING_BYTES_MAX) return;
    writeLine(socket, encodePeerMessage(message));
  }
}
