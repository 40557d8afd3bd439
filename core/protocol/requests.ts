import type { Command, SessionSeq, WriteMode } from './entry.ts';
import type { Lsn, Position, ReplicaId, Term, WriteId } from './position.ts';

/** A write as it reaches a replica. */
export interface WriteRequest {
  readonly id: WriteId;
  /** The term of the leader it is meant for. It is refused in any other, however late it is read. */
  readonly term: Term;
  readonly command: Exclude<Command, { op: 'noop' }>;
  readonly mode: WriteMode;
  readonly session: SessionSeq | null;
  /** What its client has seen: it is written only to a history that has that. Absent: whatever the history. */
  readonly token?: Position;
}

/**
 * The outcome of a write: `ok`, acknowledged under its mode; `rejected`, refused before it was appended; `unknown`,
 * appended, not acknowledged, and it may still commit.
 */
export type WriteReply = WriteAcknowledged | WriteRejected | WriteUnknown;

export interface WriteAcknowledged {
  readonly type: 'write';
  readonly id: WriteId;
  readonly outcome: 'ok';
  readonly position: Position;
  /** Who had the entry durable when it was acknowledged, as far as the leader knew. */
  readonly durableOn: readonly ReplicaId[];
}

export interface WriteRejected {
  readonly type: 'write';
  readonly id: WriteId;
  readonly outcome: 'rejected';
  readonly code: WriteRejection;
  readonly message: string;
}

export interface WriteUnknown {
  readonly type: 'write';
  readonly id: WriteId;
  readonly outcome: 'unknown';
  readonly position: Position;
  readonly durableOn: readonly ReplicaId[];
  readonly code: 'acknowledge-timeout' | 'stepped-down';
  readonly message: string;
}

export type WriteRejection =
  | 'not-leader'
  | 'no-quorum'
  | 'follower-down'
  | 'seq-reused'
  | 'seq-too-old'
  | 'session-forgotten'
  | 'overloaded'
  | 'rolled-back'
  | 'not-caught-up';

/** `any` promises nothing, `token` your own writes and never older, `linearizable` everything acknowledged before. */
export type ReadLevel = 'any' | 'token' | 'linearizable';
export const READ_LEVELS: readonly ReadLevel[] = ['any', 'token', 'linearizable'];

export interface ReadRequest {
  /** Chosen by whoever asks; comes back with the reply. */
  readonly id: string;
  readonly key: string;
  readonly level: ReadLevel;
  /** The position that must be seen, but for `any`. The origin if the client has none yet. */
  readonly token: Position;
}

export type ReadReply = ReadServed | ReadFailed;

export interface ReadServed {
  readonly type: 'read';
  readonly id: string;
  readonly outcome: 'ok';
  /** null: the key is not there. */
  readonly value: string | null;
  /** The end of the prefix that was read. */
  readonly position: Position;
  /** Whether all of that prefix is known to be committed. */
  readonly committed: boolean;
}

export interface ReadFailed {
  readonly type: 'read';
  readonly id: string;
  readonly outcome: 'failed';
  /** `not-here`: this replica cannot serve it, another may. `rolled-back`: nobody ever will. */
  readonly code: 'not-here' | 'rolled-back' | 'not-leader';
  readonly message: string;
  /** The end of what this replica knows to be committed: where a rolled-back client goes on from. */
  readonly committed: Position;
}

/** Asks a leader which of these writes, sent to the leader of `term`, are in its log. */
export interface LocateRequest {
  readonly id: string;
  readonly term: Term;
  /** Wherever they stand, they are beyond: that leader's log ended there before they were sent. */
  readonly after: Lsn;
  /** With its (session, seq), if it had one: a retry is in the log under the id of the original. */
  readonly writes: readonly { readonly id: WriteId; readonly session: SessionSeq | null }[];
}

/**
 * Where they are. A write that is not in `found` was never written, or will never be committed. `settled` false: this
 * replica cannot tell (it does not lead, or has not committed in its own term).
 */
export interface LocateReply {
  readonly type: 'locate';
  readonly id: string;
  readonly settled: boolean;
  /**
   * False: where they may stand is partly folded into a snapshot, which does not name its writes. Of a write that is not
   * in `found` nothing is known then.
   */
  readonly complete: boolean;
  readonly found: readonly { readonly id: WriteId; readonly position: Position }[];
}

export type Reply = WriteReply | ReadReply | LocateReply;
