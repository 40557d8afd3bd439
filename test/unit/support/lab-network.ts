import type { PeerMessage } from '../../../core/protocol/messages.ts';
import type { ReplicaId } from '../../../core/protocol/position.ts';

/** One direction between two replicas. */
export interface Link {
  readonly from: ReplicaId;
  readonly to: ReplicaId;
  /** Sent and not yet arrived, oldest first. */
  readonly queue: PeerMessage[];
  /** What is sent is lost. */
  cut: boolean;
  /** What is sent waits. */
  isHeld: boolean;
}

/** All links of a cluster. Which message arrives when, and whether, is up to the test. */
export class LabNetwork {
  readonly links: readonly Link[];
  readonly #byName = new Map<string, Link>();

  constructor(ids: readonly ReplicaId[]) {
    this.links = ids.flatMap((from) =>
      ids.filter((to) => to !== from).map((to) => ({ from, to, queue: [], cut: false, isHeld: false })),
    );
    for (const link of this.links) this.#byName.set(`${link.from}>${link.to}`, link);
  }

  link(from: string, to: string): Link {
    const link = this.#byName.get(`${from}>${to}`);
    if (!link) throw new Error(`no link from ${from} to ${to}`);
    return link;
  }

  send(from: ReplicaId, to: ReplicaId, message: PeerMessage): void {
    const link = this.link(from, to);
    if (!link.cut) link.queue.push(message);
  }

  /** What is on its way is lost too. */
  cut(from: string, to: string): void {
    const link = this.link(from, to);
    link.cut = true;
    link.queue.length = 0;
  }

  /** Takes a message off its link: the oldest, unless told otherwise. */
  take(link: Link, index = 0): PeerMessage {
    const [message] = link.queue.splice(index, 1);
    if (!message) throw new Error(`nothing at ${index} on its way from ${link.from} to ${link.to}`);
    return message;
  }
}
