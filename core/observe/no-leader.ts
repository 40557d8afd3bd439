import type { Standing } from '../protocol/entry.ts';
import type { ReplicaId } from '../protocol/position.ts';
import { quorumSize } from '../protocol/quorum.ts';

/** A replica, as far as it matters for an election. */
export interface Elector {
  readonly id: ReplicaId;
  /** It runs, and is heard. */
  readonly answers: boolean;
  readonly standing: Standing;
  /** A vote must be on disk before it is given. */
  readonly diskFull: boolean;
}

/**
 * Why nobody can be elected now, and what to do; null: somebody can, which takes a moment.
 *
 * @param electors all members of the cluster.
 */
export function whyNobodyCanLead(electors: readonly Elector[]): string | null {
  const needed = quorumSize(electors.length);
  const answering = electors.filter(({ answers }) => answers);
  if (answering.length < needed) {
    return `${answering.length} of ${electors.length} replicas answer, and it takes ${needed} to elect a leader`;
  }
  const voteless = answering.filter(({ standing }) => standing !== 'voter');
  const full = answering.filter(({ standing, diskFull }) => standing === 'voter' && diskFull);
  if (answering.length - voteless.length - full.length >= needed) return null;
  const causes = [
    ...(voteless.length > 0 ? [`${names(voteless)} ${voteless.length === 1 ? 'has' : 'have'} no vote`] : []),
    ...(full.length > 0 ? [`${names(full)} ${full.length === 1 ? 'has a full disk' : 'have full disks'}`] : []),
  ];
  const down = electors.filter(({ answers }) => !answers);
  const ways = [
    ...(full.length > 0 ? ['make room'] : []),
    ...(down.length > 0 ? [`start ${names(down)}, if ${down.length === 1 ? 'it has' : 'they have'} a vote`] : []),
  ];
  const advice = ways.length > 0 ? ways.join(', or ') : 'nobody is left who could vote too: begin a new cluster';
  return `${causes.join(', ')}, and it takes ${needed} that can vote to elect a leader: ${advice}`;
}

const names = (some: readonly Elector[]): string => some.map(({ id }) => id).join(', ');
