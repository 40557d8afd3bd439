import type { VotePhase } from '../../core/protocol/messages.ts';
import type { ReplicaId } from '../../core/protocol/position.ts';
import type { Running } from '../process/running.ts';

/** How often a replica asked another for its vote, and did not get it, from event number `from` on. */
export function refusals(cluster: Running, candidate: ReplicaId, phase: VotePhase, from: number): number {
  return cluster.all('replica', from).filter(({ event }) => {
    return event.type === 'vote' && event.candidate === candidate && event.phase === phase && !event.granted;
  }).length;
}
