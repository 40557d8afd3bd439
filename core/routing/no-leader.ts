import type { ApiError } from '../observe/api.ts';
import { vacancyOf } from '../observe/vacancy.ts';
import type { ReplicaView } from '../protocol/leader-of.ts';

/** Why what needs a leader is not done now, and what to do. `replicas` are all members, and none of them leads. */
export function whyNoLeader(replicas: readonly ReplicaView[]): string {
  const cause = obstacleTo(replicas);
  return cause === null ? 'nobody leads now: try again in a moment' : `nobody leads: ${cause}`;
}

/** Why nothing can be done to the leader: to a replica that is named it can. */
export function nobodyToAct(replicas: readonly ReplicaView[]): ApiError {
  return { code: 'no-leader', message: `${whyNoLeader(replicas)}; or name a replica` };
}

/** Why it is no use to wait for a leader; null: one may be there in a moment. */
export function obstacleTo(replicas: readonly ReplicaView[]): string | null {
  // Who never spoke may well have a vote.
  const members = replicas.map(({ id, reachable, status }) => {
    return { id, isUp: reachable, standing: status?.standing ?? 'voter', diskFull: status?.diskFull ?? false };
  });
  const vacancy = vacancyOf(members);
  return vacancy && `${vacancy.why}; ${vacancy.wayOut}`;
}
