import type { Core } from './core.ts';
import type { Leadership, Progress } from './leadership.ts';
import { commonEnd } from './lineage.ts';
import type { AppendAccepted, AppendRefused, HeartbeatReply } from './messages.ts';
import { lsn, maxLsn, minLsn, next, previous, type ReplicaId } from './position.ts';
import { answerRejoin, endDoubts } from './rejoin.ts';
import { beginTransfer, endTransfer } from './transfer.ts';

/** One append message carries at most this much, and at least one entry. */
const APPEND_BYTES_MAX = 256 * 1024;
const APPEND_ENTRIES_MAX = 2048;
/** A follower is sent at most this much beyond what it is known to have on disk: a slow disk is given no more to hold. */
const WINDOW_BYTES = 4 * 1024 * 1024;

/** Begins a heartbeat round. */
export function beat(core: Core, leadership: Leadership): void {
  leadership.round += 1;
  leadership.heartbeatDueMs = core.nowMs + core.timing.heartbeatMs;
  for (const [peer, progress] of leadership.progress) {
    core.out.send(peer, {
      type: 'heartbeat',
      term: core.term,
      round: leadership.round,
      atMs: core.nowMs,
      sentLsn: previous(progress.next),
      committedLsn: core.committedLsn,
      rejoin: progress.doubted ? null : progress.rejoin,
    });
  }
}

export function replicateToAll(core: Core, leadership: Leadership): void {
  for (const [peer, progress] of leadership.progress) replicate(core, leadership, peer, progress);
}

/** Sends a follower what it lacks, as far as the window allows. */
export function replicate(core: Core, leadership: Leadership, peer: ReplicaId, progress: Progress): void {
  const { log } = core;
  if (leadership.transfer?.to === peer) return;
  while (mayAppend(core, progress)) {
    if (progress.next <= log.base.lsn) {
      if (progress.known) return beginTransfer(core, leadership, peer);
      // Its answer says where the logs part, wherever it is asked.
      progress.next = next(log.base.lsn);
    }
    const entries = log.slice(progress.next, APPEND_BYTES_MAX, APPEND_ENTRIES_MAX);
    const prev = log.positionAt(previous(progress.next));
    core.out.send(peer, { type: 'append', term: core.term, prev, committedLsn: core.committedLsn, entries });
    progress.next = lsn(progress.next + entries.length);
    progress.probing = !progress.known;
  }
}

export function onAccepted(core: Core, leadership: Leadership, from: ReplicaId, reply: AppendAccepted): Progress {
  const progress = progressOf(leadership, from);
  progress.heardMs = core.nowMs;
  progress.known = true;
  progress.probing = false;
  progress.matched = maxLsn(progress.matched, reply.matchedLsn);
  progress.durable = maxLsn(progress.durable, reply.durableLsn);
  // This may be late, and of a process whose log is lost: that it counts again it says in answer to a heartbeat.
  if (!reply.counts) progress.counts = false;
  progress.next = maxLsn(progress.next, next(progress.matched));
  const { transfer } = leadership;
  if (transfer?.to === from && progress.matched >= transfer.scan.position.lsn) endTransfer(core, leadership);
  return progress;
}

/**
 * The follower does not hold what an append followed. Its lineage says where the logs part, so one step back is enough,
 * however far it is. The reply may be late: then the next append is refused too, and nothing is lost but a round trip.
 */
export function onRefused(core: Core, leadership: Leadership, from: ReplicaId, reply: AppendRefused): Progress {
  const progress = progressOf(leadership, from);
  const common = commonEnd(core.log.lineage, core.log.lastLsn, reply.lineage, reply.last.lsn);
  progress.heardMs = core.nowMs;
  progress.known = true;
  progress.probing = false;
  progress.matched = common;
  progress.next = next(common);
  progress.rewoundAtRound = leadership.round;
  return progress;
}

/**
 * A follower answered a heartbeat. Links keep their order, so what was sent before that heartbeat has arrived, or never
 * will: then it is sent again. (On a link that does not keep it, that costs a few duplicates.)
 */
export function onHeartbeatAnswered(
  core: Core,
  leadership: Leadership,
  from: ReplicaId,
  reply: HeartbeatReply,
): Progress {
  const progress = progressOf(leadership, from);
  progress.heardMs = core.nowMs;
  answerRejoin(core, leadership, progress, reply);
  progress.answeredRound = Math.max(progress.answeredRound, reply.round);
  // By the clock alone an old round may look young: `retime` moves what is measured, and not what is on its way.
  if (reply.round > leadership.wokeAtRound) progress.contactMs = Math.max(progress.contactMs, reply.atMs);
  endDoubts(leadership);
  progress.durable = maxLsn(progress.durable, reply.durableLsn);
  const { transfer } = leadership;
  // What it lacks comes with the snapshot, and then from there.
  if (transfer?.to === from && reply.matchedLsn < transfer.scan.position.lsn) return progress;
  if (transfer?.to === from) endTransfer(core, leadership);
  const isCurrent = reply.round > progress.rewoundAtRound;
  if (!isCurrent || reply.matchedLsn >= reply.sentLsn) {
    progress.matched = maxLsn(progress.matched, reply.matchedLsn);
    // It answers a probe too, whose own acknowledgement may be lost or still wait for the disk.
    if (isCurrent) {
      progress.known = true;
      progress.probing = false;
    }
    return progress;
  }
  progress.rewoundAtRound = leadership.round;
  progress.probing = false;
  progress.matched = maxLsn(progress.durable, reply.matchedLsn);
  // A follower that knows of no match with this leader has started anew, or never got the probe: probe where its log
  // may end. So has one that knows of less than it is known to have on disk: an old append came late to a new process.
  progress.known = reply.matchedLsn > 0 && reply.matchedLsn >= progress.durable;
  const restart = progress.known ? progress.matched : minLsn(core.log.lastLsn, reply.lastLsn);
  progress.next = minLsn(progress.next, next(maxLsn(restart, progress.durable)));
  return progress;
}

function mayAppend(core: Core, progress: Progress): boolean {
  const { log } = core;
  if (!progress.known) return !progress.probing;
  if (progress.next > log.lastLsn) return false;
  return log.bytesBetween(progress.durable, previous(progress.next)) < WINDOW_BYTES;
}

function progressOf(leadership: Leadership, from: ReplicaId): Progress {
  const progress = leadership.progress.get(from);
  if (!progress) throw new Error(`${from} is no peer`);
  return progress;
}
