import type { Standing, WriteMode } from '../protocol/entry.ts';
import type { ReplicaEvent } from '../protocol/events.ts';
import type { PositionText, ReplicaId } from '../protocol/position.ts';
import type { Tempo } from '../protocol/timing.ts';

/** Something that happened in the cluster, numbered by the router since its start. `at`: wall time in ms, to show. */
export interface ClusterEvent {
  readonly n: number;
  readonly at: number;
  readonly what: Happening;
}

export type Happening =
  /** From inside a replica. */
  | { readonly type: 'replica'; readonly id: ReplicaId; readonly event: ReplicaEvent }
  | RecoveredHappening
  /** The supervisor did this, because it was asked to. */
  | { readonly type: 'process'; readonly id: ReplicaId; readonly change: ProcessChange; readonly pid: number | null }
  /** A replica ended though nobody asked: its exit, what it said last, and where the rest of its output is. */
  | {
      readonly type: 'died';
      readonly id: ReplicaId;
      readonly exit: string;
      readonly reason: string | null;
      readonly output: string;
      /** Its log is damaged or missing, and can be begun anew from the others'. */
      readonly rebuildable: boolean;
      /** host:port of the cluster, for the commands that are advised; left out: nobody has named it. */
      readonly addr?: string;
    }
  /** A write was acknowledged, and the new history does not have it. */
  | {
      readonly type: 'lost';
      readonly id: string;
      readonly key: string;
      readonly position: PositionText;
      readonly mode: WriteMode;
    }
  /** A write that was `unknown` is settled. */
  | {
      readonly type: 'settled';
      readonly id: string;
      readonly key: string;
      readonly position: PositionText | null;
      readonly fate: 'committed' | 'discarded';
    }
  | { readonly type: 'mode'; readonly mode: WriteMode }
  | { readonly type: 'tempo'; readonly tempo: Tempo }
  | {
      readonly type: 'link';
      readonly from: ReplicaId;
      readonly to: ReplicaId;
      readonly cut: boolean;
      readonly delayMs: number;
      readonly dropPercent: number;
    }
  | { readonly type: 'healed' }
  /** Nobody tells the router of this replica's process: its connection says so now, or no longer. */
  | {
      readonly type: 'contact';
      readonly id: ReplicaId;
      readonly heard: boolean;
      /** Why it is not heard, if it is there, and said so or proved another secret. */
      readonly reason: string | null;
    }
  /** The router started (again): the ledger begins here. */
  | { readonly type: 'router'; readonly restarts: number };

/** A replica started and says what its disk held. */
export interface RecoveredHappening {
  readonly type: 'recovered';
  readonly id: ReplicaId;
  /** The end of its log. */
  readonly position: PositionText;
  /** The end of the snapshot that its log begins with; null: there is none. */
  readonly snapshot: PositionText | null;
  /** Those that follow the snapshot. */
  readonly entries: number;
  /** Bytes cut from the end of its log. */
  readonly tornBytes: number;
  readonly standing: Standing;
  /** Why its log was begun anew, and where what is left of the old one is; null: it is the log that was there. */
  readonly rebuilt: { readonly because: string; readonly folder: string | null } | null;
}

export type ProcessChange = 'started' | 'killed' | 'stopped' | 'paused' | 'resumed' | 'power-cut';
