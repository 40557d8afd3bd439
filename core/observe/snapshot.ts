import type { Standing, WriteMode } from '../protocol/entry.ts';
import { leaderOf, type ReplicaView } from '../protocol/leader-of.ts';
import { formatPosition, ORIGIN, type PositionText, type ReplicaId } from '../protocol/position.ts';
import type { Lag, ReplicaStatus, Role } from '../protocol/status.ts';
import type { Tempo } from '../protocol/timing.ts';
import type { Guarantees } from './guarantees.ts';
import type { FateCounts, OutcomeCounts } from './ledger.ts';
import type { RateSnapshot } from './rate.ts';

/**
 * The whole cluster at one moment, as `status --json` prints it and the dashboard draws it. Immutable; its keys are
 * stable within `v`.
 */
export interface ClusterSnapshot {
  readonly v: 1;
  readonly cluster: string;
  /** One process started all others, and can be asked to break them. If not, `process` is what the router hears. */
  readonly supervised: boolean;
  readonly mode: WriteMode;
  readonly tempo: Tempo;
  /** The highest term anyone has reached; 0 before the first election. */
  readonly term: number;
  /** The leader of the highest term that has one and still claims it; null if nobody leads. */
  readonly leader: ReplicaId | null;
  readonly replicas: readonly ReplicaSnapshot[];
  /** Links with a fault; a link that is not listed is whole. */
  readonly links: readonly LinkSnapshot[];
  readonly writes: OutcomeCounts;
  readonly fates: FateCounts;
  readonly rate: RateSnapshot;
  readonly guarantees: Guarantees;
}

export type ProcessState = 'up' | 'paused' | 'down';

export interface ReplicaSnapshot {
  readonly id: ReplicaId;
  /** host:port where it listens; null if it never did. */
  readonly addr: string | null;
  readonly pid: number | null;
  readonly process: ProcessState;
  /** What it last said of itself; role is null if it is down, or has not said anything since it was started. */
  readonly role: Role | null;
  readonly term: number;
  readonly position: PositionText;
  readonly lsn: number;
  readonly durableLsn: number;
  readonly committedLsn: number;
  /** The newest branches of its log, oldest first: the terms that left entries in it, and the first LSN of each. */
  readonly lineage: readonly { readonly term: number; readonly firstLsn: number }[];
  /** Entries up to here have left its log: a snapshot holds what they made. */
  readonly baseLsn: number;
  /** Whether it may vote: one that lost part of its log may not, or not yet. */
  readonly standing: Standing;
  /** Its disk has no room. */
  readonly diskFull: boolean;
  /** null without a leader, or if the leader has not heard from it in this term. */
  readonly lag: Lag | null;
  /** Entries that the leader sent it beyond those known to have arrived. 0 for the leader, if down, with no leader. */
  readonly inFlight: number;
  /** Since its last status reached the router, in ms; null if none did. */
  readonly heartbeatAgeMs: number | null;
}

export interface LinkSnapshot {
  readonly from: ReplicaId;
  readonly to: ReplicaId;
  readonly cut: boolean;
  readonly delayMs: number;
  readonly dropPercent: number;
}

/** So many branches of a lineage are shown: the newest. */
export const LINEAGE_SHOWN_MAX = 32;

/** What a snapshot is made of. */
export interface SnapshotParts {
  readonly cluster: string;
  readonly supervised: boolean;
  readonly mode: WriteMode;
  readonly tempo: Tempo;
  /** All members of the cluster, in the order in which they are shown. */
  readonly replicas: readonly ReplicaFacts[];
  readonly links: readonly LinkSnapshot[];
  readonly writes: OutcomeCounts;
  readonly fates: FateCounts;
  readonly rate: RateSnapshot;
  readonly guarantees: Guarantees;
}

/** A replica as the router knows it: its process, from the supervisor, and its last status. */
export interface ReplicaFacts extends ReplicaView {
  readonly addr: string | null;
  readonly pid: number | null;
  readonly process: ProcessState;
  /** `status` is of this process. If not, it is of the one before it, or of nobody. */
  readonly heard: boolean;
  /** Since `status` arrived, in ms; null if there is none. */
  readonly statusAgeMs: number | null;
}

/** A replica that is down keeps its last known numbers: they are what its disk holds, more or less. */
export function buildSnapshot(parts: SnapshotParts): ClusterSnapshot {
  const { cluster, supervised, mode, tempo, replicas, links, writes, fates, rate, guarantees } = parts;
  const leader = leaderOf(replicas);
  return {
    v: 1,
    cluster,
    supervised,
    mode,
    tempo,
    term: Math.max(0, ...replicas.map(({ status }) => status?.term ?? 0)),
    leader: leader?.id ?? null,
    replicas: replicas.map((facts) => replicaSnapshot(facts, leader)),
    links: links.filter((link) => link.cut || link.delayMs > 0 || link.dropPercent > 0),
    writes,
    fates,
    rate,
    guarantees,
  };
}

function replicaSnapshot(facts: ReplicaFacts, leader: ReplicaStatus | null): ReplicaSnapshot {
  const { id, addr, pid, process, heard, status, statusAgeMs } = facts;
  const position = status?.position ?? ORIGIN;
  // As the current leader has it: what a replica says of itself would hide a diverged tail.
  const asFollower = leader?.followers.find((follower) => follower.id === id);
  return {
    id,
    addr,
    pid,
    process,
    role: process === 'down' || !heard ? null : (status?.role ?? null),
    term: status?.term ?? 0,
    position: formatPosition(position),
    lsn: position.lsn,
    durableLsn: status?.durableLsn ?? 0,
    committedLsn: status?.committedLsn ?? 0,
    lineage: (status?.lineage ?? []).slice(-LINEAGE_SHOWN_MAX).map(({ term, firstLsn }) => ({ term, firstLsn })),
    baseLsn: status?.baseLsn ?? 0,
    standing: status?.standing ?? 'voter',
    diskFull: status?.diskFull ?? false,
    lag: leader?.id === id ? LEADERS_LAG : (asFollower?.lag ?? null),
    inFlight: process === 'down' ? 0 : (asFollower?.inFlight ?? 0),
    heartbeatAgeMs: statusAgeMs,
  };
}

const LEADERS_LAG: Lag = { entries: 0, bytes: 0, ms: 0 };
