import type { ClusterSnapshot, ReplicaSnapshot } from '../core/observe/snapshot.ts';
import { timingOf } from '../core/protocol/timing.ts';

/** Silence shorter than this is no news, whatever the tempo. */
const LATE_MIN_MS = 300;
/** Nor is silence of fewer heartbeats than this. */
const LATE_HEARTBEATS = 3;

/**
 * The snapshot as the screen shows it. What differs in every snapshot though nothing happened, the age of a heartbeat
 * and the lag of one who does not catch up, is rounded: to 0 while it is no news, later down to the steps in which it
 * is shown. Two snapshots that look alike become equal, so an idle cluster repaints nothing.
 */
export function quieten(snapshot: ClusterSnapshot): ClusterSnapshot {
  const lateMs = Math.max(LATE_MIN_MS, LATE_HEARTBEATS * timingOf(snapshot.tempo).heartbeatMs);
  return { ...snapshot, replicas: snapshot.replicas.map((replica) => quietReplica(replica, lateMs)) };
}

/** Whether two snapshots say the same. They are small, and built alike. */
export const sameSnapshot = (a: ClusterSnapshot | null, b: ClusterSnapshot): boolean =>
  a !== null && JSON.stringify(a) === JSON.stringify(b);

/** A replica that is down is silent by nature: how long says nothing, and would grow for ever. */
function quietReplica(replica: ReplicaSnapshot, lateMs: number): ReplicaSnapshot {
  const down = replica.process === 'down';
  const age = replica.heartbeatAgeMs;
  const heartbeatAgeMs = age === null ? null : down || age <= lateMs ? 0 : inSteps(age);
  const lag = replica.lag && { ...replica.lag, ms: down ? 0 : inSteps(replica.lag.ms) };
  return { ...replica, heartbeatAgeMs, lag };
}

/** The longer it lasts, the coarser it is told. */
function inSteps(ms: number): number {
  const stepMs = ms < 300 ? 1 : ms < 10_000 ? 100 : ms < 120_000 ? 1000 : 60_000;
  return Math.floor(ms / stepMs) * stepMs;
}
