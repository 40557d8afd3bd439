import type { Standing } from '../../../core/protocol/entry.ts';
import type { ReplicaView } from '../../../core/protocol/leader-of.ts';
import { lsn, replicaId, term } from '../../../core/protocol/position.ts';
import type { ReplicaStatus, Role } from '../../../core/protocol/status.ts';

/**
 * A cluster, one replica a word: `n2!` cannot be reached; then its role and term, the branches of its log, where that
 * ends, what is durable (`d`) and what it knows to be committed (`c`); whom it follows after `>`.
 * `barred` or `rejoining`: it has no vote; `full`: its disk is.
 * `n1 leader 2 1@1,2@15 17 d17 c16`, `n2 follower 2 >n1 1@1,2@15 12 d12 c12`, `n3! -` never spoke.
 */
export const cluster = (...rows: string[]): ReplicaView[] => rows.map(viewOf);

function viewOf(row: string): ReplicaView {
  const [name = '', role, inTerm, ...rest] = row.split(' ');
  const view = { id: replicaId(name.replace('!', '')), reachable: !name.endsWith('!') };
  if (role === '-' || role === undefined) return { ...view, status: null };
  const leader = role === 'leader' ? view.id : (rest.find((word) => word.startsWith('>'))?.slice(1) ?? null);
  const number = (prefix: string) => Number(rest.find((word) => word.startsWith(prefix))?.slice(prefix.length));
  const lineage = (rest.find((word) => word.includes('@')) ?? '').split(',').map((branch) => {
    const [t, first] = branch.split('@').map(Number);
    return { term: term(t as number), firstLsn: lsn(first as number) };
  });
  const end = Number(rest.find((word) => /^\d+$/.test(word)));
  return {
    ...view,
    status: {
      ...{ id: view.id, role: role as Role, term: term(Number(inTerm)), lineage, inContact: true, followers: [] },
      leader: leader === null ? null : replicaId(leader),
      position: { term: lineage.at(-1)?.term ?? term(0), lsn: lsn(end) },
      ...{ baseLsn: lsn(0), standing: standingIn(rest), diskFull: rest.includes('full') },
      durableLsn: lsn(number('d')),
      committedLsn: lsn(number('c')),
    },
  };
}

const STANDINGS: readonly Standing[] = ['barred', 'rejoining'];
const standingIn = (words: readonly string[]): Standing => STANDINGS.find((one) => words.includes(one)) ?? 'voter';

/** What a replica says of itself, as in `n2 follower 2 >n1 1@1,2@15 12 d12 c12`. */
export function statusOf(row: string): ReplicaStatus {
  const { status } = viewOf(row);
  if (status === null) throw new Error(`says nothing: ${row}`);
  return status;
}
