import type { ReplicaId } from '../protocol/position.ts';
import { quorumSize } from '../protocol/quorum.ts';
import type { ReplicaStatus } from '../protocol/status.ts';

/**
 * Why the log of `target` is not begun anew now; null: it may be. It takes a majority of other replicas that run and have
 * a vote: one that comes back has none until it has caught up, or never, and without a majority of voters nobody can
 * ever be elected again. And one of them must hold something: nobody has led a cluster in which all are empty, there is
 * nothing to fetch, and to forget a vote of it would be for nothing.
 *
 * @param statusOf the last status of a replica that is reached now; null for any other
 */
export function whyNoRebuild(
  target: ReplicaId,
  members: readonly ReplicaId[],
  statusOf: (id: ReplicaId) => Pick<ReplicaStatus, 'standing' | 'position'> | null,
): string | null {
  const others = members.filter((member) => member !== target);
  if (others.length === 0) return 'it is alone, and nobody else has its log';
  const needed = quorumSize(members.length);
  if (others.length < needed) return `it takes both votes to elect a leader, and it would have none`;
  const voters = others.filter((member) => statusOf(member)?.standing === 'voter');
  if (voters.length >= needed) {
    const isEmpty = voters.every((member) => statusOf(member)?.position.lsn === 0);
    return isEmpty ? 'nobody has led yet, so there is nothing to fetch, and it would never have a vote' : null;
  }
  const who =
    voters.length === 0 ? 'none of the others runs and has a vote' : `of the others only ${voters.join(', ')} `;
  const has = voters.length === 0 ? '' : `${voters.length === 1 ? 'runs and has' : 'run and have'} a vote`;
  const down = others.filter((member) => statusOf(member) === null);
  const advice = down.length === 0 ? '' : `: first start those that are down (${down.join(', ')})`;
  return `it would have no vote, ${who}${has}, and it takes ${needed} to elect a leader${advice}`;
}
