import type { ControlResult, LinkOp, ProcessAction } from '../observe/api.ts';
import type { Happening, ProcessChange } from '../observe/events.ts';
import type { LinkSnapshot, ProcessState } from '../observe/snapshot.ts';
import type { WriteMode } from '../protocol/entry.ts';
import type { ReplicaId } from '../protocol/position.ts';
import type { Tempo } from '../protocol/timing.ts';
import type { ReplicaConfig, ReplicaOrder, ReplicaReport } from '../replica/config.ts';
import type { ControlOrder, ReplicaPlace, RouterReport } from '../router/config.ts';
import type { Address } from '../wire/dialer.ts';
import { Child } from './child.ts';
import type { DataFolder } from './data-folder.ts';
import { LinkTable } from './link-table.ts';
import { RouterKeeper } from './router-keeper.ts';

/** A replica that was asked to stop has this long to do so; then it is killed. In ms. */
const STOP_MS = 2000;

export interface SupervisorOptions {
  readonly folder: DataFolder;
  readonly host: string;
  readonly port: number;
  readonly mode: WriteMode;
  readonly tempo: Tempo;
}

/** What whoever started the cluster is told. */
export interface SupervisorEvents {
  /** The router takes connections; said again when it was restarted. */
  onRouterListening(port: number): void;
  onRouterRefused(code: 'port-in-use' | 'unusable', message: string): void;
  /** Replicas that have not said so yet either listen now, or do not start. */
  onReplica(id: ReplicaId, report: ReplicaReport): void;
  /** A client asked for the end of it all. */
  onDown(): void;
  onRouterLost(message: string): void;
}

type ReplicaChild = Child<ReplicaOrder, ReplicaReport>;

interface Replica {
  child: ReplicaChild | null;
  paused: boolean;
  address: Address | null;
  /** Its end was asked for, and is no news. */
  ending: boolean;
}

/**
 * Forks the processes of one cluster, and does to them what it is asked: kill, pause, cut, restart. What it knows of
 * them goes to the router, and to every replica what it needs of the others.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #events: SupervisorEvents;
  readonly #replicas: ReadonlyMap<ReplicaId, Replica>;
  readonly #links: LinkTable;
  readonly #router: RouterKeeper;
  #stopping = false;

  constructor(options: SupervisorOptions, events: SupervisorEvents) {
    const { folder, host, port, mode, tempo } = options;
    const { cluster, replicas, runs, temporary } = folder;
    this.#options = options;
    this.#events = events;
    this.#router = new RouterKeeper({
      config: { cluster, members: replicas, host, port, mode, tempo, runs, restarts: 0, temporary },
      outputFile: folder.outputOf('router'),
      onReport: (report) => this.#onRouterReport(report),
      onStarted: () => this.#tellAll(),
      onLost: events.onRouterLost,
    });
    this.#links = new LinkTable(replicas);
    this.#replicas = new Map(
      replicas.map((id) => [id, { child: null, paused: false, address: null, ending: false } as Replica]),
    );
  }

  start(): void {
    this.#router.start();
    for (const id of this.#replicas.keys()) this.#startReplica(id);
    this.#tellAll();
  }

  /** Ends every process, gently where that works, and returns when none is left. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all([...this.#replicas.keys()].map((id) => this.#end(id)));
    await this.#router.stop();
  }

  #onRouterReport(report: RouterReport): void {
    switch (report.type) {
      case 'listening':
        return this.#events.onRouterListening(report.port);
      case 'refused':
        return this.#events.onRouterRefused(report.code, report.message);
      case 'mode':
        return;
      case 'control': {
        const { id, order } = report;
        void this.#control(order).then((result) => this.#router.order({ type: 'controlled', id, result }));
        return;
      }
      default:
        report satisfies never;
    }
  }

  async #control(order: ControlOrder): Promise<ControlResult> {
    switch (order.op) {
      case 'down':
        // The answer goes out before the router does.
        setImmediate(() => this.#events.onDown());
        return { v: 1, ok: true, message: 'stopping' };
      case 'heal':
        return this.#heal();
      case 'link':
        return this.#setLink(order);
      default:
        return this.#act(order.op, order.replicas);
    }
  }

  #setLink(order: LinkOp): ControlResult {
    const changed = this.#links.apply(order);
    this.#tellAll();
    for (const link of changed) this.#happened({ type: 'link', ...link });
    return { v: 1, ok: true, message: changed.map(linkText).join('; ') };
  }

  #heal(): ControlResult {
    this.#links.heal();
    for (const [id, replica] of this.#replicas) {
      if (replica.paused) this.#resume(id, replica);
      else if (!replica.child) this.#start(id);
    }
    this.#tellAll();
    this.#happened({ type: 'healed' });
    return { v: 1, ok: true, message: 'all links are whole, and every replica runs' };
  }

  /** Does it to those it can be done to. Failed if there is none. */
  async #act(action: ProcessAction, ids: readonly ReplicaId[]): Promise<ControlResult> {
    const hindrances = ids.map((id) => hindrance(action, this.#stateOf(id)));
    const able = ids.filter((_, index) => hindrances[index] === null);
    if (able.length === 0) {
      const message = ids.map((id, index) => `${id} ${hindrances[index]}`).join('; ');
      return { v: 1, ok: false, error: { code: 'control-failed', message } };
    }
    await Promise.all(able.map((id) => this.#actOn(action, id)));
    this.#tellAll();
    return { v: 1, ok: true, message: `${able.join(', ')} ${DONE[action]}`, replicas: able };
  }

  async #actOn(action: ProcessAction, id: ReplicaId): Promise<void> {
    const replica = this.#replica(id);
    switch (action) {
      case 'start':
        return this.#start(id);
      case 'resume':
        return this.#resume(id, replica);
      case 'pause':
        replica.child?.signal('SIGSTOP');
        replica.paused = true;
        return this.#happened({ type: 'process', id, change: 'paused', pid: replica.child?.pid ?? null });
      case 'kill':
        return this.#endFor(id, 'killed', (child) => child.signal('SIGKILL'));
      case 'power-cut':
        return this.#endFor(id, 'power-cut', (child) => child.order({ type: 'power-cut' }));
      case 'stop':
        return this.#endFor(id, 'stopped', (child) => child.order({ type: 'stop' }));
      default:
        action satisfies never;
    }
  }

  #start(id: ReplicaId): void {
    this.#startReplica(id);
    this.#happened({ type: 'process', id, change: 'started', pid: this.#replica(id).child?.pid ?? null });
  }

  #resume(id: ReplicaId, replica: Replica): void {
    replica.child?.signal('SIGCONT');
    replica.paused = false;
    this.#happened({ type: 'process', id, change: 'resumed', pid: replica.child?.pid ?? null });
  }

  async #endFor(id: ReplicaId, change: ProcessChange, end: (child: ReplicaChild) => void): Promise<void> {
    const replica = this.#replica(id);
    const { child } = replica;
    if (!child) return;
    replica.ending = true;
    const pid = child.pid;
    end(child);
    await this.#endedInTime(child);
    this.#happened({ type: 'process', id, change, pid });
  }

  async #end(id: ReplicaId): Promise<void> {
    const { child, paused } = this.#replica(id);
    if (!child) return;
    if (paused) child.signal('SIGKILL');
    else child.order({ type: 'stop' });
    await this.#endedInTime(child);
  }

  async #endedInTime(child: ReplicaChild): Promise<void> {
    const deadline = setTimeout(() => child.signal('SIGKILL'), STOP_MS);
    await child.ended;
    clearTimeout(deadline);
  }

  #startReplica(id: ReplicaId): void {
    const { folder, host, tempo } = this.#options;
    const replica = this.#replica(id);
    const config: ReplicaConfig = {
      cluster: folder.cluster,
      id,
      members: folder.replicas,
      dir: folder.folderOf(id),
      host,
      tempo,
    };
    let reason: string | null = null;
    const child: ReplicaChild = new Child('../replica/main.js', config, folder.outputOf(id), (report) => {
      if (report.type === 'listening') {
        replica.address = { host, port: report.port };
        this.#tellAll();
      } else reason = report.message;
      this.#events.onReplica(id, report);
    });
    Object.assign(replica, { child, paused: false, address: null, ending: false } satisfies Replica);
    void child.ended.then((exit) => {
      const expected = replica.ending || this.#stopping;
      Object.assign(replica, { child: null, paused: false, address: null, ending: false } satisfies Replica);
      this.#tellAll();
      if (expected) return;
      const words = reason ?? child.lastWords();
      this.#happened({ type: 'died', id, exit, reason: words, output: child.outputFile });
      this.#events.onReplica(id, { type: 'failed', message: words ?? exit });
    });
  }

  #stateOf(id: ReplicaId): ProcessState {
    const { child, paused } = this.#replica(id);
    return !child ? 'down' : paused ? 'paused' : 'up';
  }

  #replica(id: ReplicaId): Replica {
    const replica = this.#replicas.get(id);
    if (!replica) throw new Error(`there is no replica ${id}`);
    return replica;
  }

  #happened(what: Happening): void {
    this.#router.order({ type: 'happened', what });
  }

  /** Tells everyone how the processes and links are. The router first: it must know whom to end if this process dies. */
  #tellAll(): void {
    const links = this.#links.faulty;
    const places = new Map<ReplicaId, ReplicaPlace>();
    const peers: Record<string, Address> = {};
    for (const [id, { child, address }] of this.#replicas) {
      places.set(id, { process: this.#stateOf(id), pid: child?.pid ?? null, address });
      if (address) peers[id] = address;
    }
    this.#router.order({ type: 'world', replicas: Object.fromEntries(places), links });
    for (const { child } of this.#replicas.values()) child?.order({ type: 'network', peers, links });
    const children = [this.#router.pid, ...[...this.#replicas.values()].map(({ child }) => child?.pid)];
    this.#options.folder.setChildren(children.filter((pid) => pid !== null && pid !== undefined));
  }
}

function linkText({ from, to, cut, delayMs, dropPercent }: LinkSnapshot): string {
  const faults = [cut && 'cut', delayMs > 0 && `delayed by ${delayMs} ms`, dropPercent > 0 && `drops ${dropPercent} %`];
  return `${from} → ${to} ${faults.filter(Boolean).join(', ') || 'whole'}`;
}

const DONE: Readonly<Record<ProcessAction, string>> = {
  kill: 'killed with kill -9',
  stop: 'stopped in good order',
  pause: 'paused with SIGSTOP',
  resume: 'resumed',
  start: 'started',
  'power-cut': 'cut from power, and what was not fsynced is lost',
};

/** Why an action cannot be done to a replica whose process is in this state; null if it can. */
function hindrance(action: ProcessAction, state: ProcessState): string | null {
  switch (action) {
    case 'start':
      return state === 'down' ? null : state === 'paused' ? 'is paused: resume it' : 'runs already';
    case 'resume':
      return state === 'paused' ? null : state === 'down' ? 'is down: start it' : 'runs already';
    case 'kill':
      return state === 'down' ? 'is down already' : null;
    case 'pause':
      return state === 'up' ? null : state === 'down' ? 'is down' : 'is paused already';
    case 'stop':
    case 'power-cut':
      return state === 'up' ? null : state === 'down' ? 'is down already' : 'is paused: resume it first, or kill it';
    default:
      return action satisfies never;
  }
}
