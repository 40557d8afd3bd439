import type { Core } from './core.ts';
import { follow } from './election.ts';
import type { Entry } from './entry.ts';
import { DROPPED_WRITES_MAX, type DroppedWrite } from './events.ts';
import type { Append, Heartbeat } from './messages.ts';
import { type Lsn, lsn, maxLsn, minLsn, type ReplicaId } from './position.ts';
import { catchUp } from './rejoin.ts';
import { respond } from './respond.ts';

/** Takes in what the leader of the current term sends: the Raft paper, §5.3. */
export function onAppend(core: Core, from: ReplicaId, append: Append): void {
  follow(core, from);
  // The log is about to be another. The leader will find out, and send this again.
  if (core.installing) return;
  const { log } = core;
  if (!log.holds(append.prev)) {
    respond(core, from, { type: 'append-refused', term: core.term, last: log.last, lineage: log.lineage });
    return;
  }
  core.incoming = null;
  const news = append.entries.filter((entry) => !log.holds(entry));
  const [first] = news;
  if (first) {
    // Only a conflict drops anything. A late, shorter append finds all its entries here, and drops nothing.
    if (first.lsn <= log.lastLsn) rollBack(core, from, first.lsn);
    for (const entry of news) core.append(entry);
  }
  core.matchedLsn = maxLsn(core.matchedLsn, lsn(append.prev.lsn + append.entries.length));
  core.leaderCommittedLsn = maxLsn(core.leaderCommittedLsn, append.committedLsn);
  advanceFollower(core);
  // New entries are acknowledged once they are durable, by onFollowerPersisted.
  if (!first) accept(core, from);
}

export function onHeartbeat(core: Core, from: ReplicaId, heartbeat: Heartbeat): void {
  follow(core, from);
  core.leaderCommittedLsn = maxLsn(core.leaderCommittedLsn, heartbeat.committedLsn);
  advanceFollower(core);
  catchUp(core, heartbeat.rejoin);
  const { round, atMs, sentLsn } = heartbeat;
  respond(core, from, {
    type: 'heartbeat-reply',
    term: core.term,
    round,
    atMs,
    sentLsn,
    matchedLsn: core.matchedLsn,
    durableLsn: minLsn(core.durableLsn, core.matchedLsn),
    lastLsn: core.log.lastLsn,
    counts: core.caughtUp,
    rejoin: core.caughtUp ? null : { nonce: core.rejoinNonce, barred: core.standing === 'barred' },
  });
}

/** More of the log is durable: the leader of this term may count it, as far as the logs are known to match. */
export function onFollowerPersisted(core: Core): void {
  advanceFollower(core);
  if (core.leader !== null && core.matchedLsn > 0) accept(core, core.leader);
}

/** Tells the leader how much of its log is here. */
export function accept(core: Core, leader: ReplicaId): void {
  respond(core, leader, {
    type: 'append-accepted',
    term: core.term,
    matchedLsn: core.matchedLsn,
    durableLsn: minLsn(core.durableLsn, core.matchedLsn),
    counts: core.caughtUp,
  });
}

/** What the leader committed is committed here as far as this log is the leader's, and durable. */
export function advanceFollower(core: Core): void {
  core.commitUpTo(minLsn(core.leaderCommittedLsn, minLsn(core.matchedLsn, core.durableLsn)));
}

function rollBack(core: Core, leader: ReplicaId, from: Lsn): void {
  reportDropped(core, leader, from, core.truncate(from));
}

/** Entries from `from` on are no longer in the log, for the leader's does not have them. */
export function reportDropped(core: Core, leader: ReplicaId, from: Lsn, dropped: readonly Entry[]): void {
  if (dropped.length === 0) return;
  core.out.event({
    type: 'rolled-back',
    term: core.term,
    leader,
    firstLsn: from,
    lastLsn: lsn(from + dropped.length - 1),
    dropped: dropped.flatMap(droppedWrite).slice(0, DROPPED_WRITES_MAX),
  });
}

function droppedWrite(entry: Entry): readonly DroppedWrite[] {
  const { id, command, mode, term, lsn: at } = entry;
  if (id === null || mode === null || command.op === 'noop') return [];
  return [{ id, position: { term, lsn: at }, key: command.key, mode }];
}
