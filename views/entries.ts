import type { ClusterSnapshot, ReplicaSnapshot } from '../core/observe/snapshot.ts';
import { type Lineage, type Settlement, settle } from '../core/protocol/lineage.ts';
import { type Lsn, lsn, type Position, type ReplicaId, term } from '../core/protocol/position.ts';

/** What a replica's history is known by: enough to say of every LSN which term wrote it. */
export type History = Pick<ReplicaSnapshot, 'lineage' | 'lsn'>;

/** The term of a replica's entry; null if it has none there, or if that is further back than what it tells of its lineage. */
export function termOf({ lineage, lsn: last }: History, at: number): number | null {
  if (at < 1 || at > last) return null;
  return lineage.findLast(({ firstLsn }) => firstLsn <= at)?.term ?? null;
}

/** How safe a replica has its entry, by its own numbers. */
export type EntryState = 'committed' | 'durable' | 'logged';

/** The state of an entry that the replica has. */
export function stateOf({ committedLsn, durableLsn }: ReplicaSnapshot, at: number): EntryState {
  if (at <= committedLsn) return 'committed';
  return at <= durableLsn ? 'durable' : 'logged';
}

/** Whether an entry has left the replica's log: its snapshot holds what it made. */
export const isFolded = ({ baseLsn }: ReplicaSnapshot, at: number): boolean => at >= 1 && at <= baseLsn;

/** What the log of a replica is compared with. */
export interface Reference {
  /** null while nobody leads. */
  readonly leader: ReplicaSnapshot | null;
  /** The longest prefix that anyone knows to be committed, and who; null if nothing is. */
  readonly committed: CommittedPrefix | null;
  /** The last entry that every replica should have: the leader's last, or, while nobody leads, the last one committed. */
  readonly end: number;
  /** Those that nothing reaches that the leader sends. */
  readonly cutOff: readonly ReplicaId[];
}

export interface CommittedPrefix {
  readonly knownBy: ReplicaId;
  readonly lineage: Lineage;
  readonly lsn: Lsn;
}

export function referenceOf({ leader: id, replicas, links }: ClusterSnapshot): Reference {
  const leader = replicas.find((replica) => replica.id === id) ?? null;
  const [knower] = replicas.toSorted((a, b) => b.committedLsn - a.committedLsn);
  const committed = knower === undefined || knower.committedLsn === 0 ? null : prefixOf(knower);
  const swallowed = links.filter(({ from, cut, dropPercent }) => from === id && (cut || dropPercent === 100));
  return { leader, committed, end: leader?.lsn ?? committed?.lsn ?? 0, cutOff: swallowed.map(({ to }) => to) };
}

function prefixOf({ id, lineage, committedLsn }: ReplicaSnapshot): CommittedPrefix {
  const branches = lineage.map((branch) => ({ term: term(branch.term), firstLsn: lsn(branch.firstLsn) }));
  return { knownBy: id, lineage: branches, lsn: lsn(committedLsn) };
}

/** What became of a position, as far as is known; null if it is further back than what is told of the lineage. */
export function settlementOf(position: Position, { committed }: Reference): Settlement | null {
  if (committed === null) return 'pending';
  const first = committed.lineage[0]?.firstLsn ?? 1;
  if (Math.min(position.lsn, committed.lsn) < first) return null;
  return settle(position, committed.lineage, committed.lsn);
}

/**
 * Whether a replica's entry is not on the current leader's history: that has another one there, or ends before it. While
 * nobody leads, whether what is committed excludes it.
 *
 * The leader's status may be older than the replica's: what it lacks, but is of its own term, can only come from itself.
 */
export function isAstray(replica: ReplicaSnapshot, at: number, reference: Reference): boolean {
  const own = termOf(replica, at);
  if (own === null || at <= replica.committedLsn) return false;
  const { leader } = reference;
  if (leader === null) return settlementOf({ term: term(own), lsn: lsn(at) }, reference) === 'rolled-back';
  if (own >= leader.term) return false;
  if (at > leader.lsn) return true;
  const leaders = termOf(leader, at);
  return leaders !== null && leaders !== own;
}

/**
 * The last LSN that the leader has sent to a replica: what is missing up to there is on its way, or has arrived and was
 * not told yet. What it sends into a link that is cut is not on its way. 0 if nothing is known.
 */
export function sentUpTo({ id, process, lag, inFlight }: ReplicaSnapshot, { leader, cutOff }: Reference): number {
  if (leader === null || lag === null || process === 'down') return 0;
  return leader.lsn - lag.entries + (cutOff.includes(id) ? 0 : inFlight);
}
