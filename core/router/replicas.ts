import { formatHostPort } from '../observe/host-port.ts';
import type { ReplicaFacts } from '../observe/snapshot.ts';
import type { ReplicaId } from '../protocol/position.ts';
import type { Fleet } from '../routing/fleet.ts';
import type { FromReplica } from '../wire/replica-channel.ts';
import type { ReplicaPlace } from './config.ts';
import { ReplicaLink, type Whole } from './replica-link.ts';

export interface ReplicasEvents {
  onMessage(from: ReplicaId, message: FromReplica): void;
  /** It is there: it has said so on a new connection. */
  onHeard(id: ReplicaId): void;
  /** What was sent and not answered will not be. `wasHeard`: it had been there. */
  onLost(id: ReplicaId, wasHeard: boolean): void;
  /** It is there, and does not talk with this router: it has another secret, say. */
  onRefused(id: ReplicaId, reason: string): void;
}

/** The replicas' processes, as the supervisor knows them if there is one, and the router's connections to them. */
export class Replicas {
  readonly #links: ReadonlyMap<ReplicaId, ReplicaLink>;
  #places: Readonly<Record<string, ReplicaPlace>> = {};

  constructor(cluster: Whole, events: ReplicasEvents) {
    const linkTo = (id: ReplicaId) =>
      new ReplicaLink(cluster, id, {
        onMessage: (message) => events.onMessage(id, message),
        onHeard: () => events.onHeard(id),
        onLost: (wasHeard) => events.onLost(id, wasHeard),
        onRefused: (reason) => events.onRefused(id, reason),
      });
    this.#links = new Map(cluster.members.map((id) => [id, linkTo(id)]));
  }

  setPlaces(places: Readonly<Record<string, ReplicaPlace>>): void {
    this.#places = places;
    for (const [id, link] of this.#links) link.setAddress(places[id]?.address ?? null);
  }

  /** The link to a member. */
  link(id: ReplicaId): ReplicaLink {
    const link = this.#links.get(id);
    if (link === undefined) throw new Error(`no replica ${id}`);
    return link;
  }

  /** Every member as it looks now. */
  facts(fleet: Fleet): readonly ReplicaFacts[] {
    return fleet.views().map((view) => {
      const place = this.#places[view.id];
      const heard = this.#links.get(view.id)?.heard ?? false;
      const statusAgeMs = fleet.statusAgeMs(view.id);
      return {
        ...view,
        addr: place?.address ? formatHostPort(place.address) : null,
        pid: place?.pid ?? null,
        process: place ? (place.process ?? (heard ? 'up' : 'down')) : 'down',
        heard,
        statusAgeMs: statusAgeMs === null ? null : Math.round(statusAgeMs),
      };
    });
  }
}
