import type { WriteMode } from './entry.ts';
import type { VotePhase, VoteReason } from './messages.ts';
import type { Lsn, Position, ReplicaId, Term, WriteId } from './position.ts';

/** What happened inside a replica and why: facts, for others to put into words. `term` is its term at that moment. */
export type ReplicaEvent =
  /** It asks for votes. `silentMs`: since the last word of `leader`; null if it never heard one. */
  | {
      readonly type: 'campaign';
      readonly term: Term;
      readonly phase: VotePhase;
      /** The term that it would lead. */
      readonly forTerm: Term;
      readonly cause: 'leader-silent' | 'connection-closed' | 'no-leader';
      readonly leader: ReplicaId | null;
      readonly silentMs: number | null;
      readonly last: Position;
    }
  /** It answered a request for its vote. */
  | {
      readonly type: 'vote';
      readonly term: Term;
      readonly phase: VotePhase;
      readonly forTerm: Term;
      readonly candidate: ReplicaId;
      readonly granted: boolean;
      readonly reason: VoteReason;
      readonly own: Position;
      readonly theirs: Position;
    }
  | { readonly type: 'elected'; readonly term: Term; readonly votes: readonly ReplicaId[]; readonly last: Position }
  | { readonly type: 'following'; readonly term: Term; readonly leader: ReplicaId }
  /** It led until now. `unknown`: how many writes it had appended and not acknowledged. */
  | {
      readonly type: 'stepped-down';
      readonly term: Term;
      readonly cause: StepDownCause;
      readonly ledTerm: Term;
      readonly unknown: number;
    }
  /** Its log differed from the leader's: entries `firstLsn` to `lastLsn` were dropped. */
  | {
      readonly type: 'rolled-back';
      readonly term: Term;
      readonly leader: ReplicaId;
      readonly firstLsn: Lsn;
      readonly lastLsn: Lsn;
      /** The writes among them, oldest first, at most `DROPPED_WRITES_MAX`. */
      readonly dropped: readonly DroppedWrite[];
    }
  /** A snapshot of its own log up to `position` is on disk: what it holds leaves the log. `bytes`: of its pieces. */
  | { readonly type: 'compacted'; readonly term: Term; readonly position: Position; readonly bytes: number }
  /** A follower needs entries that this leader no longer has: it is sent a snapshot. */
  | { readonly type: 'snapshot-sent'; readonly term: Term; readonly to: ReplicaId; readonly position: Position }
  /** The leader's snapshot is in place of its log, which it lacked the end of. */
  | { readonly type: 'installed'; readonly term: Term; readonly leader: ReplicaId; readonly position: Position }
  /** It had lost part of its log, and holds again all that was committed when it came back. */
  | { readonly type: 'caught-up'; readonly term: Term; readonly position: Position; readonly votes: boolean }
  /** Its disk has no room, or has room again. */
  | { readonly type: 'disk'; readonly term: Term; readonly full: boolean }
  /** Its clock jumped: the process was stopped, or the machine asleep. */
  | { readonly type: 'woke'; readonly term: Term; readonly gapMs: number };

/** A later term was heard of; no majority answered; the disk has no room. */
export type StepDownCause = 'higher-term' | 'no-quorum' | 'disk-full';

export interface DroppedWrite {
  readonly id: WriteId;
  readonly position: Position;
  readonly key: string;
  readonly mode: WriteMode;
}

/** A rollback names at most this many writes one by one. */
export const DROPPED_WRITES_MAX = 1000;
