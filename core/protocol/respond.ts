import type { Core } from './core.ts';
import type { PeerMessage } from './messages.ts';
import type { ReplicaId } from './position.ts';

/**
 * Sends a reply that tells of the current term: at once, unless that term is not on disk yet. It never waits for
 * entries alone, so a slow disk is not taken for a dead replica.
 */
export function respond(core: Core, to: ReplicaId, message: PeerMessage): void {
  if (core.hardStatePending) core.out.sendAfterPersist(to, message);
  else core.out.send(to, message);
}
