import type { LinkSnapshot } from '../observe/snapshot.ts';
import type { Envelope, PeerMessage } from '../protocol/messages.ts';
import type { ReplicaId } from '../protocol/position.ts';
import { type Address, Dialer } from '../wire/dialer.ts';
import { encodePeerMessage } from '../wire/peers.ts';
import type { Secret } from '../wire/secret.ts';
import { Link, NO_FAULTS } from './link.ts';

/** A peer that takes in nothing has at most this many bytes waiting for it; further messages are dropped. */
const WAITING_BYTES_MAX = 16 * 1024 * 1024;

/**
 * The outgoing half of the network: one connection to each peer, which carries what this replica says, and nothing
 * back. A lost connection is dialled again; messages meanwhile are dropped, for the protocol asks again by itself.
 */
export class Peers {
  readonly #peers: ReadonlyMap<ReplicaId, { readonly dialer: Dialer; readonly link: Link<PeerMessage> }>;

  constructor(
    self: ReplicaId,
    members: readonly ReplicaId[],
    {
      cluster,
      secret,
      supervised,
    }: { readonly cluster: string; readonly secret: Secret; readonly supervised: boolean },
    redialMs: number,
    onClosed: (peer: ReplicaId) => void,
  ) {
    const peerOf = (to: ReplicaId) => {
      const dialer = new Dialer({
        secret,
        hello: { cluster, from: self, to, members },
        endsWhenSilent: !supervised,
        redialMs,
        waitingBytesMax: WAITING_BYTES_MAX,
        // Nothing comes back on this connection but the reason of a refusal, for people who look at the wire.
        onLine: () => null,
        onClosed: () => onClosed(to),
        onRefused: (reason) => void process.stderr.write(`no connection to ${to}: ${reason}\n`),
      });
      return { dialer, link: new Link<PeerMessage>((message) => dialer.send(encodePeerMessage(message))) };
    };
    this.#peers = new Map(members.filter((member) => member !== self).map((member) => [member, peerOf(member)]));
  }

  send({ to, message }: Envelope): void {
    this.#peers.get(to)?.link.send(message);
  }

  /** A connection that is lost from now on is dialled again after this, in ms. */
  setRedial(redialMs: number): void {
    for (const { dialer } of this.#peers.values()) dialer.setRedial(redialMs);
  }

  setAddresses(addresses: Readonly<Record<string, Address>>): void {
    for (const [id, peer] of this.#peers) peer.dialer.setAddress(addresses[id] ?? null);
  }

  setFaults(self: ReplicaId, links: readonly LinkSnapshot[]): void {
    for (const [id, peer] of this.#peers) {
      peer.link.faults = links.find((link) => link.from === self && link.to === id) ?? NO_FAULTS;
    }
  }
}
