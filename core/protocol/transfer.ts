import { forgetEntries } from './compaction.ts';
import type { Core } from './core.ts';
import type { Leadership, Progress } from './leadership.ts';
import type { Snapshot, SnapshotReply } from './messages.ts';
import type { ReplicaId } from './position.ts';
import { SnapshotScan } from './snapshot-scan.ts';

/**
 * A snapshot under way to a follower that needs entries which are gone. While the follower puts one part on its disk the
 * next ones are made, sent and read; together they are no more than one part of a snapshot on disk, so that neither
 * memory nor link fills, and heartbeats pass between.
 *
 * 1. `underWay` is in order, without gaps, and all before it is on the follower's disk.
 * 2. A part is made once: no scan can tell it again. It is kept until the follower has it.
 */
export interface Transfer {
  readonly to: ReplicaId;
  readonly scan: SnapshotScan;
  /** Of this leadership: 1, 2, 3… */
  readonly number: number;
  /** The parts that the follower has not yet said it has. */
  readonly underWay: Part[];
  /** How many parts were made. */
  made: number;
  /** The last of all is among them. */
  isWhole: boolean;
  /** When one was last sent. */
  sentMs: number;
}

interface Part {
  readonly message: Snapshot;
  /** As in `SealedPiece`. */
  readonly bytes: number;
}

/** So many parts are under way where pieces are small. Each is made at once, and holds up the writes that come then. */
const UNDER_WAY = 4;

/** One at a time in all: others that need one wait for their turn. One that says nothing has none until it does. */
export function beginTransfer(core: Core, leadership: Leadership, to: ReplicaId): void {
  if (leadership.transfer || isSilent(core, leadership, to)) return;
  const scan = new SnapshotScan(core);
  leadership.transfers += 1;
  const transfer = { to, scan, number: leadership.transfers, underWay: [], made: 0, isWhole: false, sentMs: 0 };
  leadership.transfer = transfer;
  core.out.event({ type: 'snapshot-sent', term: core.term, to, position: scan.position });
  sendMore(core, transfer);
}

export function endTransfer(core: Core, leadership: Leadership): void {
  leadership.transfer?.scan.release();
  leadership.transfer = null;
  forgetEntries(core);
}

export function onSnapshotReply(core: Core, leadership: Leadership, from: ReplicaId, reply: SnapshotReply): void {
  const { transfer } = leadership;
  if (transfer?.to !== from || transfer.number !== reply.transfer) return;
  const { underWay, made } = transfer;
  const has = reply.next - (made - underWay.length);
  // It has started anew, and so must this: what came before cannot be told again.
  if (has < 0) return endTransfer(core, leadership);
  underWay.splice(0, has);
  sendMore(core, transfer);
}

/** What is lost on the way is sent again; who says nothing for an election timeout gives up its turn. */
export function onTransferTick(core: Core, leadership: Leadership): void {
  const { transfer } = leadership;
  if (!transfer) return;
  if (isSilent(core, leadership, transfer.to)) endTransfer(core, leadership);
  else if (core.nowMs - transfer.sentMs >= core.timing.electionMinMs) {
    for (const part of transfer.underWay) send(core, transfer, part);
  }
}

function isSilent(core: Core, leadership: Leadership, to: ReplicaId): boolean {
  const { heardMs } = leadership.progress.get(to) as Progress;
  return heardMs === null || core.nowMs - heardMs >= core.timing.electionMaxMs;
}

function sendMore(core: Core, transfer: Transfer): void {
  const { underWay } = transfer;
  const { partBytes } = core.limits;
  let bytes = underWay.reduce((sum, part) => sum + part.bytes, 0);
  while (!transfer.isWhole && (underWay.length === 0 || bytes < partBytes)) {
    const part = makePart(core, transfer, partBytes / UNDER_WAY);
    underWay.push(part);
    bytes += part.bytes;
    send(core, transfer, part);
  }
}

function makePart(core: Core, transfer: Transfer, bytesMax: number): Part {
  const { scan, number } = transfer;
  const before = scan.bytes;
  const part = scan.part(bytesMax);
  transfer.made += 1;
  transfer.isWhole = part.last;
  return { message: { type: 'snapshot', term: core.term, transfer: number, ...part }, bytes: scan.bytes - before };
}

function send(core: Core, transfer: Transfer, { message }: Part): void {
  transfer.sentMs = core.nowMs;
  core.out.send(transfer.to, message);
}
