import type { Target } from '../observe/api.ts';
import type { ReplicaId } from '../protocol/position.ts';

/**
 * Why a replica's log is not to be begun anew, in this cluster and under this leader; null: it may. It has no vote until
 * it has everything from a leader again: it takes others to have one.
 */
export function whyNoRebuild(
  target: Target,
  members: readonly ReplicaId[],
  leader: ReplicaId | undefined,
): string | null {
  if (!members.some((member) => member === target) || members.length > 2) return null;
  const other = members.find((member) => member !== target);
  if (other === undefined) return 'it is alone, and nobody else has its log';
  if (leader === other) return null;
  const why = `it would have no vote until it has the log from ${other}, which cannot be elected without that vote`;
  return `of two replicas one can be only while the other leads: ${why}`;
}
