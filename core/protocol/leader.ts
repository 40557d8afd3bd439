import type { Campaign, Core } from './core.ts';
import type { StepDownCause } from './events.ts';
import { beginLeadership, type Leadership } from './leadership.ts';
import type { AppendAccepted, AppendRefused, HeartbeatReply } from './messages.ts';
import { type Lsn, next, type ReplicaId, type Term } from './position.ts';
import { answeredRound, contactMs, durableOnAll, durableOnQuorum } from './reached.ts';
import { dropReads, expireReads, serveReads } from './reads.ts';
import { beat, onAccepted, onHeartbeatAnswered, onRefused, replicate, replicateToAll } from './replication.ts';
import { onTransferTick } from './transfer.ts';
import { acknowledge, expireWrites, settleUnknown } from './writes.ts';

/** So many marks of fsync times are kept; beyond it neighbours are merged, which only ever overstates a lag. */
const FSYNC_MARKS_MAX = 512;

/** Won: opens the term with a no-op, for only entries of its own term let a leader commit (the Raft paper, §5.4.2). */
export function lead(core: Core, campaign: Campaign): void {
  const { log } = core;
  core.out.event({ type: 'elected', term: core.term, votes: [...campaign.votes], last: log.last });
  core.leadership = beginLeadership(
    core.peers,
    campaign.votes,
    campaign.startedMs,
    core.nowMs,
    log.lastLsn,
    core.durableLsn,
  );
  core.campaign = null;
  core.told.clear();
  core.leader = core.id;
  core.leaderHeardMs = null;
  const noop = { term: core.term, lsn: next(log.lastLsn), id: null, mode: null, session: null } as const;
  core.append(core.seal({ ...noop, command: { op: 'noop' } }));
  // In this order: the first heartbeat asks whether the first append arrived.
  replicateToAll(core, core.leadership);
  beat(core, core.leadership);
}

/** Leads no more: what was not acknowledged is unknown now, and `stepDown` or `resign` says what comes next. */
export function endLeadership(core: Core, cause: StepDownCause, later: Term): void {
  const leadership = core.leadership;
  if (!leadership) return;
  core.leadership = null;
  leadership.transfer?.scan.release();
  const unknown = settleUnknown(core, leadership);
  dropReads(core, leadership);
  core.out.event({ type: 'stepped-down', term: later, cause, ledTerm: core.term, unknown });
}

/** It was away, and another may lead by now: whatever it heard, or is still to hear, of before that counts no more. */
export function wake(core: Core, leadership: Leadership): void {
  leadership.sinceMs = core.nowMs;
  leadership.wokeAtRound = leadership.round;
}

/** Returns whether it still leads: without its quorum for an election timeout it must not. */
export function onLeaderTick(core: Core, leadership: Leadership): boolean {
  const lostMs = core.nowMs - Math.max(contactMs(core, leadership), leadership.sinceMs);
  if (lostMs >= core.timing.electionMaxMs) return false;
  if (core.nowMs >= leadership.heartbeatDueMs) beat(core, leadership);
  expireWrites(core, leadership);
  expireReads(core, leadership);
  onTransferTick(core, leadership);
  return true;
}

export function onAppendAccepted(core: Core, leadership: Leadership, from: ReplicaId, reply: AppendAccepted): void {
  const progress = onAccepted(core, leadership, from, reply);
  advance(core, leadership);
  replicate(core, leadership, from, progress);
}

export function onAppendRefused(core: Core, leadership: Leadership, from: ReplicaId, reply: AppendRefused): void {
  replicate(core, leadership, from, onRefused(core, leadership, from, reply));
}

export function onHeartbeatReply(core: Core, leadership: Leadership, from: ReplicaId, reply: HeartbeatReply): void {
  const progress = onHeartbeatAnswered(core, leadership, from, reply);
  advance(core, leadership);
  replicate(core, leadership, from, progress);
  // Reads that came while a round was under way wait for one that begins after them. (Those that only wait for a commit
  // need no round more: without that distinction answers and rounds would chase each other.)
  const { reads, round } = leadership;
  if (answeredRound(leadership) === round && reads.some((waiting) => waiting.round > round)) beat(core, leadership);
}

/** The leader's own log is durable further than before: only now it counts itself. */
export function onLeaderPersisted(core: Core, leadership: Leadership): void {
  leadership.fsyncs.push({ lsn: core.durableLsn, atMs: core.nowMs });
  advance(core, leadership);
}

/** Moves the commit on, and releases what waited for it or for anything else that may just have happened. */
function advance(core: Core, leadership: Leadership): void {
  const reached = durableOnQuorum(core, leadership);
  // Entries of earlier terms are committed only by way of one of this term: counting them alone is not safe (the Raft
  // paper, figure 8).
  if (reached > core.committedLsn && core.log.positionAt(reached).term === core.term) core.commitUpTo(reached);
  forgetFsyncs(leadership, durableOnAll(core, leadership));
  acknowledge(core, leadership);
  serveReads(core, leadership);
}

function forgetFsyncs(leadership: Leadership, upTo: Lsn): void {
  const { fsyncs } = leadership;
  const known = fsyncs.findIndex((mark) => mark.lsn > upTo);
  if (known !== 0) fsyncs.splice(0, known < 0 ? fsyncs.length : known);
  if (fsyncs.length <= FSYNC_MARKS_MAX) return;
  leadership.fsyncs = fsyncs
    .filter((_, index) => index % 2 === 0)
    .map((mark, index) => ({ lsn: fsyncs[2 * index + 1]?.lsn ?? mark.lsn, atMs: mark.atMs }));
}
