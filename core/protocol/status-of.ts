import type { Core } from './core.ts';
import type { Leadership, Progress } from './leadership.ts';
import { previous, type ReplicaId } from './position.ts';
import { inContact } from './reached.ts';
import type { FollowerStatus, Lag, ReplicaStatus, Role } from './status.ts';

export function statusOf(core: Core): ReplicaStatus {
  const { leadership, log } = core;
  const role: Role = leadership ? 'leader' : core.campaign ? 'candidate' : 'follower';
  return {
    id: core.id,
    role,
    term: core.term,
    leader: core.leader,
    position: log.last,
    durableLsn: core.durableLsn,
    committedLsn: core.committedLsn,
    lineage: log.lineage,
    baseLsn: log.base.lsn,
    standing: core.standing,
    diskFull: core.diskFull,
    inContact: leadership !== null && inContact(core, leadership),
    followers: leadership ? followersOf(core, leadership) : [],
  };
}

function followersOf(core: Core, leadership: Leadership): readonly FollowerStatus[] {
  const followers: FollowerStatus[] = [];
  for (const [id, progress] of leadership.progress) followers.push(followerStatus(core, leadership, id, progress));
  return followers;
}

function followerStatus(core: Core, leadership: Leadership, id: ReplicaId, progress: Progress): FollowerStatus {
  return {
    id,
    lag: progress.known ? lagOf(core, leadership, progress) : null,
    inFlight: progress.known ? previous(progress.next) - progress.matched : 0,
  };
}

function lagOf(core: Core, leadership: Leadership, progress: Progress): Lag {
  const { lastLsn } = core.log;
  const oldest = leadership.fsyncs.find((mark) => mark.lsn > progress.durable);
  return {
    entries: lastLsn - progress.matched,
    bytes: core.log.bytesBetween(progress.matched, lastLsn),
    ms: oldest ? core.nowMs - oldest.atMs : 0,
  };
}
