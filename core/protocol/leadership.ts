import type { WriteMode } from './entry.ts';
import type { Rejoin } from './messages.ts';
import { type Lsn, lsn, type ReplicaId, type WriteId } from './position.ts';
import type { ReadRequest } from './requests.ts';
import type { Transfer } from './transfer.ts';

/** What a leader knows of one follower in its term. */
export interface Progress {
  /** The next entry to send. */
  next: Lsn;
  /** The follower's log was the leader's up to here when it last spoke. */
  matched: Lsn;
  /** The follower has this much of the leader's log on disk. Never goes down, unless it says that it lost its log. */
  durable: Lsn;
  /** Whether that counts towards a majority: see rejoin.ts. */
  counts: boolean;
  /** What it asked when it came back without part of its log, and the answer. */
  rejoin: Rejoin | null;
  /** The latest heartbeat round when it asked; 0: it did not. */
  askedAtRound: number;
  /** It may have voted in a later term, and not know it. */
  doubted: boolean;
  /**
   * Whether it is known where the logs agree. Until then one append at a time probes for it; from then on batches are
   * pipelined.
   */
  known: boolean;
  /** A probe is on its way. */
  probing: boolean;
  /** Heartbeats of rounds up to this one say nothing about what was sent since the last rewind. */
  rewoundAtRound: number;
  /** The latest heartbeat round it answered, and when that round began, in ms. */
  answeredRound: number;
  contactMs: number;
  /** When it last said anything, in ms; null if it never did in this term. */
  heardMs: number | null;
}

/** A write that is in the log and not yet answered. */
export interface PendingWrite {
  readonly id: WriteId;
  readonly lsn: Lsn;
  readonly mode: WriteMode;
  readonly dueMs: number;
}

/** A linearizable read: it waits for a heartbeat round begun after it came, and for what it must see to commit. */
export interface PendingRead {
  readonly read: ReadRequest;
  readonly round: number;
  readonly index: Lsn;
  readonly dueMs: number;
}

/** What a replica keeps only while it leads. */
export interface Leadership {
  readonly progress: ReadonlyMap<ReplicaId, Progress>;
  /** The no-op that opened the term: once it is committed, so is all before it. */
  readonly firstLsn: Lsn;
  /** When it asked for the votes that made it leader, or last woke from a gap, in ms. */
  sinceMs: number;
  /** The latest heartbeat round when it last woke: answers to this one and those before are from before it was away. */
  wokeAtRound: number;
  /** The latest heartbeat round begun, and when the next is due, in ms. */
  round: number;
  heartbeatDueMs: number;
  /** By mode, each in the order of LSNs. */
  readonly writes: Record<WriteMode, PendingWrite[]>;
  reads: PendingRead[];
  /** A snapshot on its way to a follower. */
  transfer: Transfer | null;
  /** How many were begun. */
  transfers: number;
  /** The highest LSN acknowledged to anyone. */
  acknowledgedLsn: Lsn;
  /** Up to which LSN this replica had fsynced, and when, in ms; oldest first: the source of lag in time. */
  fsyncs: { readonly lsn: Lsn; readonly atMs: number }[];
}

/** Leadership as it begins. Those who just voted count as in contact since the vote was asked for. */
export function beginLeadership(
  peers: readonly ReplicaId[],
  votes: ReadonlySet<ReplicaId>,
  askedMs: number,
  nowMs: number,
  lastLsn: Lsn,
  durableLsn: Lsn,
): Leadership {
  const progressOf = (peer: ReplicaId): Progress => ({
    next: lsn(lastLsn + 1),
    matched: lsn(0),
    durable: lsn(0),
    counts: true,
    rejoin: null,
    askedAtRound: 0,
    doubted: false,
    known: false,
    probing: false,
    rewoundAtRound: 0,
    answeredRound: 0,
    contactMs: votes.has(peer) ? askedMs : Number.NEGATIVE_INFINITY,
    heardMs: votes.has(peer) ? nowMs : null,
  });
  return {
    progress: new Map(peers.map((peer) => [peer, progressOf(peer)])),
    firstLsn: lsn(lastLsn + 1),
    sinceMs: askedMs,
    wokeAtRound: 0,
    round: 0,
    heartbeatDueMs: nowMs,
    writes: { async: [], quorum: [], sync: [] },
    reads: [],
    transfer: null,
    transfers: 0,
    acknowledgedLsn: lsn(0),
    fsyncs: [{ lsn: durableLsn, atMs: nowMs }],
  };
}
