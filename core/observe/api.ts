import type { Candidate } from '../protocol/candidate.ts';
import type { WriteMode } from '../protocol/entry.ts';
import type { PositionText, ReplicaId } from '../protocol/position.ts';
import type { ReadLevel } from '../protocol/requests.ts';
import type { Tempo } from '../protocol/timing.ts';
import type { ErrorCode } from './error-code.ts';
import type { ClusterEvent } from './events.ts';
import type { Fate, Outcome } from './ledger.ts';
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
  /** Without `tempo`: asks which one it is. */
  | { readonly op: 'tempo'; readonly tempo?: Tempo }
  | { readonly op: Exclude<ProcessAction, 'start'>; readonly target: Target }
  | StartOp
  | LinkOp
  /** All link faults go; paused replicas are resumed, and those that are down are started. */
  | { readonly op: 'heal' }
  /** The entries of one replica's log from `from` on (1), at most `limit` (1000). */
  | { readonly op: 'log'; readonly replica: ReplicaId; readonly from?: number; readonly limit?: number }
  | LedgerOp
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

export interface StartOp {
  readonly op: 'start';
  readonly target: Target;
  /** A log that is damaged or missing is begun anew, from the others'. Of one replica, by its name. Default false. */
  readonly rebuild?: boolean;
}

export interface LinkOp {
  readonly op: 'link';
  /** `leader`: whoever leads as the request arrives. */
  readonly from: ReplicaId | 'leader';
  readonly to: ReplicaId | 'all';
  /** `heal` clears all faults of the link, `restore` the cut alone; the others are set beside what is there. */
  readonly fault: LinkFault;
  /** Only what `from` sends to `to`. Default false: both directions. */
  readonly oneWay?: boolean;
}
export type LinkFault =
  | { readonly kind: 'cut' }
  | { readonly kind: 'restore' }
  | { readonly kind: 'heal' }
  /** 0: no more delay. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** 0: nothing is dropped any more. */
  | { readonly kind: 'drop'; readonly percent: number };

/** The last writes that were answered, and what became of them. */
export interface LedgerOp {
  readonly op: 'ledger';
  /** At most so many, the newest: 1 to 1000. Default 100. */
  readonly limit?: number;
  /** Only those of this fate: `lost` among all losses that are kept, the others among the last 10,000 writes. */
  readonly fate?: Fate;
}

/**
 * A client shows that it has the cluster's secret, without saying it: first its nonce, 64 digits of hex; then, once the
 * router has answered with a nonce and a proof of its own, the client's proof.
 */
export type AuthOp = { readonly op: 'auth'; readonly nonce: string } | { readonly op: 'auth'; readonly proof: string };

export type AuthResult =
  | { readonly v: 1; readonly ok: true; readonly cluster?: string; readonly nonce?: string; readonly proof?: string }
  | { readonly v: 1; readonly ok: false; readonly error: ApiError };

/** `{code, message}`: the code is stable and documented, the message says what to do. */
export interface ApiError {
  readonly code: ErrorCode;
  readonly message: string;
}

export interface WriteResult {
  readonly v: 1;
  /** By which the ledger and the events name it. */
  readonly writeId: string;
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
  readonly tempo?: Tempo;
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

export interface LedgerResult {
  readonly v: 1;
  /** Oldest first. */
  readonly writes: readonly LedgerWriteView[];
  readonly error?: ApiError;
}

export interface LedgerWriteView {
  readonly id: string;
  readonly key: string;
  readonly mode: WriteMode;
  readonly outcome: Outcome;
  /** null: never appended, or it never came back. */
  readonly position: PositionText | null;
  /** Who had it durable when it was answered, as far as the leader knew. */
  readonly durableOn: readonly ReplicaId[];
  /** From the router's receipt to its answer. */
  readonly ms: number;
  /** null if it was rejected: nothing was written. */
  readonly fate: Fate | null;
  /** Whom it was sent to; null if nobody led. */
  readonly leader: ReplicaId | null;
  /** Why it was not acknowledged. */
  readonly code?: ErrorCode;
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
        : R extends { op: 'ledger' }
          ? LedgerResult
          : ControlResult;

/**
 * What a watching client is sent (over TLS also `{"type":"alive"}`, all the time): first, on every connection anew, the router's start, its last events (200 or more)
 * and how things stand; then what happens.
 *
 * `n` and `at` together identify an event. `n` counts up from 1, for every router by itself, and event 1 is its start.
 * So one who connects again has seen all up to the last `n` it was told, if event 1 has the same `at` as before; if it
 * has another, this is another router, and all of it is news.
 */
export type WatchRecord =
  | { readonly v: 1; readonly type: 'snapshot'; readonly snapshot: ClusterSnapshot }
  | { readonly v: 1; readonly type: 'event'; readonly event: ClusterEvent };
