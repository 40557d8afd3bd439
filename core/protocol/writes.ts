import type { Core } from './core.ts';
import type { WriteMode } from './entry.ts';
import { WRITE_MODES } from './entry.ts';
import { fingerprint } from './fingerprint.ts';
import type { Leadership, PendingWrite } from './leadership.ts';
import { settle } from './lineage.ts';
import { formatPosition, type Lsn, maxLsn, minLsn, next, type ReplicaId } from './position.ts';
import { durableOnAll, hearsQuorum, inContact, inReach } from './reached.ts';
import { replicateToAll } from './replication.ts';
import type { WriteRejection, WriteRequest } from './requests.ts';

/** So many writes may wait for their acknowledgement at once; more are rejected. */
const PENDING_WRITES_MAX = 100_000;

/** Appends what may be written, sends it on, and refuses the rest. */
export function onPropose(core: Core, writes: readonly WriteRequest[]): void {
  const before = core.log.lastLsn;
  for (const write of writes) {
    const refusal = refuse(core, write);
    if (refusal) reject(core, write, refusal);
    else accept(core, core.leadership as Leadership, write);
  }
  if (core.leadership && core.log.lastLsn > before) replicateToAll(core, core.leadership);
}

/** Answers every write whose mode is satisfied. Only a leader that has lately been answered by a quorum may. */
export function acknowledge(core: Core, leadership: Leadership): void {
  if (!inReach(core, leadership)) return;
  const reached: Record<WriteMode, Lsn> = {
    async: core.durableLsn,
    quorum: core.committedLsn,
    sync: minLsn(core.committedLsn, durableOnAll(core, leadership)),
  };
  for (const mode of WRITE_MODES) {
    const pending = leadership.writes[mode];
    if (pending.length === 0 || (mode === 'async' && !inContact(core, leadership))) continue;
    const waiting = pending.findIndex((write) => write.lsn > reached[mode]);
    for (const { id, lsn } of pending.splice(0, waiting < 0 ? pending.length : waiting)) {
      leadership.acknowledgedLsn = maxLsn(leadership.acknowledgedLsn, lsn);
      const position = core.log.positionAt(lsn);
      core.out.reply({ type: 'write', id, outcome: 'ok', position, durableOn: durableOn(core, leadership, lsn) });
    }
  }
}

/** Writes that nobody acknowledged in time are unknown: they stay in the log and may still commit. */
export function expireWrites(core: Core, leadership: Leadership): void {
  for (const mode of WRITE_MODES) {
    const pending = leadership.writes[mode];
    if (!pending.some((write) => write.dueMs <= core.nowMs)) continue;
    leadership.writes[mode] = pending.filter((write) => write.dueMs > core.nowMs);
    const message = `not acknowledged within ${core.timing.acknowledgeMs} ms; it may still commit`;
    for (const write of pending) {
      if (write.dueMs <= core.nowMs) unknown(core, leadership, write, 'acknowledge-timeout', message);
    }
  }
}

/** Leads no more: nobody can tell what becomes of what was not acknowledged. Returns how many writes that are. */
export function settleUnknown(core: Core, leadership: Leadership): number {
  const message = `${core.id} stepped down before it was acknowledged; it may still commit`;
  const pending = WRITE_MODES.flatMap((mode) => leadership.writes[mode]);
  for (const write of pending) unknown(core, leadership, write, 'stepped-down', message);
  return pending.length;
}

interface Refusal {
  readonly code: WriteRejection;
  readonly message: string;
}

function refuse(core: Core, write: WriteRequest): Refusal | null {
  const { leadership } = core;
  if (!leadership || write.term !== core.term) {
    return { code: 'not-leader', message: `${core.id} does not lead term ${write.term}` };
  }
  // What is in the log cannot be refused any more for want of others: a retry of it waits, as its original did.
  const isNew = originalOf(core, write) === null;
  if (isNew && !mayAppend(core, leadership, write.mode)) {
    const message = `${core.id} leads, but no majority answers it in time: nothing was written`;
    return { code: 'no-quorum', message };
  }
  if (WRITE_MODES.reduce((sum, mode) => sum + leadership.writes[mode].length, 0) >= PENDING_WRITES_MAX) {
    return { code: 'overloaded', message: `${PENDING_WRITES_MAX} writes are waiting already: slow down` };
  }
  const silent = isNew && write.mode === 'sync' ? silentFollowers(core, leadership) : [];
  if (silent.length > 0) {
    return { code: 'follower-down', message: `sync needs every replica, and ${silent.join(', ')} does not answer` };
  }
  return refuseToken(core, write) ?? (write.session ? refuseRetry(core, write) : null);
}

/** Whether a write of this mode may hope to be acknowledged. */
function mayAppend(core: Core, leadership: Leadership, mode: WriteMode): boolean {
  if (mode === 'async') return inContact(core, leadership);
  return inReach(core, leadership) && hearsQuorum(core, leadership);
}

/**
 * A write that follows what its client saw belongs to a history that has it. Else its position would be a token that
 * covers up the loss: later by term, and without what the client had seen before.
 */
function refuseToken(core: Core, { token }: WriteRequest): Refusal | null {
  if (!token || core.log.holds(token)) return null;
  const named = formatPosition(token);
  if (settle(token, core.log.lineage, core.committedLsn) === 'rolled-back') {
    return { code: 'rolled-back', message: `${named} was rolled back: ${core.id}'s history excludes it` };
  }
  return { code: 'not-caught-up', message: `${core.id} leads, and does not hold ${named}: try again in a moment` };
}

function refuseRetry(core: Core, write: WriteRequest): Refusal | null {
  const { session, seq } = write.session as { session: string; seq: number };
  const found = core.sessions.find(session, seq);
  if (found === 'too-old') {
    return {
      code: 'seq-too-old',
      message: `seq ${seq} is too far behind the session's last: it may be applied already`,
    };
  }
  if (found === 'forgotten') {
    return {
      code: 'session-forgotten',
      message: `this session's writes have been forgotten: whether seq ${seq} was applied cannot be told`,
    };
  }
  if (found !== 'new' && found.fingerprint !== fingerprint(write.command)) {
    return { code: 'seq-reused', message: `seq ${seq} of this session was another write` };
  }
  return null;
}

function accept(core: Core, leadership: Leadership, write: WriteRequest): void {
  const { id, mode, session, command } = write;
  const dueMs = core.nowMs + core.timing.acknowledgeMs;
  const original = originalOf(core, write);
  if (original !== null) {
    // A retry waits for the entry that is there, under its own mode.
    const pending = leadership.writes[mode];
    const later = pending.findIndex((other) => other.lsn > original);
    pending.splice(later < 0 ? pending.length : later, 0, { id, lsn: original, mode, dueMs });
    if (inContact(core, leadership)) acknowledge(core, leadership);
    return;
  }
  const entry = core.seal({ term: core.term, lsn: next(core.log.lastLsn), id, command, mode, session });
  core.append(entry);
  leadership.writes[mode].push({ id, lsn: entry.lsn, mode, dueMs });
}

/** Where the log holds the write that this one tries again; null: it is new. */
function originalOf(core: Core, { session }: WriteRequest): Lsn | null {
  const found = session ? core.sessions.find(session.session, session.seq) : 'new';
  return typeof found === 'object' ? found.lsn : null;
}

function reject(core: Core, write: WriteRequest, refusal: Refusal): void {
  core.out.reply({ type: 'write', id: write.id, outcome: 'rejected', ...refusal });
}

function unknown(
  core: Core,
  leadership: Leadership,
  write: PendingWrite,
  code: 'acknowledge-timeout' | 'stepped-down',
  message: string,
): void {
  const position = core.log.positionAt(write.lsn);
  const durable = durableOn(core, leadership, write.lsn);
  core.out.reply({ type: 'write', id: write.id, outcome: 'unknown', position, durableOn: durable, code, message });
}

function durableOn(core: Core, leadership: Leadership, lsn: Lsn): readonly ReplicaId[] {
  return core.members.filter((member) => {
    const durable = member === core.id ? core.durableLsn : leadership.progress.get(member)?.durable;
    return durable !== undefined && durable >= lsn;
  });
}

function silentFollowers(core: Core, leadership: Leadership): readonly ReplicaId[] {
  return core.peers.filter((peer) => {
    const heardMs = leadership.progress.get(peer)?.heardMs ?? null;
    return heardMs === null || core.nowMs - heardMs >= core.timing.electionMinMs;
  });
}
