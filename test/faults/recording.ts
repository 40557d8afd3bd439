import { setTimeout as pass } from 'node:timers/promises';
import type { ClusterSnapshot } from '../../core/observe/snapshot.ts';
import type { WriteMode } from '../../core/protocol/entry.ts';
import type { ReplicaId } from '../../core/protocol/position.ts';
import { Draw } from '../../core/sim/draw.ts';
import { isSettled, type Running } from '../process/running.ts';
import { checkRun } from './check-run.ts';
import type { CommittedLog } from './committed-log.ts';
import { Session } from './history.ts';
import { Observer } from './observer.ts';
import { isRead, isWrite, type Operation } from './operation.ts';

export interface RecordingOptions {
  readonly mode: WriteMode;
  /** Of what the sessions ask. */
  readonly seed: number;
  readonly sessions: number;
  readonly keys: number;
  /** What part of the values is large: 0 to 1. Default 0.01. */
  readonly large?: number;
}

export interface Report {
  /** What was promised, and broken: in words. */
  readonly violations: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
  readonly operations: readonly Operation[];
  readonly committed: CommittedLog;
}

/** Once it is healed, a cluster must have everybody back within this, in ms: each wait has as long. */
const PROGRESS_MS = 30_000;
const LARGE = 0.01;
/** Between an answer and the next request of a session, at most, in ms. */
const PAUSE_MS = 20;
/** Between two times of asking whether everybody is back, in ms. */
const AGAIN_MS = 100;

/** Sessions that use a cluster while things happen to it, and all that they were told. */
export class Recording {
  readonly #cluster: Running;
  readonly #replicas: readonly ReplicaId[];
  readonly #options: RecordingOptions;
  readonly #sessions: readonly Session[];
  readonly #observer: Observer;
  readonly #running: readonly Promise<void>[];
  #isOver = false;

  /** Starts on a settled cluster that nobody else writes to. */
  static async start(cluster: Running, options: RecordingOptions): Promise<Recording> {
    return new Recording(cluster, options, await cluster.until(isSettled));
  }

  private constructor(cluster: Running, options: RecordingOptions, { replicas }: ClusterSnapshot) {
    this.#cluster = cluster;
    this.#options = options;
    this.#replicas = replicas.map(({ id }) => id);
    this.#sessions = Array.from({ length: options.sessions }, (_, index) =>
      this.#session(`s${index + 1}`, options.mode),
    );
    this.#observer = new Observer(cluster.addr, this.#replicas, new Draw(options.seed, 'observer'));
    const isOver = (): boolean => this.#isOver;
    this.#running = [...this.#sessions.map((session) => session.run(isOver)), this.#observer.run(isOver)];
  }

  /** How many writes were acknowledged so far. */
  get acknowledged(): number {
    return this.#operations().filter((operation) => isWrite(operation) && operation.outcome === 'ok').length;
  }

  /**
   * To be called when all that was broken is mended: waits until everybody takes part again, then for the sessions, and
   * checks all that they were told against what is there. No replica ends by itself, except those that `mayDie`.
   */
  async finish(mayDie: readonly ReplicaId[] = []): Promise<Report> {
    const last = this.#session('last', 'sync');
    await untilAcknowledgedByAll(last);
    this.#isOver = true;
    await Promise.all(this.#running);

    // A write that nobody can place, because it may be folded into a snapshot, stays pending.
    const isFolded = this.#cluster.all('replica').some(({ event }) => event.type === 'compacted');
    const mayBePending = isFolded ? unplaced(this.#operations()) : 0;
    const settled = await settledNow(this.#cluster, mayBePending);
    for (const key of keyNames(this.#options.keys)) last.operations.push(await last.read(key, 'linearizable'));
    await this.#observer.lookAtAll();
    const operations = [...this.#operations(), ...last.operations];
    for (const session of [...this.#sessions, last]) session.close();
    this.#observer.close();

    const deaths = this.#cluster.all('died').filter(({ id }) => !mayDie.includes(id));
    const { committed, lost } = this.#observer;
    const isSameRouter = this.#cluster.all('router').length === 1;
    const account = isSameRouter ? { fates: settled.fates, lost, mayBePending } : null;
    const { fates, violations } = checkRun({ operations, committed, account });
    return {
      violations: [
        ...this.#observer.violations,
        ...violations,
        ...darkLights(settled, this.#options.mode),
        ...deaths.map((died) => JSON.stringify(died)),
      ],
      counts: { ...countsOf(operations), ...fates, ...eventsOf(this.#cluster), 'last term': settled.term },
      operations,
      committed,
    };
  }

  #operations(): readonly Operation[] {
    return this.#sessions.flatMap((session) => session.operations);
  }

  #session(name: string, mode: WriteMode): Session {
    const { keys, seed, large = LARGE } = this.#options;
    return new Session({
      ...{ addr: this.#cluster.addr, name, mode, keys: keyNames(keys), replicas: this.#replicas },
      ...{ draw: new Draw(seed, name), large, pauseMs: PAUSE_MS },
    });
  }
}

/** As it is when all has come to rest. What the cluster last told by itself may be of before the last answers. */
async function settledNow({ client }: Running, pendingMax: number): Promise<ClusterSnapshot> {
  const endMs = performance.now() + PROGRESS_MS;
  for (;;) {
    const now = await client.ask({ op: 'status' });
    if (isSettled(now) && now.fates.pending <= pendingMax) return now;
    if (performance.now() > endMs) {
      throw new Error(`all is mended, and does not come to rest within ${PROGRESS_MS} ms: ${JSON.stringify(now)}`);
    }
    await pass(AGAIN_MS);
  }
}

/** How many answers were unknown, and did not say where the write stands. */
function unplaced(operations: readonly Operation[]): number {
  const attempts = operations.filter(isWrite).flatMap((write) => write.attempts);
  return attempts.filter(({ outcome, position }) => outcome === 'unknown' && position === null).length;
}

const keyNames = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `key-${index + 1}`);

/** Progress: whatever happened before, every replica takes part again. */
async function untilAcknowledgedByAll(session: Session): Promise<void> {
  const endMs = performance.now() + PROGRESS_MS;
  for (;;) {
    const write = await session.write('key-1');
    session.operations.push(write);
    if (write.outcome === 'ok') return;
    if (performance.now() > endMs) {
      throw new Error(
        `all is mended, but nothing is acknowledged by everybody for ${PROGRESS_MS} ms: ${JSON.stringify(write)}`,
      );
    }
    await pass(AGAIN_MS);
  }
}

/** The cluster's own lights: red is a promise broken, and amber is for what the mode allows. */
function darkLights({ guarantees }: ClusterSnapshot, mode: WriteMode): readonly string[] {
  return Object.entries(guarantees).flatMap(([name, { light, example }]) => {
    const allowed =
      mode === 'async' || name !== 'noAcknowledgedWriteLost' ? ['grey', 'green', 'amber'] : ['grey', 'green'];
    return allowed.includes(light) ? [] : [`${name} is ${light}: ${example}`];
  });
}

/** What was told of by replicas: that of a router which was killed is not all of it. */
function eventsOf(cluster: Running): Record<string, number> {
  const events = Object.groupBy(cluster.all('replica'), ({ event }) => event.type);
  return {
    elections: events.elected?.length ?? 0,
    rollbacks: events['rolled-back']?.length ?? 0,
    'logs compacted': events.compacted?.length ?? 0,
    'snapshots installed': events.installed?.length ?? 0,
  };
}

function countsOf(operations: readonly Operation[]): Record<string, number> {
  const outcomes = Object.groupBy(operations.filter(isWrite), ({ outcome }) => outcome);
  const levels = Object.groupBy(operations.filter(isRead), ({ level, code }) => (code === null ? level : 'refused'));
  return {
    acknowledged: outcomes.ok?.length ?? 0,
    unknown: outcomes.unknown?.length ?? 0,
    rejected: outcomes.rejected?.length ?? 0,
    'reads any': levels.any?.length ?? 0,
    'reads token': levels.token?.length ?? 0,
    'reads linearizable': levels.linearizable?.length ?? 0,
    'reads refused': levels.refused?.length ?? 0,
  };
}
