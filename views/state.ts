import type {
  ControlResult,
  LedgerWriteView,
  LinkOp,
  LogEntryView,
  ProcessAction,
  ReadOp,
  ReadResult,
  Target,
  WriteOrDelete,
  WriteResult,
} from '../core/observe/api.ts';
import type { ClusterChange, ClusterReply } from '../core/observe/cluster.ts';
import type { ClusterEvent } from '../core/observe/events.ts';
import type { Fate } from '../core/observe/ledger.ts';
import type { ClusterSnapshot, ReplicaSnapshot } from '../core/observe/snapshot.ts';
import type { WriteMode } from '../core/protocol/entry.ts';
import type { PositionText, ReplicaId } from '../core/protocol/position.ts';
import type { ReadLevel } from '../core/protocol/requests.ts';
import type { Tempo } from '../core/protocol/timing.ts';
import { type History, NO_HISTORY } from './charts/history.ts';
import type { Completion } from './commander.ts';
import type { Fault } from './faults.ts';
import type { Size } from './layout.ts';
import { PANELS, type PanelName } from './panel-names.ts';
import type { Prompt } from './prompt.ts';

/** Events kept to be shown; older ones are dropped. */
export const EVENTS_KEPT = 2000;
/** Lines of a command's output that are kept; older ones are dropped. */
export const OUTPUT_KEPT = 2000;
/** Command lines that are remembered. */
export const HISTORY_KEPT = 100;

/** Everything that the screen is drawn from, beside the size of the window. */
export interface Dashboard {
  /** What is drawn of the cluster: as it is, or, while the screen is frozen, as it was then. */
  readonly seen: Seen;
  /** While the screen is frozen: how things really are. null: as `seen`. */
  readonly behind: Seen | null;
  readonly selected: ReplicaId | null;
  /** All panels, the last one that had the focus first: the first has it. */
  readonly recent: readonly PanelName[];
  readonly zoomed: boolean;
  /** Rows that a panel is scrolled back by, from where it would be by itself. */
  readonly scrolled: Readonly<Record<PanelName, number>>;
  /** The entry under the cursor of the logs, by its LSN; null: none, and the newest are shown. */
  readonly cursor: number | null;
  /** The newest LSN of all when the cursor was set: what was shown then stays, while the cursor is in it. */
  readonly cursorFrom: number;
  /** What events, and writes of the ledger, must contain to be shown. */
  readonly filter: string;
  /** What is being typed; keys go there. */
  readonly prompt: Prompt | null;
  /** Command lines run before, newest first. */
  readonly commands: readonly string[];
  readonly overlay: Overlay | null;
  /** Whether this dashboard writes continuously. */
  readonly loading: boolean;
  readonly mouse: boolean;
  /** Of the window: for how far something can be scrolled. */
  readonly size: Size;
  /** The mode that a key asked for, while the answer is awaited. */
  readonly modeAsked: WriteMode | null;
  readonly tempoAsked: Tempo | null;
  /**
   * A token read was asked for while the last write was under way: it waits for its answer, to carry its token. The
   * number of the last read by then; null: none waits.
   */
  readonly tokenReadDue: number | null;
  /** A fetch of the ledger is under way. */
  readonly ledgerAsked: boolean;
  /** Faults that keys have set, the last one first. */
  readonly faults: readonly Fault[];
  /** What the last control request came to. */
  readonly notice: Notice | null;
}

/** The cluster and this session with it, as known at one moment. */
export interface Seen {
  readonly connection: { readonly connected: boolean; readonly message: string };
  /** As last received, quietened; null until the first. */
  readonly snapshot: ClusterSnapshot | null;
  /** Oldest first, at most `EVENTS_KEPT`. */
  readonly events: readonly ClusterEvent[];
  /** The last writes of the ledger, and the losses, as last fetched, oldest first. */
  readonly ledger: Ledger;
  readonly history: History;
  /** What replicas have dropped from their logs, the last of each. */
  readonly dropped: readonly DroppedTail[];
  /** The last write asked for by a key: the number of writes asked for so far is its `number`. */
  readonly write: AskedWrite | null;
  readonly read: AskedRead | null;
  /** This session's token: the position that its token reads must see. */
  readonly token: PositionText | null;
}

export interface Ledger {
  readonly writes: readonly LedgerWriteView[];
  readonly losses: readonly LedgerWriteView[];
  /** The snapshot's counts when it was fetched: others mean that it is out of date. */
  readonly counts: string;
}

/** A rolled back end of a replica's log. */
export interface DroppedTail {
  readonly id: ReplicaId;
  readonly firstLsn: number;
  readonly lastLsn: number;
}

export interface AskedWrite {
  readonly number: number;
  readonly key: string;
  readonly value: string;
  readonly answer: Answered<WriteResult> | null;
  /** What has become of it for good; null as long as that is not known. */
  readonly settled: Exclude<Fate, 'pending'> | null;
}

export interface AskedRead {
  readonly number: number;
  readonly key: string;
  readonly level: ReadLevel;
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
  /** For how long it has been shown, about; none: it is new. */
  readonly seconds?: number;
}

/** What is laid over the panels. */
export type Overlay =
  | { readonly type: 'help'; readonly topic: number; readonly scrolled: number }
  /** An entry of a log; `entry` is null while it is fetched, or if it could not be: then `message` says why. */
  | {
      readonly type: 'entry';
      readonly replica: ReplicaId;
      readonly position: PositionText;
      readonly entry: LogEntryView | null;
      readonly message: string | null;
    }
  /** A command line and its output; `exit` is null while it runs. */
  | {
      readonly type: 'output';
      readonly line: string;
      readonly lines: readonly string[];
      readonly exit: number | null;
      readonly scrolled: number;
    };

/** What a key stands for when nothing is being typed. */
export type Command =
  | { readonly type: 'write' }
  | { readonly type: 'burst' }
  | { readonly type: 'load' }
  | { readonly type: 'read'; readonly level: ReadLevel }
  | { readonly type: 'ask'; readonly what: 'write' | 'read' | 'filter' | 'command' }
  | { readonly type: 'next-mode' }
  | { readonly type: 'kill-leader' }
  | { readonly type: 'process'; readonly action: 'kill' | 'toggle' | 'pause' | 'power-cut' }
  | { readonly type: 'cut' }
  | { readonly type: 'delay' }
  | { readonly type: 'heal' }
  | { readonly type: 'undo' }
  | { readonly type: 'tempo'; readonly by: -1 | 1 }
  | { readonly type: 'select'; readonly digit: number }
  | { readonly type: 'move'; readonly direction: Direction }
  | { readonly type: 'open' }
  | { readonly type: 'focus'; readonly by: -1 | 1 }
  | { readonly type: 'focus-on'; readonly panel: PanelName }
  /** The cursor of the logs onto one entry of one replica. */
  | { readonly type: 'point'; readonly replica: ReplicaId; readonly lsn: number }
  | { readonly type: 'zoom' }
  | { readonly type: 'freeze' }
  | { readonly type: 'help' }
  | { readonly type: 'back' }
  | { readonly type: 'mouse' }
  | { readonly type: 'suspend' }
  | { readonly type: 'quit'; readonly end: DashboardEnd };

export type Direction = 'up' | 'down' | 'left' | 'right' | 'page-up' | 'page-down' | 'home' | 'end';

/** How the user left: by `q`, or by Ctrl-C, which in a terminal that is not drawn on would be a signal. */
export type DashboardEnd = 'quit' | 'interrupted';

export type Action =
  | { readonly type: 'change'; readonly change: ClusterChange }
  /** A key, as `keysOf` names it. */
  | { readonly type: 'key'; readonly key: string }
  | { readonly type: 'paste'; readonly text: string }
  | { readonly type: 'resized'; readonly size: Size }
  /** A command that did not come from a key: a click. */
  | { readonly type: 'command'; readonly command: Command }
  /** A second has passed. */
  | { readonly type: 'second' }
  | { readonly type: 'completed'; readonly completions: readonly Completion[] }
  | { readonly type: 'output'; readonly line: string }
  | { readonly type: 'ended'; readonly exit: number }
  | Answer;

/** The answer to an effect, with what is needed to know which. */
export type Answer =
  | { readonly type: 'write-answered'; readonly number: number; readonly reply: ClusterReply<WriteOrDelete> }
  /** A write of a burst or of the load. */
  | { readonly type: 'load-answered'; readonly reply: ClusterReply<WriteOrDelete> }
  | {
      readonly type: 'read-answered';
      readonly number: number;
      readonly read: ReadOp;
      readonly reply: ClusterReply<ReadOp>;
    }
  | {
      readonly type: 'control-answered';
      readonly control: Control;
      readonly fault: Fault | null;
      readonly said?: string;
      readonly reply: Answered<ControlResult>;
    }
  | {
      readonly type: 'ledger-answered';
      readonly counts: string;
      readonly writes: readonly LedgerWriteView[] | null;
      readonly losses: readonly LedgerWriteView[] | null;
    }
  | {
      readonly type: 'entry-answered';
      readonly of: ReplicaId;
      readonly position: PositionText;
      readonly entry: LogEntryView | null;
      readonly message: string | null;
    };

/** Something that must be done now; its answer comes back as an action. */
export type Effect =
  | { readonly type: 'write'; readonly number: number; readonly request: WriteOrDelete }
  | { readonly type: 'burst'; readonly writes: number }
  | { readonly type: 'load'; readonly on: boolean }
  | { readonly type: 'read'; readonly number: number; readonly request: ReadOp }
  /** `fault`: what the request sets, if it sets one, to be undone later. */
  | {
      readonly type: 'control';
      readonly request: Control;
      readonly fault: Fault | null;
      /** Said of it, if it is done, in place of the answer's own words. */
      readonly said?: string;
    }
  | { readonly type: 'ledger'; readonly counts: string; readonly withLosses: boolean }
  /** An entry of the log of `of`, from `replica`, which holds the same. */
  | {
      readonly type: 'entry';
      readonly of: ReplicaId;
      readonly replica: ReplicaId;
      readonly position: PositionText;
      readonly lsn: number;
    }
  | { readonly type: 'run'; readonly line: string }
  /** Stops the command that runs. */
  | { readonly type: 'stop' }
  | { readonly type: 'complete'; readonly line: string }
  | { readonly type: 'mouse'; readonly on: boolean }
  | { readonly type: 'suspend' }
  | { readonly type: 'quit'; readonly end: DashboardEnd };

export type Control =
  | { readonly op: ProcessAction; readonly target: Target }
  | { readonly op: 'mode'; readonly mode: WriteMode }
  | { readonly op: 'tempo'; readonly tempo: Tempo }
  | { readonly op: 'heal' }
  | LinkOp;

export interface Step {
  readonly dashboard: Dashboard;
  readonly effects: readonly Effect[];
}

export const INITIAL: Dashboard = {
  seen: {
    connection: { connected: false, message: 'connecting…' },
    snapshot: null,
    events: [],
    ledger: { writes: [], losses: [], counts: '' },
    history: NO_HISTORY,
    dropped: [],
    write: null,
    read: null,
    token: null,
  },
  behind: null,
  selected: null,
  recent: PANELS,
  zoomed: false,
  scrolled: Object.fromEntries(PANELS.map((panel) => [panel, 0])) as Record<PanelName, number>,
  cursor: null,
  cursorFrom: 0,
  filter: '',
  prompt: null,
  commands: [],
  overlay: null,
  loading: false,
  mouse: true,
  size: { columns: 80, rows: 24 },
  modeAsked: null,
  tempoAsked: null,
  tokenReadDue: null,
  ledgerAsked: false,
  faults: [],
  notice: null,
};

/** How things are, also while the screen is frozen: what a key does depends on it. */
export const actual = (dashboard: Dashboard): Seen => dashboard.behind ?? dashboard.seen;

/** Changes what is known of the cluster. On a frozen screen that is not drawn. What changes nothing returns the same. */
export function learn(dashboard: Dashboard, change: (seen: Seen) => Seen): Dashboard {
  const before = actual(dashboard);
  const after = change(before);
  if (after === before) return dashboard;
  return dashboard.behind === null ? { ...dashboard, seen: after } : { ...dashboard, behind: after };
}

export const focusOf = ({ recent }: Dashboard): PanelName => recent[0] ?? 'replicas';

/** The replica that is selected, as it is. */
export const selectedReplica = (dashboard: Dashboard): ReplicaSnapshot | null =>
  actual(dashboard).snapshot?.replicas.find((replica) => replica.id === dashboard.selected) ?? null;

/** Whether there is somebody who can break and mend the cluster. As long as it is unknown, there is. */
export const isSupervised = (dashboard: Dashboard): boolean => actual(dashboard).snapshot?.supervised ?? true;

/** Nothing needs to be done. */
export const only = (dashboard: Dashboard): Step => ({ dashboard, effects: [] });
