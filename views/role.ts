import type { ReplicaSnapshot } from '../core/observe/snapshot.ts';
import type { Standing } from '../core/protocol/entry.ts';
import type { ReplicaId } from '../core/protocol/position.ts';
import { plain, quiet, type Span, toned } from './span.ts';

/** As wide as the roles: the table has no more room for them. */
const STANDINGS: Readonly<Record<Exclude<Standing, 'voter'>, string>> = {
  rejoining: '○ rejoining',
  barred: '○ no vote',
};

/** What keeps a replica that runs from its work, though it follows: in full, and where room is short; null: nothing. */
export function hindranceOf({ diskFull, standing }: ReplicaSnapshot): readonly [full: string, brief: string] | null {
  if (diskFull) return ['keeps nothing new', 'no room'];
  if (standing === 'rejoining') return ['no vote until caught up', 'no vote'];
  if (standing === 'barred') return ['it may have voted before', 'for ever'];
  return null;
}

/** What a replica is at the moment, as a glyph and a word: what its process does comes before what it last said. */
export function roleOf(replica: ReplicaSnapshot, leader: ReplicaId | null): Span {
  if (replica.process === 'down') return toned('bad', '✗ down');
  if (replica.process === 'paused') return toned('paused', '‖ paused');
  if (replica.diskFull && replica.role !== 'leader') return toned('warn', '○ disk full');
  // It follows: the word is for what it may not do.
  if (replica.role !== null && replica.standing !== 'voter') return toned('warn', STANDINGS[replica.standing]);
  switch (replica.role) {
    case 'leader':
      // Cut off, it does not know yet that a later term has another one.
      return replica.id === leader ? toned('leader', '● leader') : toned('warn', '● ex-leader');
    case 'follower':
      return plain('○ follower');
    case 'candidate':
      return toned('doubt', '◐ candidate');
    case null:
      return quiet('· starting');
    default:
      throw new Error(`no such role: ${replica.role satisfies never}`);
  }
}
