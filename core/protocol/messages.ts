import type { Entry } from './entry.ts';
import type { Lineage } from './lineage.ts';
import type { Lsn, Position, ReplicaId, Term } from './position.ts';

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
export type VoteReason = 'granted' | 'old-term' | 'stale-log' | 'leader-alive' | 'voted-for-another';

/** Entries that follow `prev` in the leader's log; none of them is a probe. */
export interface Append {
  readonly type: 'append';
  readonly term: Term;
  readonly prev: Position;
  readonly committedLsn: Lsn;
  readonly entries: readonly Entry[];
}

export type AppendReply = AppendAccepted | AppendRefused;

/** The follower's log is the leader's up to `matchedLsn`, and durable up to `durableLsn` of that. */
export interface AppendAccepted {
  readonly type: 'append-accepted';
  readonly term: Term;
  readonly matchedLsn: Lsn;
  readonly durableLsn: Lsn;
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
}

export type PeerMessage = VoteRequest | VoteReply | Append | AppendReply | Heartbeat | HeartbeatReply;

export interface Envelope {
  readonly to: ReplicaId;
  readonly message: PeerMessage;
}
