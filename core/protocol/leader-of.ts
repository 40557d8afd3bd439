import type { ReplicaId, Term } from './position.ts';
import { quorumSize } from './quorum.ts';
import type { ReplicaStatus } from './status.ts';

/** A replica as it looks from outside. */
export interface ReplicaView {
  readonly id: ReplicaId;
  /** Its process is up, its connection is alive, and its last status is fresh. */
  readonly reachable: boolean;
  /** What it last said of itself, however long ago; null if it never spoke. */
  readonly status: ReplicaStatus | null;
}

/**
 * The current leader, as far as statuses tell: the reachable replica that claims the highest term, unless it is deposed
 * and has not noticed. `replicas` are all members of the cluster, those that are down included. Reads, writes and the
 * screen all ask here.
 */
export function leaderOf(replicas: readonly ReplicaView[]): ReplicaStatus | null {
  let leader: ReplicaStatus | null = null;
  for (const { reachable, status } of replicas) {
    if (!reachable || status?.role !== 'leader') continue;
    if (leader === null || status.term > leader.term) leader = status;
  }
  return leader !== null && !isDeposed(leader.term, replicas) ? leader : null;
}

/**
 * Whether a leader of `ledTerm` can commit nothing more: somebody was elected in a later term, or a majority has moved
 * on to one. A single replica in a later term proves neither: a candidate that was cut off before its votes came sits
 * there for as long as the cut lasts, while the majority goes on under its leader. Words of the dead count too: terms
 * never go back.
 */
export function isDeposed(ledTerm: Term, replicas: readonly ReplicaView[]): boolean {
  let later = 0;
  for (const { status } of replicas) {
    if (status === null || status.term <= ledTerm) continue;
    if (status.leader !== null || status.position.term > ledTerm) return true;
    later += 1;
  }
  return later >= quorumSize(replicas.length);
}
