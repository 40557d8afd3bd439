import type { ControlResult, ProcessAction } from '../observe/api.ts';
import { rebuildAdvice } from '../observe/describe.ts';
import type { Happening } from '../observe/events.ts';
import { formatHostPort } from '../observe/host-port.ts';
import type { LinkSnapshot, ProcessState } from '../observe/snapshot.ts';
import { faultWords } from '../observe/words.ts';
import type { WriteMode } from '../protocol/entry.ts';
import type { ReplicaId } from '../protocol/position.ts';
import type { Tempo } from '../protocol/timing.ts';
import type { ReplicaReport } from '../replica/config.ts';
import type { ControlOrder, LinkOrder, ProcessOrder, ReplicaPlace, RouterReport } from '../router/config.ts';
import type { Address } from '../wire/dialer.ts';
import type { DataFolder } from './data-folder.ts';
import { LinkTable } from './link-table.ts';
import { ReplicaKeeper, type Started, type StartFailure } from './replica-keeper.ts';
import { RouterKeeper } from './router-keeper.ts';

export interface SupervisorOptions {
  readonly folder: DataFolder;
  /** Where the router listens. Replicas listen on this machine alone. */
  readonly host: string;
  /** Of the router; 0: any that is free. */
  readonly port: number;
  readonly mode: WriteMode;
  readonly tempo: Tempo;
}

/** What whoever started the cluster is told. */
export interface SupervisorEvents {
  /** The router takes connections; said again when it was restarted. */
  onRouterListening(port: number): void;
  onRouterRefused(code: 'port-in-use' | 'unusable', message: string): void;
  onReplica(id: ReplicaId, report: ReplicaReport): void;
  /** A client asked for the end of it all. */
  onDown(): void;
  onRouterLost(message: string): void;
}

/** A replica that did not start with the others. */
export interface NotStarted {
  readonly id: ReplicaId;
  readonly reason: string;
  /** What to do, in words. */
  readonly advice: string;
}

const REPLICA_HOST = '127.0.0.1';

/**
 * Forks the processes of one cluster, and does to them what it is asked: kill, pause, cut, restart. What it knows of
 * them goes to the router, and to every replica what it needs of the others.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #events: SupervisorEvents;
  readonly #replicas: ReadonlyMap<ReplicaId, ReplicaKeeper>;
  readonly #links: LinkTable;
  readonly #router: RouterKeeper;
  /** host:port of the router, once it listens. */
  readonly #addr = Promise.withResolvers<string>();
  #stopping = false;

  constructor(options: SupervisorOptions, events: SupervisorEvents) {
    const { folder, host, port, mode, tempo } = options;
    const { cluster, secretFile, replicas, runs, temporary } = folder;
    this.#options = options;
    this.#events = events;
    this.#router = new RouterKeeper({
      config: {
        ...{ cluster, secretFile, members: replicas, host, port, mode, tempo },
        ...{ runs, restarts: 0, temporary, supervised: true },
      },
      outputFile: folder.outputOf('router'),
      onReport: (report) => this.#onRouterReport(report),
      onStarted: () => this.#tellAll(),
      onLost: events.onRouterLost,
    });
    this.#links = new LinkTable(replicas);
    const keeperOf = (id: ReplicaId) =>
      new ReplicaKeeper({
        config: {
          ...{ cluster, secretFile, id, members: replicas, dir: folder.folderOf(id) },
          ...{ host: REPLICA_HOST, port: 0, supervised: true, tempo },
        },
        outputFile: folder.outputOf(id),
        onChanged: () => this.#tellAll(),
        onReport: (report) => events.onReplica(id, report),
        onHappened: (what) => this.#tellOf(what),
      });
    this.#replicas = new Map(replicas.map((id) => [id, keeperOf(id)]));
  }

  /** Resolves once every replica listens, or has ended; `onFailed` is told of the latter as they do. */
  async start(onFailed: (failed: NotStarted) => void): Promise<void> {
    this.#router.start();
    const starts = [...this.#replicas.values()].map(async (replica) => {
      const start = await replica.start();
      if (!start.ok) onFailed(notStarted(replica.id, start, await this.#addr.promise));
    });
    await Promise.all(starts);
  }

  /** Ends every replica, gently where that works, and returns when none is left. */
  async stopReplicas(): Promise<void> {
    this.#stopping = true;
    await Promise.all(
      [...this.#replicas.values()].map((replica) => replica.end(replica.state === 'paused' ? 'killed' : 'stopped')),
    );
  }

  /** Comes last: clients take the end of the router for the end of the cluster. */
  stopRouter(): Promise<void> {
    return this.#router.stop();
  }

  #onRouterReport(report: RouterReport): void {
    switch (report.type) {
      case 'listening':
        this.#addr.resolve(formatHostPort({ host: this.#options.host, port: report.port }));
        return this.#events.onRouterListening(report.port);
      case 'refused':
        return this.#events.onRouterRefused(report.code, report.message);
      case 'mode':
        return;
      case 'tempo':
        for (const replica of this.#replicas.values()) replica.retime(report.tempo);
        return;
      case 'control': {
        const { id, order } = report;
        void this.#control(order)
          .catch((error: Error) => failed(error.message))
          .then((result) => this.#router.order({ type: 'controlled', id, result }));
        return;
      }
      default:
        report satisfies never;
    }
  }

  async #control(order: ControlOrder): Promise<ControlResult> {
    if (this.#stopping) return failed('the cluster is stopping');
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
        return this.#act(order);
    }
  }

  #setLink(order: LinkOrder): ControlResult {
    const { named, changed } = this.#links.apply(order);
    if (named.length === 0) return failed('there is no other replica');
    this.#tellAll();
    for (const link of changed) this.#happened({ type: 'link', ...link });
    return { v: 1, ok: true, message: named.map(linkText).join('; ') };
  }

  async #heal(): Promise<ControlResult> {
    this.#links.heal();
    this.#tellAll();
    const replicas = [...this.#replicas.values()];
    for (const replica of replicas) if (replica.state === 'paused') replica.resume();
    this.#tellAll();
    const down = replicas.filter((replica) => replica.state === 'down');
    const starts = await Promise.all(down.map((replica) => replica.start()));
    const failures = starts.flatMap((start, index) => (start.ok ? [] : [`${down[index]?.id}: ${start.reason}`]));
    if (failures.length > 0) return failed(`all links are whole, but not every replica starts: ${failures.join('; ')}`);
    this.#happened({ type: 'healed' });
    return { v: 1, ok: true, message: 'all links are whole, and every replica runs' };
  }

  /** Does it to those it can be done to. Failed if it was done to none. */
  async #act({ op, replicas: ids, rebuild }: ProcessOrder): Promise<ControlResult> {
    if (ids.length === 0) return failed('there is no follower');
    const replicas = ids.flatMap((id) => this.#replicas.get(id) ?? []);
    const outcomes = await Promise.all(replicas.map((replica) => this.#actOn(op, replica, rebuild)));
    this.#tellAll();
    const done = replicas.filter((_, index) => outcomes[index]?.done).map(({ id }) => id);
    const message = replicas.map(({ id }, index) => `${id} ${outcomes[index]?.words}`).join('; ');
    return done.length > 0 ? { v: 1, ok: true, message, replicas: done } : failed(message);
  }

  async #actOn(
    action: ProcessAction,
    replica: ReplicaKeeper,
    rebuild: boolean,
  ): Promise<{ done: boolean; words: string }> {
    await replica.settled();
    const obstacle = hindrance(action, replica.state);
    if (obstacle !== null) return { done: false, words: obstacle };
    switch (action) {
      case 'start': {
        const start = await replica.start(rebuild);
        return { done: start.ok, words: startWords(replica.id, start, rebuild, await this.#addr.promise) };
      }
      case 'resume':
        replica.resume();
        return { done: true, words: 'resumed' };
      case 'pause':
        replica.pause();
        return { done: true, words: 'paused with SIGSTOP' };
      case 'kill':
        await replica.end('killed');
        return { done: true, words: 'killed with kill -9' };
      case 'stop': {
        const how = await replica.end('stopped');
        return how === 'stopped'
          ? { done: true, words: 'stopped in good order' }
          : { done: true, words: 'did not stop in time, and was killed' };
      }
      case 'power-cut': {
        const how = await replica.end('power-cut');
        return how === 'power-cut'
          ? { done: true, words: 'cut from power: what was not fsynced is lost' }
          : { done: true, words: 'did not answer, and was killed: nothing was cut' };
      }
      default:
        return action satisfies never;
    }
  }

  /** What is advised names the router's address, which is known a moment after the first replicas may have died. */
  #tellOf(what: Happening): void {
    if (what.type !== 'died') this.#happened(what);
    else void this.#addr.promise.then((addr) => this.#happened({ ...what, addr }));
  }

  #happened(what: Happening): void {
    this.#router.order({ type: 'happened', what });
  }

  /** Tells everyone how the processes and links are. The router first: it must know whom to end if this process dies. */
  #tellAll(): void {
    const links = this.#links.faulty;
    const places: Record<string, ReplicaPlace> = {};
    const peers: Record<string, Address> = {};
    for (const [id, { state, pid, address }] of this.#replicas) {
      places[id] = { process: state, pid, address };
      if (address) peers[id] = address;
    }
    this.#router.order({ type: 'world', replicas: places, links });
    for (const replica of this.#replicas.values()) replica.order({ type: 'network', peers, links });
    const children = [this.#router.pid, ...[...this.#replicas.values()].map(({ pid }) => pid)];
    try {
      this.#options.folder.setChildren(children.filter((pid) => pid !== null));
    } catch {
      // The folder is gone or full. What is written there is only for the case that this process and the router die.
    }
  }
}

const failed = (message: string): ControlResult => ({ v: 1, ok: false, error: { code: 'control-failed', message } });

const linkText = (link: LinkSnapshot): string => `${link.from} → ${link.to} ${faultWords(link) || 'whole'}`;

function notStarted(id: ReplicaId, { reason, rebuildable }: StartFailure, addr: string): NotStarted {
  const again = `once that is mended, "lockstep start ${id} --addr ${addr}" starts it`;
  return { id, reason, advice: rebuildable ? rebuildAdvice(id, addr) : again };
}

/** What to do comes before why: where room is short, an answer loses its end. */
function startWords(id: ReplicaId, start: Started, rebuild: boolean, addr: string): string {
  if (start.ok && start.rebuilt) return 'started, its log begun anew: without a vote, at least until it has caught up';
  if (start.ok) return rebuild ? 'started; its log is sound, and was not begun anew' : 'started';
  const advice = start.rebuildable ? ` (${rebuildAdvice(id, addr)})` : '';
  return `does not start${advice}: ${start.reason}`;
}

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
