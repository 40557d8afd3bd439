import { forgetEntries } from './compaction.ts';
import type { Core } from './core.ts';
import type { Leadership, Progress } from './leadership.ts';
import type { SnapshotReply } from './messages.ts';
import type { ReplicaId } from './position.ts';
import type { SealedPiece } from './snapshot.ts';
import { SnapshotScan } from './snapshot-scan.ts';

/**
 * A snapshot under way to a follower that needs entries which are gone. One part at a time: the next leaves when the one
 * before is on the follower's disk, so that neither memory nor link fills, and heartbeats pass between.
 */
export interface Transfer {
  readonly to: ReplicaId;
  readonly scan: SnapshotScan;
  /** Of this leadership: 1, 2, 3… */
  readonly number: number;
  /** The part under way. */
  index: number;
  pieces: readonly SealedPiece[];
  last: boolean;
  sentMs: number;
}

/**
 * A part is made at once, and holds up the writes that come meanwhile: it is only this share of one on disk. But where an
 * answer took as long as `FAR` of a heartbeat, whole ones go, for then it is their number that takes the time.
 */
const SHARE = 0.25;
const FAR = 0.25;

/** One at a time in all: others that need one wait for their turn. One that says nothing has none until it does. */
export function beginTransfer(core: Core, leadership: Leadership, to: ReplicaId): void {
  if (leadership.transfer || isSilent(core, leadership, to)) return;
  const scan = new SnapshotScan(core);
  leadership.transfers += 1;
  leadership.transfer = { to, scan, number: leadership.transfers, index: 0, pieces: [], last: false, sentMs: 0 };
  core.out.event({ type: 'snapshot-sent', term: core.term, to, position: scan.position });
  sendNext(core, leadership.transfer);
}

export function endTransfer(core: Core, leadership: Leadership): void {
  leadership.transfer?.scan.release();
  leadership.transfer = null;
  forgetEntries(core);
}

export function onSnapshotReply(core: Core, leadership: Leadership, from: ReplicaId, reply: SnapshotReply): void {
  const { transfer } = leadership;
  if (transfer?.to !== from || transfer.number !== reply.transfer) return;
  if (reply.next === transfer.index + 1 && !transfer.last) sendNext(core, transfer);
  // It has started anew, and so must this: what came before cannot be told again.
  else if (reply.next < transfer.index) endTransfer(core, leadership);
}

/** What is lost on the way is sent again; who says nothing for an election timeout gives up its turn. */
export function onTransferTick(core: Core, leadership: Leadership): void {
  const { transfer } = leadership;
  if (!transfer) return;
  if (isSilent(core, leadership, transfer.to)) endTransfer(core, leadership);
  else if (core.nowMs - transfer.sentMs >= core.timing.electionMinMs) send(core, transfer);
}

function isSilent(core: Core, leadership: Leadership, to: ReplicaId): boolean {
  const { heardMs } = leadership.progress.get(to) as Progress;
  return heardMs === null || core.nowMs - heardMs >= core.timing.electionMaxMs;
}

function sendNext(core: Core, transfer: Transfer): void {
  const { limits, timing, nowMs } = core;
  const isFar = transfer.sentMs > 0 && nowMs - transfer.sentMs >= FAR * timing.heartbeatMs;
  const { index, pieces, last } = transfer.scan.part(isFar ? limits.partBytes : SHARE * limits.partBytes);
  transfer.index = index;
  transfer.pieces = pieces;
  transfer.last = last;
  send(core, transfer);
}

function send(core: Core, transfer: Transfer): void {
  const { to, number, index, pieces, last, scan } = transfer;
  const { position } = scan;
  transfer.sentMs = core.nowMs;
  core.out.send(to, { type: 'snapshot', term: core.term, position, transfer: number, index, pieces, last });
}
