import type { ProcessAction, ReadOp, ReadResult, Target, WriteOrDelete, WriteResult } from '../core/observe/api.ts';
import type { ClusterChange, ClusterReply } from '../core/observe/cluster.ts';
import type { ClusterEvent } from '../core/observe/events.ts';
import type { ClusterSnapshot, ReplicaSnapshot } from '../core/observe/snapshot.ts';
import type { WriteMode } from '../core/protocol/entry.ts';
import type { PositionText, ReplicaId } from '../core/protocol/position.ts';

/** Events kept to be shown; older ones are dropped. */
export const EVENTS_KEPT = 500;

/** Everything that the screen is drawn from, beside the size of the window. */
export interface Dashboard {
  readonly connection: { readonly connected: boolean; readonly message: string };
  /** As last received, quietened; null until the first. */
  readonly snapshot: ClusterSnapshot | null;
  /** Oldest first, at most `EVENTS_KEPT`. */
  readonly events: readonly ClusterEvent[];
  readonly selected: ReplicaId | null;
  /** The last write asked for: the number of writes asked for so far is its `number`. */
  readonly write: AskedWrite | null;
  readonly read: AskedRead | null;
  /** A token read was asked for while the last write was under way: it waits for its answer, to carry its token. */
  readonly tokenReadDue: boolean;
  /** This session's token: the position that its token reads must see. */
  readonly token: PositionText | null;
  /** The mode that a key asked for, while the answer is awaited. */
  readonly modeAsked: WriteMode | null;
  /** What the last control request came to. */
  readonly notice: Notice | null;
}

export interface AskedWrite {
  readonly number: number;
  readonly key: string;
  readonly value: string;
  readonly answer: Answered<WriteResult> | null;
}

export interface AskedRead {
  readonly number: number;
  readonly key: string;
  readonly level: 'any' | 'token';
  /** The token that it carried; null without one. */
  readonly token: PositionText | null;
  readonly answer: Answered<ReadResult> | null;
}

export type Answered<Result> =
  | { readonly type: 'result'; readonly result: Result }
  | { readonly type: 'disconnected'; readonly message: string };

export interface Notice {
  readonly tone: 'good' | 'bad';
  readonly text: string;
}

/** What a key stands for. */
export type Command =
  | { readonly type: 'write' }
  | { readonly type: 'read'; readonly level: 'any' | 'token' }
  | { readonly type: 'next-mode' }
  | { readonly type: 'kill-leader' }
  | { readonly type: 'toggle' }
  | { readonly type: 'move'; readonly by: -1 | 1 }
  | { readonly type: 'select'; readonly digit: number };

export type Action =
  | { readonly type: 'change'; readonly change: ClusterChange }
  | { readonly type: 'press'; readonly command: Command }
  | Answer;

/** The answer to an effect, with what is needed to know which. */
export type Answer =
  | { readonly type: 'write-answered'; readonly number: number; readonly reply: ClusterReply<WriteOrDelete> }
  | {
      readonly type: 'read-answered';
      readonly number: number;
      readonly read: ReadOp;
      readonly reply: ClusterReply<ReadOp>;
    }
  | { readonly type: 'control-answered'; readonly control: Control; readonly reply: ClusterReply<Control> };

/** A request that must be made now; its answer comes back as an action. */
export type Effect =
  | { readonly type: 'write'; readonly number: number; readonly request: WriteOrDelete }
  | { readonly type: 'read'; readonly number: number; readonly request: ReadOp }
  | { readonly type: 'control'; readonly request: Control };

export type Control =
  | { readonly op: ProcessAction; readonly target: Target }
  | { readonly op: 'mode'; readonly mode: WriteMode };

export interface Step {
  readonly dashboard: Dashboard;
  readonly effects: readonly Effect[];
}

export const INITIAL: Dashboard = {
  connection: { connected: false, message: 'connecting…' },
  snapshot: null,
  events: [],
  selected: null,
  write: null,
  read: null,
  tokenReadDue: false,
  token: null,
  modeAsked: null,
  notice: null,
};

/** The replica that is selected, as last seen. */
export const selectedReplica = (dashboard: Dashboard): ReplicaSnapshot | null =>
  dashboard.snapshot?.replicas.find((replica) => replica.id === dashboard.selected) ?? null;
