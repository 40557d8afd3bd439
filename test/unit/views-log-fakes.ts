import type { ReplicaSnapshot } from '../../core/observe/snapshot.ts';
import type { PositionText } from '../../core/protocol/position.ts';

/** A log by the first LSN of each term, up to `lsn`, of which so much is durable and committed. */
export function logOf(
  firsts: Readonly<Record<number, number>>,
  lsn: number,
  durableLsn = lsn,
  committedLsn = durableLsn,
): Partial<ReplicaSnapshot> {
  const lineage = Object.entries(firsts).map(([term, firstLsn]) => ({ term: Number(term), firstLsn }));
  const term = lineage.at(-1)?.term ?? 0;
  return { lineage, lsn, durableLsn, committedLsn, term, position: `${term}:${lsn}` as PositionText };
}

/** Behind the leader by so many entries, of which so many are on their way. */
export const lagOf = (entries: number, inFlight = 0): Partial<ReplicaSnapshot> => ({
  lag: { entries, bytes: 0, ms: 0 },
  inFlight,
});
