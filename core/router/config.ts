import type { ControlResult, LinkOp, ProcessAction } from '../observe/api.ts';
import type { Happening } from '../observe/events.ts';
import type { LinkSnapshot, ProcessState } from '../observe/snapshot.ts';
import type { WriteMode } from '../protocol/entry.ts';
import type { ReplicaId } from '../protocol/position.ts';
import type { Tempo } from '../protocol/timing.ts';
import type { Address } from '../wire/dialer.ts';

/** What the router process is started with, as JSON in its first argument. */
export interface RouterConfig {
  readonly cluster: string;
  /** Where the cluster's secret stands. */
  readonly secretFile: string;
  readonly members: readonly ReplicaId[];
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly mode: WriteMode;
  readonly tempo: Tempo;
  /** How often a cluster was started on this data, this time included; or, without any, a name that no other router has. */
  readonly runs: number | string;
  /** How often the router was started again in this run. */
  readonly restarts: number;
  /** A folder to remove if the supervisor dies without doing so; null: nothing. */
  readonly temporary: string | null;
  /** There is a supervisor to be asked: to kill, to cut, to start. */
  readonly supervised: boolean;
}

/** A replica's process, as the supervisor knows it, or, where there is none, the cluster's file. */
export interface ReplicaPlace {
  /** null: nobody knows. It counts as up while it is heard. */
  readonly process: ProcessState | null;
  readonly pid: number | null;
  /** Where it listens; null if it does not (yet). */
  readonly address: Address | null;
}

/** What the supervisor tells the router. */
export type RouterOrder =
  | {
      readonly type: 'world';
      readonly replicas: Readonly<Record<string, ReplicaPlace>>;
      readonly links: readonly LinkSnapshot[];
    }
  | { readonly type: 'happened'; readonly what: Happening }
  | { readonly type: 'controlled'; readonly id: string; readonly result: ControlResult };

/** What the router tells the supervisor. */
export type RouterReport =
  | { readonly type: 'listening'; readonly port: number }
  /** It cannot listen; `errno` is the system's own name for why. */
  | {
      readonly type: 'refused';
      readonly code: 'port-in-use' | 'unusable';
      readonly errno: string | undefined;
      readonly message: string;
    }
  | { readonly type: 'control'; readonly id: string; readonly order: ControlOrder }
  | { readonly type: 'mode'; readonly mode: WriteMode }
  | { readonly type: 'tempo'; readonly tempo: Tempo };

export type LinkOrder = Omit<LinkOp, 'from'> & { readonly from: ReplicaId };

export interface ProcessOrder {
  readonly op: ProcessAction;
  readonly replicas: readonly ReplicaId[];
  /** With `start`: as in `StartOp`. */
  readonly rebuild: boolean;
}

/** A control request once the router has put names to it. */
export type ControlOrder = ProcessOrder | LinkOrder | { readonly op: 'heal' } | { readonly op: 'down' };
