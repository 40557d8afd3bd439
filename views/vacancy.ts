import type { ClusterSnapshot } from '../core/observe/snapshot.ts';
import { vacancyOf } from '../core/observe/vacancy.ts';
import type { ReplicaId } from '../core/protocol/position.ts';
import { quorumSize } from '../core/protocol/quorum.ts';
import { type Row, toned } from './span.ts';

interface Vacancy {
  readonly why: string;
  /** null: it is enough to wait. */
  readonly wayOut: string | null;
}

/** Why nobody leads, and what helps: an election takes a moment, a missing majority takes the user. */
export function vacancyIn({ replicas, links }: ClusterSnapshot): Vacancy {
  const members = replicas.map((replica) => ({ ...replica, isUp: replica.process === 'up' }));
  const found = vacancyOf(members);
  if (found !== null) return found;
  const needed = quorumSize(replicas.length);
  const voters = members.filter(({ isUp, standing }) => isUp && standing === 'voter').map(({ id }) => id);
  const swallows = (from: ReplicaId, to: ReplicaId): boolean =>
    links.some((link) => link.from === from && link.to === to && (link.cut || link.dropPercent === 100));
  const hears = (id: ReplicaId): number => voters.filter((to) => !swallows(id, to) && !swallows(to, id)).length;
  if (voters.some((id) => hears(id) >= needed)) return { why: 'electing…', wayOut: null };
  return { why: `cut apart, needs ${needed}`, wayOut: 'restore links, or heal all' };
}

/** What helps as long as nobody can be elected; null: somebody can. */
export function adviceRow(snapshot: ClusterSnapshot): Row | null {
  const wayOut = snapshot.leader === null ? vacancyIn(snapshot).wayOut : null;
  return wayOut === null ? null : [toned('warn', `to have a leader: ${wayOut}`)];
}
