import type { Candidate } from '../protocol/candidate.ts';
import type { WriteMode } from '../protocol/entry.ts';
import type { PositionText, ReplicaId } from '../protocol/position.ts';
import type { ReadLevel } from '../protocol/requests.ts';
import type { ClusterEvent } from './events.ts';
import type { ClusterSnapshot } from './snapshot.ts';

/** What a client may ask of the router, one JSON object a line. A reply carries the request's `id`, if it had one. */
export type ClientRequest =
  | WriteOrDelete
  | ReadOp
  | { readonly op: 'status' }
  /** Snapshots and events follow on this connection, until it closes. */
  | { readonly op: 'watch' }
  /** Without `mode`: asks which one it is. */
  | { readonly op: 'mode'; readonly mode?: WriteMode }
  | { readonly op: ProcessAction; readonly target: Target }
  | LinkOp
  /** All link faults go; paused replicas are resumed, and those that are down are started. */
  | { readonly op: 'heal' }
  /** The entries of one replica's log from `from` on (1), at most `limit` (1000). */
  | { readonly op: 'log'; readonly replica: ReplicaId; readonly from?: number; readonly limit?: number }
  /** Stops the whole cluster. */
  | { readonly op: 'down' };

export type WriteOrDelete =
  | ({ readonly op: 'write'; readonly key: string; readonly value: string } & WriteOptions)
  | ({ readonly op: 'delete'; readonly key: string } & WriteOptions);

export interface WriteOptions {
  /** Default: the cluster's mode as the write arrives. */
  readonly mode?: WriteMode;
  readonly session?: string;
  /** ≥ 1; goes with `session`. */
  readonly seq?: number;
  /** What the client has seen: it is written only to a history that has that, else `rejected` as `rolled-back`. */
  readonly token?: PositionText;
}

export interface ReadOp {
  readonly op: 'read';
  readonly key: string;
  /** Default: `token` if a token is given, else `any`. */
  readonly level?: ReadLevel;
  readonly token?: PositionText;
  /** Narrows who may serve it. Default: anyone the level allows. */
  readonly from?: ReadFrom;
  /** How long it may wait for a replica to catch up, in ms. Default 1000, at most 60000. */
  readonly timeoutMs?: number;
}
export type ReadFrom = 'followers' | 'leader' | ReplicaId;

export type ProcessAction = 'kill' | 'stop' | 'pause' | 'resume' | 'start' | 'power-cut';
export const PROCESS_ACTIONS: readonly ProcessAction[] = ['kill', 'stop', 'pause', 'resume', 'start', 'power-cut'];
export type Target = 'leader' | 'followers' | 'all' | ReplicaId;

export interface LinkOp {
  readonly op: 'link';
  readonly from: ReplicaId;
  readonly to: ReplicaId | 'all';
  /** `heal` clears all faults of the link; the others are set beside what is there. */
  readonly fault: LinkFault;
  /** Only what `from` sends to `to`. Default false: both directions. */
  readonly oneWay?: boolean;
}
export type LinkFault =
  | { readonly kind: 'cut' }
  | { readonly kind: 'heal' }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'drop'; readonly percent: number };

/** `{code, message}`: the code is stable and documented, the message says what to do. */
export interface ApiError {
  readonly code: ErrorCode;
  readonly message: string;
}

/** Every code an error can carry. */
export type ErrorCode =
  | 'bad-request'
  | 'no-leader'
  | 'no-quorum'
  | 'follower-down'
  | 'seq-reused'
  | 'seq-too-old'
  | 'overloaded'
  | 'acknowledge-timeout'
  | 'leader-lost'
  | 'rolled-back'
  | 'not-caught-up'
  | 'no-replica'
  | 'replica-down'
  | 'control-failed'
  | 'no-supervisor';

export interface WriteResult {
  readonly v: 1;
  readonly outcome: 'ok' | 'rejected' | 'unknown';
  /** Where the entry stands; null if it was rejected, or if the position never came back. */
  readonly position: PositionText | null;
  /** With `ok`: carry it to read your own write. The same as `position`. */
  readonly token?: PositionText;
  readonly mode: WriteMode;
  readonly durableOn: readonly ReplicaId[];
  /** From the router's receipt to its answer. */
  readonly ms: number;
  /** A retry (same session and seq) of a write that was lost: where that one stood. */
  readonly replaces?: PositionText;
  readonly error?: ApiError;
}

export interface ReadResult {
  readonly v: 1;
  readonly found: boolean;
  readonly value: string | null;
  readonly servedBy: ReplicaId | null;
  /** The end of the prefix that was read. */
  readonly position: PositionText | null;
  readonly committed: boolean;
  /** The token to carry on with: raised by `token` and `linearizable` reads, as it came for `any`. */
  readonly token: PositionText | null;
  readonly waitedMs: number;
  /** Why that replica, or why none, in a sentence. */
  readonly why: string;
  /** Every replica as the router saw it when it decided. */
  readonly candidates: readonly Candidate[];
  readonly error?: ApiError;
}

export interface ControlResult {
  readonly v: 1;
  readonly ok: boolean;
  /** What was done, or what is, in a sentence. */
  readonly message?: string;
  /** The replicas it was done to. */
  readonly replicas?: readonly ReplicaId[];
  readonly mode?: WriteMode;
  readonly error?: ApiError;
}

export interface LogResult {
  readonly v: 1;
  readonly replica: ReplicaId;
  /** A page: bounded in number and in bytes. */
  readonly entries: readonly LogEntryView[];
  /** The last LSN of the whole log when it answered. */
  readonly lastLsn: number;
  readonly error?: ApiError;
}

export interface LogEntryView {
  readonly position: PositionText;
  readonly id: string | null;
  readonly op: 'noop' | 'put' | 'delete';
  readonly key: string | null;
  readonly value: string | null;
  readonly mode: WriteMode | null;
  readonly committed: boolean;
  readonly durable: boolean;
}

/** What answers each request. */
export type ResultOf<R extends ClientRequest> = R extends { op: 'write' | 'delete' }
  ? WriteResult
  : R extends { op: 'read' }
    ? ReadResult
    : R extends { op: 'status' }
      ? ClusterSnapshot
      : R extends { op: 'log' }
        ? LogResult
        : ControlResult;

/** What a watching client is sent. */
export type WatchRecord =
  | { readonly v: 1; readonly type: 'snapshot'; readonly snapshot: ClusterSnapshot }
  | { readonly v: 1; readonly type: 'event'; readonly event: ClusterEvent };
