import type { Core } from './core.ts';
import type { Leadership, PendingRead } from './leadership.ts';
import { settle } from './lineage.ts';
import { formatPosition, type Lsn, maxLsn } from './position.ts';
import { answeredRound } from './reached.ts';
import { beat } from './replication.ts';
import type { ReadFailed, ReadReply, ReadRequest } from './requests.ts';

export function onRead(core: Core, read: ReadRequest): void {
  switch (read.level) {
    case 'any':
      // What a plain read of a real replica gives: all that it has, committed or not.
      return core.out.reply(serve(core, read, heldEnd(core)));
    case 'token':
      return core.out.reply(serveToken(core, read));
    case 'linearizable':
      return core.leadership
        ? awaitRound(core, core.leadership, read)
        : core.out.reply(fail(core, read, 'not-leader', `${core.id} does not lead`));
    default:
      read.level satisfies never;
  }
}

/** Answers the linearizable reads whose round was answered by a quorum, and what they must see is committed. */
export function serveReads(core: Core, leadership: Leadership): void {
  // Before its first own commit a new leader does not know what its predecessors committed.
  if (leadership.reads.length === 0 || core.committedLsn < leadership.firstLsn) return;
  const answered = answeredRound(leadership);
  const ready = (waiting: PendingRead) => waiting.round <= answered && waiting.index <= core.committedLsn;
  const served = leadership.reads.filter(ready);
  if (served.length === 0) return;
  leadership.reads = leadership.reads.filter((waiting) => !ready(waiting));
  for (const { read } of served) core.out.reply(serve(core, read, core.committedLsn));
}

export function expireReads(core: Core, leadership: Leadership): void {
  const expired = leadership.reads.filter((waiting) => waiting.dueMs <= core.nowMs);
  if (expired.length === 0) return;
  leadership.reads = leadership.reads.filter((waiting) => waiting.dueMs > core.nowMs);
  for (const { read } of expired)
    core.out.reply(fail(core, read, 'not-here', 'no majority confirmed the leader in time'));
}

/** Leads no more: others will have to serve them. */
export function dropReads(core: Core, leadership: Leadership): void {
  for (const { read } of leadership.reads) core.out.reply(fail(core, read, 'not-leader', `${core.id} stepped down`));
}

/** Ongaro's thesis, §6.4: a round begun now proves that nobody else led when the read came. */
function awaitRound(core: Core, leadership: Leadership, read: ReadRequest): void {
  if (!core.log.holds(read.token)) return core.out.reply(lacks(core, read));
  leadership.reads.push({
    read,
    round: leadership.round + 1,
    index: maxLsn(maxLsn(core.committedLsn, leadership.acknowledgedLsn), read.token.lsn),
    dueMs: core.nowMs + core.timing.acknowledgeMs,
  });
  // One round at a time: reads that come meanwhile share the next.
  if (answeredRound(leadership) === leadership.round) beat(core, leadership);
  // Alone, this replica is its own quorum, and has answered.
  if (core.peers.length === 0) serveReads(core, leadership);
}

function serveToken(core: Core, read: ReadRequest): ReadReply {
  const { token } = read;
  const { log, committedLsn } = core;
  if (log.holds(token) && token.lsn <= heldEnd(core)) return serve(core, read, maxLsn(committedLsn, token.lsn));
  return lacks(core, read);
}

/**
 * The end of what is here to stay, as far as this replica is concerned: on its disk, or committed. While a snapshot of
 * the leader's takes the place of its log, the disk may already have nothing but that.
 */
function heldEnd(core: Core): Lsn {
  return core.installing ? core.committedLsn : maxLsn(core.durableLsn, core.committedLsn);
}

/** This replica does not hold the token: nobody ever will, or another does. */
function lacks(core: Core, read: ReadRequest): ReadReply {
  const named = formatPosition(read.token);
  if (settle(read.token, core.log.lineage, core.committedLsn) === 'rolled-back') {
    return fail(core, read, 'rolled-back', `${named} is not in the history that was committed`);
  }
  return fail(core, read, 'not-here', `${core.id} does not hold ${named}`);
}

function serve(core: Core, read: ReadRequest, end: Lsn): ReadReply {
  return {
    type: 'read',
    id: read.id,
    outcome: 'ok',
    value: core.state.read(read.key, end),
    position: core.log.positionAt(end),
    committed: end <= core.committedLsn,
  };
}

function fail(core: Core, read: ReadRequest, code: ReadFailed['code'], message: string): ReadReply {
  const committed = core.log.positionAt(core.committedLsn);
  return { type: 'read', id: read.id, outcome: 'failed', code, message, committed };
}
