import type { ReplicaFacts } from '../observe/snapshot.ts';
import { leaderOf } from '../protocol/leader-of.ts';
import type { ReplicaId } from '../protocol/position.ts';
import type { ReplicaStatus } from '../protocol/status.ts';
import type { FromReplica, ToReplica } from '../wire/replica-channel.ts';
import type { ReplicaPlace } from './config.ts';
import { ReplicaLink } from './replica-link.ts';

/** What the router knows of its replicas: their processes from the supervisor, the rest from their own statuses. */
export class Fleet {
  readonly #members: readonly ReplicaId[];
  readonly #links: ReadonlyMap<ReplicaId, ReplicaLink>;
  #staleMs: number;
  /** The limit before the last `retime`: until then it counts, if it is longer. */
  #earlier = { staleMs: 0, untilMs: 0 };
  #places: Readonly<Record<string, ReplicaPlace>> = {};

  /** `staleMs`: a replica whose last status is older than this is taken to be out of reach. */
  constructor(
    cluster: string,
    members: readonly ReplicaId[],
    staleMs: number,
    onMessage: (from: ReplicaId, message: FromReplica) => void,
    onLost: (id: ReplicaId) => void,
  ) {
    this.#members = members;
    this.#staleMs = staleMs;
    const linkTo = (id: ReplicaId) =>
      new ReplicaLink(cluster, id, { onMessage: (message) => onMessage(id, message), onLost: () => onLost(id) });
    this.#links = new Map(members.map((id) => [id, linkTo(id)]));
  }

  get members(): readonly ReplicaId[] {
    return this.#members;
  }

  /**
   * Replicas speak at another pace from now on. When it is a faster one they have yet to hear of it, and had no reason to
   * speak so far: they have as long as the new limit to do so.
   */
  retime(staleMs: number): void {
    this.#earlier = { staleMs: this.#limitMs, untilMs: performance.now() + staleMs };
    this.#staleMs = staleMs;
  }

  setPlaces(places: Readonly<Record<string, ReplicaPlace>>): void {
    this.#places = places;
    for (const [id, link] of this.#links) link.setAddress(places[id]?.address ?? null);
  }

  /** Every member as it looks now. */
  facts(): readonly ReplicaFacts[] {
    return this.#members.map((id) => {
      const link = this.#links.get(id);
      const place = this.#places[id];
      const statusAgeMs = link?.statusAgeMs ?? null;
      return {
        id,
        addr: place?.address ? `${place.address.host}:${place.address.port}` : null,
        pid: place?.pid ?? null,
        process: place?.process ?? 'down',
        reachable: this.isReachable(id),
        status: link?.status ?? null,
        statusAgeMs: statusAgeMs === null ? null : Math.round(statusAgeMs),
      };
    });
  }

  leader(): ReplicaStatus | null {
    return leaderOf(this.facts());
  }

  isReachable(id: ReplicaId): boolean {
    const link = this.#links.get(id);
    return link?.connected === true && (link.statusAgeMs ?? Number.POSITIVE_INFINITY) < this.#limitMs;
  }

  status(id: ReplicaId): ReplicaStatus | null {
    return this.#links.get(id)?.status ?? null;
  }

  /** Returns whether it is on its way. */
  send(to: ReplicaId, message: ToReplica): boolean {
    return this.#links.get(to)?.send(message) ?? false;
  }

  get #limitMs(): number {
    const { staleMs, untilMs } = this.#earlier;
    return performance.now() < untilMs ? Math.max(staleMs, this.#staleMs) : this.#staleMs;
  }
}
