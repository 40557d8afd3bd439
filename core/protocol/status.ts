import type { Standing } from './entry.ts';
import type { Lineage } from './lineage.ts';
import type { Lsn, Position, ReplicaId, Term } from './position.ts';

export type Role = 'leader' | 'follower' | 'candidate';

/** What a replica says of itself. `term` is its current term, `position.term` that of its last entry. */
export interface ReplicaStatus {
  readonly id: ReplicaId;
  readonly role: Role;
  readonly term: Term;
  /** The leader it follows or is; null if it knows none. */
  readonly leader: ReplicaId | null;
  /** The end of its log. `position.lsn` is the replica's `lsn`. */
  readonly position: Position;
  /** The last entry fsynced and folded into its state. */
  readonly durableLsn: Lsn;
  /** The last entry that it knows to be committed. */
  readonly committedLsn: Lsn;
  readonly lineage: Lineage;
  /** Entries up to here have left its memory: what they made is in its state, and in its snapshots. 0: none have. */
  readonly baseLsn: Lsn;
  readonly standing: Standing;
  readonly diskFull: boolean;
  /** For a leader: whether a quorum answered it within the minimum election timeout. False for others. */
  readonly inContact: boolean;
  /** For a leader: what it knows of each follower. Empty for others. */
  readonly followers: readonly FollowerStatus[];
}

export interface FollowerStatus {
  readonly id: ReplicaId;
  /** null until it has answered in this term. */
  readonly lag: Lag | null;
  /** Entries the leader has sent beyond those known to have arrived. */
  readonly inFlight: number;
}

/** How far a follower is behind. Entries and bytes count beyond its matched position, so a diverged tail hides none. */
export interface Lag {
  readonly entries: number;
  readonly bytes: number;
  /** The age, since the leader's own fsync, of the oldest entry that the follower has not reported durable. */
  readonly ms: number;
}
