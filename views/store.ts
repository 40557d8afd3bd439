import type { LogResult } from '../core/observe/api.ts';
import type { Cluster } from '../core/observe/cluster.ts';
import { parsePosition, type ReplicaId } from '../core/protocol/position.ts';
import type { Commander } from './commander.ts';
import { snapshotWords } from './format.ts';
import { Frames } from './frames.ts';
import type { Size } from './layout.ts';
import { Load } from './load.ts';
import { step } from './model.ts';
import { type Action, type Command, type Dashboard, type DashboardEnd, type Effect, INITIAL } from './state.ts';

/** The dashboard's state over time: fed by the cluster and by keys, watched by one component. */
export interface Store {
  get(): Dashboard;
  /** Returns a function that ends the subscription. */
  subscribe(listener: () => void): () => void;
  press(key: string): void;
  paste(text: string): void;
  resize(size: Size): void;
  /** Does what a key would, without one. */
  command(command: Command): void;
  /** Ends the subscription to the cluster; answers that come later change nothing. The cluster stays open. */
  close(): void;
}

/** What only the terminal's side can do. */
export interface Terminal {
  readonly quit: (end: DashboardEnd) => void;
  readonly suspend: () => void;
  readonly mouse: (on: boolean) => void;
  /** Where the output of commands is shown. */
  readonly columns: () => number;
}

export interface StoreParts {
  readonly cluster: Cluster;
  readonly commander: Commander;
  readonly terminal: Terminal;
  readonly mouse: boolean;
  /** Told of every action, with what it changed, before its effects: for whoever tells instead of drawing. */
  readonly onAction?: (action: Action, before: Dashboard, after: Dashboard) => void;
}

/** Of the ledger, so many writes are fetched, and so many losses. */
const LEDGER_SHOWN = 100;
const LOSSES_SHOWN = 1000;
/** The ledger is fetched at most this often, in ms. */
const LEDGER_MS = 250;

/**
 * 1. Actions are applied in the order in which they come, each wholly.
 * 2. Listeners are told after the present turn, once for all that changed in it: a failover brings many events at once.
 * 3. What the user does is told at once; what the cluster does at most every `FRAME_MS`.
 * 4. Nothing to be drawn changed: nobody is told. On a frozen screen, what the cluster does changes nothing to be drawn.
 */
export function createStore({ cluster, commander, terminal, mouse, onAction }: StoreParts): Store {
  let dashboard: Dashboard = { ...INITIAL, mouse };
  let announced = dashboard;
  let closed = false;
  let ledgerMs = Number.NEGATIVE_INFINITY;
  let later: NodeJS.Timeout | undefined;
  let stop: () => void = () => {};
  const listeners = new Set<() => void>();
  const frames = new Frames(announce);
  const load = new Load(cluster, (reply) => apply({ type: 'load-answered', reply }));

  function apply(action: Action): void {
    if (closed) return;
    const before = dashboard;
    const next = step(before, action);
    dashboard = next.dashboard;
    onAction?.(action, before, dashboard);
    if (!looksAlike(dashboard, announced)) frames.due(isUsers(action));
    for (const effect of next.effects) perform(effect);
  }

  function announce(): void {
    announced = dashboard;
    for (const listener of listeners) listener();
  }

  function perform(effect: Effect): void {
    switch (effect.type) {
      case 'write': {
        const { number, request } = effect;
        cluster.request(request, (reply) => apply({ type: 'write-answered', number, reply }));
        return;
      }
      case 'burst':
        return load.burst(effect.writes);
      case 'load':
        return effect.on ? load.start() : load.stop();
      case 'read': {
        const { number, request: read } = effect;
        cluster.request(read, (reply) => apply({ type: 'read-answered', number, read, reply }));
        return;
      }
      case 'control': {
        const { request: control, fault, said } = effect;
        const asked = { control, fault, ...(said === undefined ? {} : { said }) };
        cluster.request(control, (reply) => apply({ type: 'control-answered', ...asked, reply }));
        return;
      }
      case 'ledger':
        later = setTimeout(() => fetchLedger(effect), Math.max(0, ledgerMs + LEDGER_MS - performance.now()));
        return;
      case 'entry':
        return fetchEntry(effect);
      case 'run':
        stop = commander.run(
          effect.line,
          (line) => apply({ type: 'output', line }),
          (exit) => apply({ type: 'ended', exit }),
          terminal.columns,
        );
        return;
      case 'stop':
        return stop();
      case 'complete':
        return apply({ type: 'completed', completions: commander.complete(effect.line) });
      case 'mouse':
        return terminal.mouse(effect.on);
      case 'suspend':
        return terminal.suspend();
      case 'quit':
        return terminal.quit(effect.end);
      default:
        throw new Error(`no such effect: ${JSON.stringify(effect satisfies never)}`);
    }
  }

  function fetchLedger({ counts, withLosses }: Extract<Effect, { type: 'ledger' }>): void {
    if (closed) return;
    ledgerMs = performance.now();
    cluster.request({ op: 'ledger', limit: LEDGER_SHOWN }, (recent) => {
      if (recent.type === 'disconnected') return apply({ type: 'ledger-answered', counts, writes: null, losses: null });
      const { writes } = recent.result;
      if (!withLosses) return apply({ type: 'ledger-answered', counts, writes, losses: null });
      cluster.request({ op: 'ledger', limit: LOSSES_SHOWN, fate: 'lost' }, (lost) => {
        if (lost.type === 'disconnected') apply({ type: 'ledger-answered', counts, writes: null, losses: null });
        else apply({ type: 'ledger-answered', counts, writes, losses: lost.result.writes });
      });
    });
  }

  function fetchEntry({ of, replica, position, lsn }: Extract<Effect, { type: 'entry' }>): void {
    cluster.request({ op: 'log', replica, from: lsn, limit: 1 }, (reply) => {
      const found =
        reply.type === 'disconnected' ? { entry: null, message: reply.message } : entryOf(reply.result, position);
      apply({ type: 'entry-answered', of, position, ...found });
    });
  }

  const unsubscribe = cluster.subscribe((change) => apply({ type: 'change', change }));
  const clock = setInterval(() => apply({ type: 'second' }), 1000);
  return {
    get: () => announced,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    press: (key) => apply({ type: 'key', key }),
    paste: (text) => apply({ type: 'paste', text }),
    resize: (size) => apply({ type: 'resized', size }),
    command: (command) => apply({ type: 'command', command }),
    close: () => {
      closed = true;
      clearInterval(clock);
      clearTimeout(later);
      frames.stop();
      load.stop();
      stop();
      unsubscribe();
    },
  };
}

/**
 * Whether they are drawn alike: what is behind a frozen screen is not drawn, nor is that a fetch is under way. The size
 * is drawn by whoever tells it.
 */
function looksAlike(a: Dashboard, b: Dashboard): boolean {
  if (a === b) return true;
  const bothFrozen = a.behind !== null && b.behind !== null;
  const names = Object.keys(a) as (keyof Dashboard)[];
  return names.every((name) => a[name] === b[name] || UNDRAWN.includes(name) || (name === 'behind' && bothFrozen));
}

const UNDRAWN: readonly (keyof Dashboard)[] = ['ledgerAsked', 'size'];

function entryOf({ replica, entries, error }: LogResult, position: string) {
  const [entry] = entries;
  if (entry?.position === position) return { entry, message: null };
  return { entry: null, message: error?.message ?? whatInstead(replica, entry?.position, position) };
}

/** A log that begins later is shown from there. */
function whatInstead(replica: ReplicaId, found: string | undefined, wanted: string): string {
  const [there, asked] = [parsePosition(found ?? '')?.lsn, parsePosition(wanted)?.lsn];
  if (there === undefined || asked === undefined) return `${replica} has no entry there`;
  return there > asked ? snapshotWords(replica, there - 1) : `${replica} has ${found} there now`;
}

/** Whether it is what the user did, or the answer to it. */
function isUsers({ type }: Action): boolean {
  return !['change', 'second', 'output', 'load-answered', 'ledger-answered'].includes(type);
}
