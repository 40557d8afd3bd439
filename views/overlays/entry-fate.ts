import type { ReplicaSnapshot } from '../../core/observe/snapshot.ts';
import { formatPosition, type Position } from '../../core/protocol/position.ts';
import { quorumSize } from '../../core/protocol/quorum.ts';
import { type Reference, settlementOf, termOf } from '../entries.ts';
import { plain, type Row, toned } from '../span.ts';

/**
 * What became of the entry at `position`, in a sentence, and why that is known.
 *
 * @param saidCommitted whether the replica that was asked for it said that it is committed.
 */
export function fateWords(
  position: Position,
  replicas: readonly ReplicaSnapshot[],
  reference: Reference,
  saidCommitted: boolean,
): Row {
  const settlement = settlementOf(position, reference);
  switch (settlement) {
    case 'committed':
      return [toned('good', '✓ committed'), plain(`: ${committedWords(reference)}`)];
    case 'rolled-back':
      return [toned('bad', '✗ rolled back'), plain(`: ${rolledBackWords(position, replicas, reference)}`)];
    case 'pending':
      return [toned('doubt', '… pending'), plain(`: ${pendingWords(position, replicas, reference)}`)];
    case null:
      return saidCommitted
        ? [toned('good', '✓ committed'), plain(': the replica that was asked for it knows that')]
        : [plain('not known: it is further back than what the replicas tell of their history')];
    default:
      throw new Error(`no such settlement: ${settlement satisfies never}`);
  }
}

function committedWords({ committed }: Reference): string {
  return `${committed?.knownBy} knows the log to be committed up to LSN ${committed?.lsn}. No failover undoes it`;
}

function rolledBackWords(position: Position, replicas: readonly ReplicaSnapshot[], { committed }: Reference): string {
  const knower = replicas.find(({ id }) => id === committed?.knownBy);
  const at = Math.min(position.lsn, committed?.lsn ?? 0);
  const other = `${knower && termOf(knower, at)}:${at}`;
  const why =
    at === position.lsn
      ? `${committed?.knownBy} has committed ${other} in its place`
      : `${committed?.knownBy} has committed ${other}, and nothing of an older term can follow that`;
  const holders = replicas.filter((replica) => termOf(replica, position.lsn) === position.term).map(({ id }) => id);
  if (holders.length === 0) return why;
  return `${why}. ${holders.join(', ')} will drop it on hearing from the leader`;
}

function pendingWords(position: Position, replicas: readonly ReplicaSnapshot[], { leader }: Reference): string {
  if (leader === null) {
    return 'nobody leads. It commits if one who has it is elected, and is rolled back if another commits something in its place';
  }
  if (termOf(leader, position.lsn) !== position.term && leader.term !== position.term) {
    return `the leader ${leader.id} does not have it. It is rolled back once ${leader.id} commits an entry of its own term, unless one who has it is elected before`;
  }
  const durable = replicas.filter(
    (replica) => position.lsn <= replica.durableLsn && termOf(replica, position.lsn) === position.term,
  ).length;
  const needed = quorumSize(replicas.length);
  const own = position.term === leader.term ? '' : `, together with ${leader.id}'s first entry of term ${leader.term}`;
  return `on ${durable} of ${replicas.length} disks. ${formatPosition(position)} commits once it is on ${needed}${own}`;
}
