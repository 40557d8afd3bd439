import type { Entry, HardState } from './entry.ts';
import type { ReplicaEvent } from './events.ts';
import type { Envelope, PeerMessage } from './messages.ts';
import type { Lsn, ReplicaId } from './position.ts';
import type { Prefix } from './prefix.ts';
import type { LocateRequest, ReadRequest, Reply, WriteRequest } from './requests.ts';
import type { SnapshotImage, SnapshotPart } from './snapshot.ts';
import type { Timing } from './timing.ts';

/** Everything that can happen to a replica. */
export type Input =
  /** Time has passed. Whoever drives the replica feeds it before anything else that arrives later. */
  | { readonly type: 'tick'; readonly elapsedMs: number }
  | { readonly type: 'receive'; readonly from: ReplicaId; readonly message: PeerMessage }
  | { readonly type: 'propose'; readonly writes: readonly WriteRequest[] }
  | { readonly type: 'read'; readonly read: ReadRequest }
  | { readonly type: 'locate'; readonly locate: LocateRequest }
  | { readonly type: 'connection-closed'; readonly peer: ReplicaId }
  | { readonly type: 'persisted'; readonly batch: number }
  /** The disk has no room: what is to be persisted waits until it has. `persisted` will come then. */
  | { readonly type: 'disk'; readonly full: boolean }
  /** It lives by another timing from now on. Each replica may do so at its own time. */
  | { readonly type: 'retime'; readonly timing: Timing };

/**
 * Everything a replica wants done after one step. The contract with whoever drives it:
 *
 * 1. `send` may go at once, beside the disk.
 * 2. `persist` batches are numbered 1, 2, 3…, written in that order, and fsynced; several may share one fsync.
 * 3. Only when a batch is durable may the `sendAfterPersist` of the same Ready go.
 * 4. Then `persisted(n)` is fed back. It attests what the log held after batch n, less anything truncated since.
 * 5. Steps are fed one at a time, and each Ready is carried out before those of later steps: messages to one peer,
 *    batches and replies keep their order.
 *
 * Votes, vote requests and append acknowledgements always wait for the disk. A leader sends entries while its own fsync
 * runs, and counts itself only after it. (Source: etcd-io/raft's Ready; the Raft paper, §5, on what must be durable.)
 */
export interface Ready {
  readonly persist: PersistBatch | null;
  readonly send: readonly Envelope[];
  readonly sendAfterPersist: readonly Envelope[];
  readonly replies: readonly Reply[];
  readonly events: readonly ReplicaEvent[];
}

export interface PersistBatch {
  readonly number: number;
  /** As it is after this batch. */
  readonly hardState: HardState;
  /** Entries from here on are dropped before `entries` are appended; null: none. */
  readonly truncateFrom: Lsn | null;
  readonly entries: readonly Entry[];
  /** A part of a snapshot; then there are neither entries nor a truncation. */
  readonly snapshot: SnapshotPart | null;
  /** False: nothing to write. The batch only keeps its place behind the ones before it. */
  readonly dirty: boolean;
}

/** What a replica starts from: what its disk held, all of it durable. */
export interface Recovered {
  readonly hardState: HardState;
  /** null: nothing was ever compacted, and the log begins with LSN 1. */
  readonly snapshot: SnapshotImage | null;
  /**
   * That snapshot with what follows it in the log, but for a tail, as far as it is known to be committed: of a long log
   * the entries need not be in memory, ever. Its taker may change it. null: no entry was folded.
   */
  readonly prefix: Prefix | null;
  /** Those that follow the prefix, or else the snapshot. */
  readonly entries: readonly Entry[];
}
