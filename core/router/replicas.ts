import type { ReplicaFacts } from '../observe/snapshot.ts';
import type { ReplicaId } from '../protocol/position.ts';
import type { Fleet } from '../routing/fleet.ts';
import type { FromReplica } from '../wire/replica-channel.ts';
import type { Secret } from '../wire/secret.ts';
import type { ReplicaPlace } from './config.ts';
import { ReplicaLink } from './replica-link.ts';

export interface ReplicasEvents {
  onMessage(from: ReplicaId, message: FromReplica): void;
  /** What was sent and not answered will not be. */
  onLost(id: ReplicaId): void;
}

/** The replicas' processes, as the supervisor knows them, and the router's connections to them. */
export class Replicas {
  readonly #links: ReadonlyMap<ReplicaId, ReplicaLink>;
  #places: Readonly<Record<string, ReplicaPlace>> = {};

  constructor(
    { cluster, secret }: { readonly cluster: string; readonly secret: Secret },
    members: readonly ReplicaId[],
    { onMessage, onLost }: ReplicasEvents,
  ) {
    const linkTo = (id: ReplicaId) =>
      new ReplicaLink(cluster, secret, id, {
        onMessage: (message) => onMessage(id, message),
        onLost: () => onLost(id),
      });
    this.#links = new Map(members.map((id) => [id, linkTo(id)]));
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
      const statusAgeMs = fleet.statusAgeMs(view.id);
      return {
        ...view,
        addr: place?.address ? `${place.address.host}:${place.address.port}` : null,
        pid: place?.pid ?? null,
        process: place?.process ?? 'down',
        statusAgeMs: statusAgeMs === null ? null : Math.round(statusAgeMs),
      };
    });
  }
}
