import { abandonCompaction } from './compaction.ts';
import type { Core } from './core.ts';
import { follow } from './election.ts';
import { accept, advanceFollower, reportDropped } from './follower.ts';
import { commonEnd } from './lineage.ts';
import type { Snapshot } from './messages.ts';
import { type Lsn, maxLsn, next, type ReplicaId, type Term } from './position.ts';
import { SnapshotFold } from './snapshot-fold.ts';

/*
 * A follower that is too far behind takes in the leader's snapshot (the Raft paper, §7), part by part: each is folded
 * into a state beside its own, and handed to the disk. When all of it is durable it takes the place of the log.
 */

/** A snapshot that is coming in. Another leader cuts another one: it goes on only in the same term. */
export interface Incoming {
  readonly term: Term;
  /** The leader's number for it. */
  readonly transfer: number;
  readonly fold: SnapshotFold;
  /** The part that is missing next. */
  next: number;
}

/** A snapshot that is all here, but not yet on disk. */
export interface Installing {
  readonly fold: SnapshotFold;
  readonly leader: ReplicaId;
  /** The batch of its last part. */
  readonly batch: number;
}

export function onSnapshot(core: Core, from: ReplicaId, snapshot: Snapshot): void {
  follow(core, from);
  if (core.installing) return;
  if (core.log.holds(snapshot.position)) return needsNone(core, from, snapshot.position.lsn);
  const incoming = incomingFor(core, snapshot);
  if (incoming.next === snapshot.index) take(core, from, incoming, snapshot);
  if (core.installing) return;
  const { transfer } = snapshot;
  core.out.sendAfterPersist(from, { type: 'snapshot-reply', term: core.term, transfer, next: incoming.next });
}

/** The last part is durable, and with it the whole: it is the log from now on. */
export function onSnapshotPersisted(core: Core, batch: number): void {
  const { installing } = core;
  if (!installing || batch < installing.batch) return;
  core.installing = null;
  const { fold, leader } = installing;
  const { position } = fold;
  const kept = commonEnd(core.log.lineage, core.log.lastLsn, fold.lineage, position.lsn);
  if (kept < core.committedLsn)
    throw new Error(`${position.term}:${position.lsn} lacks committed ${core.committedLsn}`);
  reportDropped(core, leader, next(kept), core.log.slice(next(kept), Number.POSITIVE_INFINITY, core.log.lastLsn));
  core.replaceLog(fold);
  core.out.event({ type: 'installed', term: core.term, leader, position });
  if (core.leader === null || core.leader !== leader) return;
  core.matchedLsn = maxLsn(core.matchedLsn, position.lsn);
  core.leaderCommittedLsn = maxLsn(core.leaderCommittedLsn, position.lsn);
  accept(core, leader);
}

/** A snapshot holds nothing but what is committed: a log that holds its end is the leader's up to there. */
function needsNone(core: Core, from: ReplicaId, end: Lsn): void {
  core.incoming = null;
  core.matchedLsn = maxLsn(core.matchedLsn, end);
  core.leaderCommittedLsn = maxLsn(core.leaderCommittedLsn, end);
  advanceFollower(core);
  accept(core, from);
}

function incomingFor(core: Core, { position, transfer, index }: Snapshot): Incoming {
  const { incoming } = core;
  if (incoming?.term === core.term && incoming.transfer === transfer) return incoming;
  const anew = { term: core.term, transfer, fold: new SnapshotFold(position), next: 0 };
  // A part from the middle of one that this replica knows nothing of: it asks for the first.
  if (index !== 0) return anew;
  abandonCompaction(core);
  core.incoming = anew;
  return anew;
}

function take(core: Core, from: ReplicaId, incoming: Incoming, { position, index, pieces, last }: Snapshot): void {
  if (core.incoming !== incoming) return;
  for (const { piece } of pieces) incoming.fold.take(piece);
  incoming.next += 1;
  core.out.snapshot({ position, index, pieces, last, installs: true });
  if (!last) return;
  core.incoming = null;
  core.installing = { fold: incoming.fold, leader: from, batch: core.nextBatch };
}
