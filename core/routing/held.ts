import { holds, termAt } from '../protocol/lineage.ts';
import { maxLsn, type Position } from '../protocol/position.ts';
import type { ReplicaStatus } from '../protocol/status.ts';

/**
 * The end of what a replica can serve: durable there, or committed elsewhere (a leader may commit an entry on its
 * followers' disks before its own). What is in its log beyond that may still vanish in a crash.
 */
export function heldEnd(status: ReplicaStatus): Position {
  const end = maxLsn(status.durableLsn, status.committedLsn);
  return { term: termAt(status.lineage, end), lsn: end };
}

/** Whether a replica can serve everything up to `token`. The origin is held by all. */
export const holdsToken = (status: ReplicaStatus, token: Position): boolean =>
  holds(status.lineage, heldEnd(status).lsn, token);

/** The end of what a replica knows to be committed. */
export const committedEnd = (status: ReplicaStatus): Position => ({
  term: termAt(status.lineage, status.committedLsn),
  lsn: status.committedLsn,
});
