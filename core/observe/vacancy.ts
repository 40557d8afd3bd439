import type { Standing } from '../protocol/entry.ts';
import type { ReplicaId } from '../protocol/position.ts';
import { quorumSize } from '../protocol/quorum.ts';
import { count } from './words.ts';

/** A replica as far as an election goes. */
interface Elector {
  readonly id: ReplicaId;
  /** It runs, and is heard. */
  readonly isUp: boolean;
  readonly standing: Standing;
  /** A vote must be on disk before it is given. */
  readonly diskFull: boolean;
}

/** Why nobody can be elected, in a few words, and what helps. */
interface Vacancy {
  readonly why: string;
  readonly wayOut: string;
}

/** What keeps all members of a cluster from electing one of them; null: nothing, as far as this tells. */
export function vacancyOf(members: readonly Elector[]): Vacancy | null {
  const needed = quorumSize(members.length);
  const up = members.filter(({ isUp }) => isUp);
  const voters = up.filter(hasVote);
  const full = voters.filter(({ diskFull }) => diskFull);
  if (voters.length - full.length >= needed) return null;
  const room = `make room on the disk of ${idsOf(full).join(' or ')}`;
  if (voters.length < needed) {
    const why = up.length < needed ? `${up.length} of ${members.length} up` : count(voters.length, 'voter');
    const help = helpOf(members, needed - voters.length);
    return { why: `${why}, needs ${needed}`, wayOut: full.length === 0 ? help : `${help}, and ${room}` };
  }
  const why =
    full.length === 1 ? `the disk of ${idsOf(full)} is full` : `the disks of ${idsOf(full).join(' ')} are full`;
  return { why, wayOut: room };
}

/** How so many more votes can be had. */
function helpOf(members: readonly Elector[], lacking: number): string {
  const away = idsOf(members.filter((member) => !member.isUp && hasVote(member)));
  const without = idsOf(members.filter((member) => !hasVote(member)));
  const [have, log] = without.length === 1 ? ['has', 'its old log'] : ['have', 'their old logs'];
  const noVote = without.length === 0 ? '' : `${without.join(' ')} ${have} no vote: `;
  if (away.length < lacking) return `${noVote}only ${log}, brought back whole, would help`;
  return `${noVote}bring ${away.length > lacking ? `${lacking} of ` : ''}${away.join(' ')} back`;
}

const hasVote = ({ standing }: Elector): boolean => standing === 'voter';
const idsOf = (some: readonly Elector[]): readonly ReplicaId[] => some.map(({ id }) => id);
