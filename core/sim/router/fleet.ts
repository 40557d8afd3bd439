import { leaderOf, type ReplicaView } from '../../protocol/leader-of.ts';
import type { ReplicaId } from '../../protocol/position.ts';
import type { ReplicaStatus } from '../../protocol/status.ts';
import type { Schedule } from '../schedule.ts';
import type { Line, ToReplica } from './line.ts';

/** One replica, as the router knows it. */
interface Known {
  readonly id: ReplicaId;
  readonly line: Line;
  status: ReplicaStatus | null;
  /** When the status came, in ms. */
  statusAtMs: number;
}

/** What the router knows of its replicas, from their own statuses (as core/router/fleet.ts does over sockets). */
export class Fleet {
  readonly #schedule: Schedule;
  readonly #replicas: readonly Known[];
  /** A replica whose last status is older than this is taken to be out of reach, in ms. */
  staleMs: number;

  constructor(
    schedule: Schedule,
    ids: readonly ReplicaId[],
    staleMs: number,
    lineTo: (index: number, onMessage: (status: ReplicaStatus) => void) => Line,
  ) {
    this.#schedule = schedule;
    this.staleMs = staleMs;
    this.#replicas = ids.map((id, index) => {
      const known: Known = {
        id,
        line: lineTo(index, (status) => {
          known.status = status;
          known.statusAtMs = schedule.nowMs;
        }),
        status: null,
        statusAtMs: Number.NEGATIVE_INFINITY,
      };
      return known;
    });
  }

  get lines(): readonly Line[] {
    return this.#replicas.map(({ line }) => line);
  }

  /** Every member as it looks now. */
  facts(): readonly ReplicaView[] {
    return this.#replicas.map((known) => ({ id: known.id, reachable: this.#reaches(known), status: known.status }));
  }

  leader(): ReplicaStatus | null {
    return leaderOf(this.facts());
  }

  isReachable(id: ReplicaId): boolean {
    return this.#reaches(this.#known(id));
  }

  status(id: ReplicaId): ReplicaStatus | null {
    return this.#known(id).status;
  }

  send(to: ReplicaId, message: ToReplica): boolean {
    return this.#known(to).line.send(message);
  }

  #reaches({ line, statusAtMs }: Known): boolean {
    return line.isConnected && this.#schedule.nowMs - statusAtMs < this.staleMs;
  }

  #known(id: ReplicaId): Known {
    const known = this.#replicas.find((replica) => replica.id === id);
    if (known === undefined) throw new Error(`no replica ${id}`);
    return known;
  }
}
