import type { PositionText, ReplicaId } from './position.ts';

/** One replica as the routing tier saw it when it decided about a read. */
export interface Candidate {
  readonly id: ReplicaId;
  /** The end of what it holds, as last heard; null if it is not there. */
  readonly position: PositionText | null;
  /** What spoke for it or against it, in words. */
  readonly verdict: string;
  readonly chosen: boolean;
}
