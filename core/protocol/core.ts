import type { Compaction, CompactionLimits } from './compaction.ts';
import type { Entry, HardState, Seal, Standing } from './entry.ts';
import type { ReplicaEvent } from './events.ts';
import type { Incoming, Installing } from './install.ts';
import type { Ready, Recovered } from './io.ts';
import type { Leadership } from './leadership.ts';
import { Log } from './log.ts';
import type { VotePhase } from './messages.ts';
import { Outbox } from './outbox.ts';
import { type Lsn, lsn, minLsn, next, previous, type ReplicaId, type Term } from './position.ts';
import { Prefix } from './prefix.ts';
import type { Random } from './random.ts';
import type { Sessions } from './sessions.ts';
import type { SealPiece } from './snapshot.ts';
import type { SnapshotFold } from './snapshot-fold.ts';
import type { VersionedState } from './state.ts';
import type { Timing } from './timing.ts';

export interface ReplicaOptions {
  readonly id: ReplicaId;
  /** All replicas of the cluster, this one among them. */
  readonly members: readonly ReplicaId[];
  readonly timing: Timing;
  readonly random: Random;
  readonly seal: Seal;
  readonly sealPiece: SealPiece;
  readonly limits: CompactionLimits;
  readonly recovered: Recovered;
}

/** A candidacy under way. The role is `candidate` exactly while there is one. */
export interface Campaign {
  readonly phase: VotePhase;
  /** The term that would be led. */
  readonly term: Term;
  /** Why it began. */
  readonly why: Pick<Extract<ReplicaEvent, { type: 'campaign' }>, 'cause' | 'leader' | 'silentMs'>;
  /** When this phase began, in ms. */
  readonly startedMs: number;
  readonly votes: Set<ReplicaId>;
}

/**
 * What a replica knows, shared by the rooms of the protocol (election, follower, leader, reads). Only `Replica.step`
 * lets them change it.
 *
 * 1. `committedLsn` never goes down and nothing at or below it is ever truncated.
 * 2. At most one of `campaign` and `leadership` is set; `leader` is this replica exactly while `leadership` is.
 * 3. `durableLsn` ≤ the log's end; everything up to it survives a crash. `snapshotLsn` and the log's base are ≤
 *    `committedLsn`. What is gone from memory is in a snapshot on disk, up to `snapshotLsn`, or, if it was folded when this
 *    replica started, still in the log on disk: then the base is > `snapshotLsn` until the next snapshot.
 * 4. `matchedLsn` is what is known to agree with the log of the leader of `term`; 0 when that changes.
 * 5. `votedFor` belongs to `term`, and both are in a batch before any message tells of them.
 */
export class Core {
  readonly id: ReplicaId;
  readonly members: readonly ReplicaId[];
  readonly peers: readonly ReplicaId[];
  timing: Timing;
  readonly random: Random;
  readonly seal: Seal;
  readonly sealPiece: SealPiece;
  readonly limits: CompactionLimits;

  log: Log;
  state: VersionedState;
  sessions: Sessions;
  readonly out = new Outbox();

  term: Term;
  votedFor: ReplicaId | null;
  committedLsn: Lsn;
  durableLsn: Lsn;
  standing: Standing;

  leader: ReplicaId | null = null;
  campaign: Campaign | null = null;
  leadership: Leadership | null = null;
  matchedLsn = lsn(0);
  /** What the leader last said is committed; this log may not be durable that far yet. */
  leaderCommittedLsn = lsn(0);

  /** The newest snapshot of this log on disk ends here; 0: there is none. */
  snapshotLsn = lsn(0);
  /** Its size, in bytes; 0 while that is not known. */
  snapshotBytes = 0;
  /** Of the entries between it and the log's base, which were folded at the start; 0 once a later one has them. */
  foldedBytes: number;
  /** A snapshot of its own that is being written. */
  compaction: Compaction | null = null;
  /** A snapshot of the leader's that is coming in. */
  incoming: Incoming | null = null;
  /** One that has come, and waits for the disk. Until it is in place nothing is appended here. */
  installing: Installing | null = null;

  /** The disk has no room: it cannot lead, for it can keep nothing. */
  diskFull = false;
  /** Asked of each leader while this replica does not count: see rejoin.ts. */
  readonly rejoinNonce: number;
  /** Holds all that was committed when it came back, if it ever lost anything. */
  caughtUp: boolean;

  /** This replica's clock: the sum of all ticks, in ms. */
  nowMs = 0;
  electionDueMs = 0;
  /** When the leader of `term` was last heard; null if it never was. */
  leaderHeardMs: number | null = null;
  /** Until then a leader that was heard is taken to be alive, unless its connection closed. */
  leaderAliveUntilMs = 0;
  /** Campaigns and votes told of since there was a leader: one that cannot win tries again and again, which is no news. */
  readonly told = new Set<string>();
  /** The connection to `leader` closed since it was last heard. */
  connectionClosed = false;

  /** Batches handed out and not yet durable, oldest first, with what each attests once it is. */
  readonly #pending: { readonly number: number; lastLsn: Lsn; readonly hardState: boolean }[] = [];
  #batches = 0;

  constructor(options: ReplicaOptions) {
    this.id = options.id;
    this.members = options.members;
    this.peers = options.members.filter((member) => member !== options.id);
    this.timing = options.timing;
    this.random = options.random;
    this.seal = options.seal;
    this.sealPiece = options.sealPiece;
    this.limits = options.limits;
    const { hardState, snapshot, entries } = options.recovered;
    const prefix = options.recovered.prefix ?? new Prefix(snapshot);
    this.state = prefix.state;
    this.sessions = prefix.sessions;
    this.log = new Log(entries, prefix.position, prefix.lineage);
    this.snapshotLsn = snapshot?.position.lsn ?? lsn(0);
    this.foldedBytes = prefix.bytes;
    this.term = hardState.term;
    this.votedFor = hardState.votedFor;
    this.standing = hardState.standing;
    this.caughtUp = hardState.standing === 'voter';
    this.rejoinNonce = this.caughtUp ? 0 : Math.floor(options.random.between(1, 2 ** 32));
    this.durableLsn = this.log.lastLsn;
    this.committedLsn = this.log.base.lsn;
    // Committed as they come, as when they were new: what is forgotten on the way is the same.
    const committedLsn = minLsn(hardState.committedLsn, this.log.lastLsn);
    for (const entry of entries) {
      this.#apply(entry);
      if (entry.lsn <= committedLsn) this.commitUpTo(entry.lsn);
    }
  }

  get hardState(): HardState {
    const { term, votedFor, committedLsn, standing } = this;
    return { term, votedFor, committedLsn, standing };
  }

  /** Whether the term and vote in memory still wait for the disk. Nobody may be told of them before. */
  get hardStatePending(): boolean {
    return this.out.hardStateChanged || this.#pending.some((batch) => batch.hardState);
  }

  /** The number that the next batch would have: `persisted` of that or more says all up to now is durable. */
  get nextBatch(): number {
    return this.#batches + 1;
  }

  setHardState(term: Term, votedFor: ReplicaId | null): void {
    this.term = term;
    this.votedFor = votedFor;
    this.out.hardStateChanged = true;
  }

  setStanding(standing: Standing): void {
    this.standing = standing;
    this.out.hardStateChanged = true;
  }

  append(entry: Entry): void {
    this.log.append(entry);
    this.#apply(entry);
    this.out.persist(entry);
  }

  /** Drops the log's tail from `from` on and returns it. */
  truncate(from: Lsn): readonly Entry[] {
    if (from <= this.committedLsn) throw new Error(`truncating ${from}, but ${this.committedLsn} is committed`);
    const dropped = this.log.truncate(from);
    for (const entry of dropped.toReversed()) {
      this.state.revert(entry);
      this.sessions.revert(entry);
    }
    const end = previous(from);
    this.durableLsn = minLsn(this.durableLsn, end);
    for (const batch of this.#pending) batch.lastLsn = minLsn(batch.lastLsn, end);
    this.out.truncate(from);
    return dropped;
  }

  commitUpTo(end: Lsn): void {
    for (let at = next(this.committedLsn); at <= end; at = next(at)) {
      const entry = this.log.entry(at);
      this.state.commit(entry);
      this.sessions.commit(entry);
      this.committedLsn = at;
    }
  }

  /** Takes note that batch `number` and all before it are durable; returns whether `durableLsn` rose. */
  persisted(number: number): boolean {
    let attested: Lsn | null = null;
    while (this.#pending[0] && this.#pending[0].number <= number) {
      attested = (this.#pending.shift() as { lastLsn: Lsn }).lastLsn;
    }
    if (attested === null || attested <= this.durableLsn) return false;
    this.durableLsn = attested;
    return true;
  }

  /** A whole snapshot from the leader is on disk, and takes the place of the log. */
  replaceLog(fold: SnapshotFold): void {
    const { position } = fold;
    this.log = new Log([], position, fold.lineage);
    this.state = fold.state;
    this.sessions = fold.sessions();
    this.committedLsn = position.lsn;
    this.durableLsn = position.lsn;
    this.snapshotLsn = position.lsn;
    this.foldedBytes = 0;
    for (const batch of this.#pending) batch.lastLsn = position.lsn;
  }

  /** Ends a step: what it wants done. */
  takeReady(): Ready {
    const hardState = this.out.hardStateChanged;
    const ready = this.out.take(this.hardState, this.nextBatch);
    if (ready.persist) {
      this.#batches = ready.persist.number;
      this.#pending.push({ number: this.#batches, lastLsn: this.log.lastLsn, hardState });
    }
    return ready;
  }

  #apply(entry: Entry): void {
    this.state.apply(entry);
    this.sessions.apply(entry);
  }
}
