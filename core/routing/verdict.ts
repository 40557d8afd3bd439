import type { Candidate } from '../protocol/candidate.ts';
import { isDeposed, type ReplicaView } from '../protocol/leader-of.ts';
import { termAt } from '../protocol/lineage.ts';
import { formatPosition, type Position } from '../protocol/position.ts';
import type { ReplicaStatus } from '../protocol/status.ts';
import { heldEnd, holdsToken } from './held.ts';
import type { Question } from './route.ts';

/** Puts into words how `replica` stood when a read was routed. */
export function verdictOf(
  replica: ReplicaView,
  question: Question,
  replicas: readonly ReplicaView[],
  leader: ReplicaStatus | null,
  chosen: boolean,
): Candidate {
  const { id, reachable, status } = replica;
  if (!reachable || status === null) return { id, position: null, verdict: 'down, or does not answer', chosen };
  const standing = question.level === 'token' ? standingTo(question.token, status) : part(status, replicas, leader);
  const verdict = standing + exclusion(question, status, leader);
  return { id, position: formatPosition(heldEnd(status)), verdict, chosen };
}

/** Where a replica stands as seen from a token. */
function standingTo(token: Position, status: ReplicaStatus): string {
  const [asked, held] = [formatPosition(token), heldEnd(status)];
  if (holdsToken(status, token)) return token.lsn === 0 ? `at ${formatPosition(held)}` : `holds ${asked}`;
  if (token.lsn <= status.position.lsn) {
    const there = { term: termAt(status.lineage, token.lsn), lsn: token.lsn };
    if (there.term !== token.term) return `on another history: holds ${formatPosition(there)} instead of ${asked}`;
    return `has ${asked}, but not on its disk yet`;
  }
  if (token.term < status.position.term) {
    return `on another history: went on in term ${status.position.term} before LSN ${token.lsn}`;
  }
  return `at ${formatPosition(held)}, ${token.lsn - held.lsn} behind the token`;
}

/** The part a replica plays, for reads that ask for no position. */
function part(status: ReplicaStatus, replicas: readonly ReplicaView[], leader: ReplicaStatus | null): string {
  switch (status.role) {
    case 'follower':
      return status.leader === null ? 'knows no leader' : `follows ${status.leader} in term ${status.term}`;
    case 'candidate':
      return `is a candidate in term ${status.term}`;
    case 'leader':
      if (status.id === leader?.id) return `leads term ${status.term}`;
      return isDeposed(status.term, replicas)
        ? `led term ${status.term}, and does not know yet that it is deposed`
        : `claims term ${status.term}, as another does`;
    default:
      throw new Error(`no such role: ${status.role satisfies never}`);
  }
}

/** What keeps a live replica out, whatever it holds: the read asks for others. */
function exclusion({ from, level }: Question, status: ReplicaStatus, leader: ReplicaStatus | null): string {
  const leads = status.id === leader?.id;
  switch (from) {
    case 'anyone':
      return level === 'linearizable' && !leads ? '; only the leader can serve' : '';
    case 'leader':
      return leads ? '' : '; the leader was asked for';
    case 'followers':
      return status.role === 'follower' ? '' : '; a follower was asked for';
    default:
      return status.id === from ? '' : `; ${from} was asked for`;
  }
}
