import type { Entry } from './entry.ts';
import type { Lineage } from './lineage.ts';
import type { Lsn, Position, ReplicaId, Term } from './position.ts';
import type { SealedPiece } from './snapshot.ts';

/** Asks for a vote, or, in the pre-vote, whether one would be given (Ongaro's thesis, §9.6). */
export interface VoteRequest {
  readonly type: 'vote-request';
  readonly phase: VotePhase;
  /** The term that the candidate would lead. */
  readonly term: Term;
  /** The end of the candidate's log. */
  readonly last: Position;
}
export type VotePhase = 'pre-vote' | 'vote';

export interface VoteReply {
  readonly type: 'vote-reply';
  readonly phase: VotePhase;
  /** The voter's own term. */
  readonly term: Term;
  /** The term it was asked about. */
  readonly forTerm: Term;
  readonly granted: boolean;
  readonly reason: VoteReason;
  /** The end of the voter's log. */
  readonly last: Position;
}
export type VoteReason = 'granted' | 'old-term' | 'stale-log' | 'leader-alive' | 'voted-for-another' | 'no-vote';

/** Entries that follow `prev` in the leader's log; none of them is a probe. */
export interface Append {
  readonly type: 'append';
  readonly term: Term;
  readonly prev: Position;
  readonly committedLsn: Lsn;
  readonly entries: readonly Entry[];
}

export type AppendReply = AppendAccepted | AppendRefused;

/**
 * The follower's log is the leader's up to `matchedLsn`, and durable up to `durableLsn` of that. `counts`: towards a
 * majority; one that lost part of its log does not until it has caught up.
 */
export interface AppendAccepted {
  readonly type: 'append-accepted';
  readonly term: Term;
  readonly matchedLsn: Lsn;
  readonly durableLsn: Lsn;
  readonly counts: boolean;
}

/** The follower does not hold `prev` (or its term is later). Its lineage tells the leader at once where they agree. */
export interface AppendRefused {
  readonly type: 'append-refused';
  readonly term: Term;
  readonly last: Position;
  readonly lineage: Lineage;
}

/**
 * "I lead", and a question: did you get all I sent? `round`, `atMs` and `sentLsn` come back as they went, so that the
 * leader knows which round was answered, when it began, and what should have arrived before it.
 */
export interface Heartbeat {
  readonly type: 'heartbeat';
  readonly term: Term;
  readonly round: number;
  /** The leader's clock when the round began, in ms. */
  readonly atMs: number;
  /** The last LSN sent to this follower before. */
  readonly sentLsn: Lsn;
  readonly committedLsn: Lsn;
  /** The answer to a follower that has asked how far it must catch up before it counts again; null: it did not ask. */
  readonly rejoin: Rejoin | null;
}

/** It must hold the leader's log up to `upTo`, where that ended when the question `nonce` came. */
export interface Rejoin {
  readonly nonce: number;
  readonly upTo: Lsn;
}

export interface HeartbeatReply {
  readonly type: 'heartbeat-reply';
  readonly term: Term;
  readonly round: number;
  readonly atMs: number;
  readonly sentLsn: Lsn;
  /** Known to match this leader's log; 0 if nothing is known since the follower started or the term began. */
  readonly matchedLsn: Lsn;
  readonly durableLsn: Lsn;
  readonly lastLsn: Lsn;
  readonly counts: boolean;
  /** It lost part of its log: how far must it catch up? null: it counts. */
  readonly rejoin: RejoinRequest | null;
}

export interface RejoinRequest {
  /** This process's own. */
  readonly nonce: number;
  /** It may have voted in later terms than it knows. */
  readonly barred: boolean;
}

/** A part of a snapshot, for a follower that lacks entries which the leader no longer has. */
export interface Snapshot {
  readonly type: 'snapshot';
  readonly term: Term;
  /** The end of the prefix. */
  readonly position: Position;
  /**
   * With the term it names the snapshot: pieces come in another order each time, so parts of two that end at the same
   * position do not fit together.
   */
  readonly transfer: number;
  /** From 0. */
  readonly index: number;
  readonly last: boolean;
  readonly pieces: readonly SealedPiece[];
}

/** All parts before `next` are on the follower's disk. */
export interface SnapshotReply {
  readonly type: 'snapshot-reply';
  readonly term: Term;
  readonly transfer: number;
  readonly next: number;
}

export type PeerMessage =
  | VoteRequest
  | VoteReply
  | Append
  | AppendReply
  | Heartbeat
  | HeartbeatReply
  | Snapshot
  | SnapshotReply;

export interface Envelope {
  readonly to: ReplicaId;
  readonly message: PeerMessage;
}
