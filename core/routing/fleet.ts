import type { Clock } from '../protocol/clock.ts';
import { leaderOf, type ReplicaView } from '../protocol/leader-of.ts';
import type { ReplicaId } from '../protocol/position.ts';
import type { LocateRequest, ReadRequest, WriteRequest } from '../protocol/requests.ts';
import type { ReplicaStatus } from '../protocol/status.ts';
import type { Timing } from '../protocol/timing.ts';

/** What the routing tier asks of a replica. */
export type ReplicaRequest =
  | { readonly type: 'write'; readonly write: WriteRequest }
  | { readonly type: 'read'; readonly read: ReadRequest }
  | { readonly type: 'locate'; readonly locate: LocateRequest };

/** The way to one replica. */
export interface ReplicaLine {
  readonly isConnected: boolean;
  /** Returns whether it is on its way. */
  send(request: ReplicaRequest): boolean;
}

/** A replica that has missed so many heartbeats is out of reach; but never before this many ms, on a busy machine. */
const STALE_HEARTBEATS = 5;
const STALE_MS_MIN = 250;

/** A replica that lives by `timing`, and whose last status is older than this, is taken to be out of reach; in ms. */
export const staleMsOf = ({ heartbeatMs }: Timing): number => Math.max(STALE_MS_MIN, STALE_HEARTBEATS * heartbeatMs);

interface Known {
  readonly id: ReplicaId;
  readonly line: ReplicaLine;
  status: ReplicaStatus | null;
  /** When the status came. */
  toldMs: number;
}

/**
 * What is known of the replicas, from their own statuses alone.
 *
 * 1. A status is kept until there is a newer one, whatever becomes of its replica: it is what was last known.
 * 2. A replica is reachable while its line stands and its last status is fresh.
 * 3. A replica counts as fresh by the pace before the last `retime`, if that was slower, until it has had the time to
 *    speak at the new one.
 */
export class Fleet {
  readonly members: readonly ReplicaId[];
  readonly #clock: Clock;
  readonly #all: readonly Known[];
  readonly #known: ReadonlyMap<ReplicaId, Known>;
  #staleMs: number;
  #earlier = { staleMs: 0, untilMs: Number.NEGATIVE_INFINITY };
  /** Who led by the statuses that are still the last ones; null: to be looked for. */
  #leading: (Known & { readonly status: ReplicaStatus }) | null = null;

  constructor(
    clock: Clock,
    members: readonly ReplicaId[],
    timing: Timing,
    lineTo: (id: ReplicaId, index: number) => ReplicaLine,
  ) {
    this.members = members;
    this.#clock = clock;
    this.#staleMs = staleMsOf(timing);
    this.#all = members.map((id, index) => ({
      id,
      line: lineTo(id, index),
      status: null,
      toldMs: Number.NEGATIVE_INFINITY,
    }));
    this.#known = new Map(this.#all.map((known) => [known.id, known]));
  }

  /** Replicas speak at another pace from now on. When it is a faster one, they have yet to hear of it. */
  retime(timing: Timing): void {
    const staleMs = staleMsOf(timing);
    const nowMs = this.#clock.nowMs();
    this.#earlier = { staleMs: this.#limitMs(nowMs), untilMs: nowMs + staleMs };
    this.#staleMs = staleMs;
  }

  /** A status has come from `id`. */
  told(id: ReplicaId, status: ReplicaStatus): void {
    const known = this.#known.get(id);
    if (known === undefined) throw new Error(`no replica ${id}`);
    this.#leading = null;
    known.status = status;
    known.toldMs = this.#clock.nowMs();
  }

  /** Every member as it looks now. */
  views(): readonly ReplicaView[] {
    const nowMs = this.#clock.nowMs();
    return this.#all.map((known) => ({
      id: known.id,
      reachable: this.#reaches(known, nowMs),
      status: known.status,
    }));
  }

  leader(): ReplicaStatus | null {
    // Of the same statuses the same one leads for as long as it can be reached: the others' words count, reached or not.
    if (this.#leading && this.#reaches(this.#leading, this.#clock.nowMs())) return this.#leading.status;
    const status = leaderOf(this.views());
    this.#leading = status && (this.#all.find((known) => known.status === status) as Known & { status: ReplicaStatus });
    return status;
  }

  isReachable(id: ReplicaId): boolean {
    const known = this.#known.get(id);
    return known !== undefined && this.#reaches(known, this.#clock.nowMs());
  }

  status(id: ReplicaId): ReplicaStatus | null {
    return this.#known.get(id)?.status ?? null;
  }

  /** Since the last status came, in ms; null if none did. */
  statusAgeMs(id: ReplicaId): number | null {
    const known = this.#known.get(id);
    return known?.status ? this.#clock.nowMs() - known.toldMs : null;
  }

  /** Returns whether it is on its way. */
  send(to: ReplicaId, request: ReplicaRequest): boolean {
    return this.#known.get(to)?.line.send(request) ?? false;
  }

  #reaches({ line, toldMs }: Known, nowMs: number): boolean {
    return line.isConnected && nowMs - toldMs < this.#limitMs(nowMs);
  }

  #limitMs(nowMs: number): number {
    const { staleMs, untilMs } = this.#earlier;
    return nowMs < untilMs ? Math.max(staleMs, this.#staleMs) : this.#staleMs;
  }
}
