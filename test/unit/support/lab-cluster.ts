import { onTestFailed } from 'vitest';
import { COMPACTION, type CompactionLimits } from '../../../core/protocol/compaction.ts';
import type { ReplicaEvent } from '../../../core/protocol/events.ts';
import type { Input, Ready } from '../../../core/protocol/io.ts';
import type { PeerMessage } from '../../../core/protocol/messages.ts';
import { type ReplicaId, replicaId } from '../../../core/protocol/position.ts';
import { type Random, seededRandom } from '../../../core/protocol/random.ts';
import { Replica } from '../../../core/protocol/replica.ts';
import type { Reply } from '../../../core/protocol/requests.ts';
import type { ReplicaStatus } from '../../../core/protocol/status.ts';
import { type Tempo, type Timing, timingOf } from '../../../core/protocol/timing.ts';
import { Checks } from './checks.ts';
import { LabDisk, type LogTo, logToOf } from './lab-disk.ts';
import { LabNetwork } from './lab-network.ts';
import { recoveredFrom, type Start, seal, sealPiece } from './lab-start.ts';
import { inputText, outcomeText } from './lab-text.ts';

export interface LabOptions {
  readonly size?: number;
  /** Timeouts are drawn from it. Without one every draw is late in its range, so that stories keep their pace. */
  readonly seed?: number;
  /** What the disks hold at the start. */
  readonly starts?: Readonly<Record<string, Start>>;
  readonly limits?: CompactionLimits;
}

interface Host {
  readonly id: ReplicaId;
  disk: LabDisk;
  replica: Replica | null;
  isPaused: boolean;
  /** Time that passed while it was paused, in ms. */
  missedMs: number;
  readonly events: ReplicaEvent[];
}

const TRACE_LINES = 300;

/**
 * A cluster of replicas in a laboratory: network, disks and clocks do what the test says, and nothing by themselves. It
 * carries out what a Ready asks for exactly as its contract says, and every step is checked.
 */
export class LabCluster {
  /** By which replicas live from their start on. */
  timing: Timing = timingOf('normal');
  readonly limits: CompactionLimits;
  readonly ids: readonly ReplicaId[];
  readonly network: LabNetwork;
  readonly checks: Checks;
  /** All replies so far, by the id of what was asked. */
  readonly replies = new Map<string, Reply>();
  readonly #hosts: ReadonlyMap<ReplicaId, Host>;
  readonly #seed: number | null;
  readonly #trace: (() => string)[] = [];
  readonly #full = new Set<string>();
  #starts = 0;

  constructor({ size = 3, seed, starts = {}, limits = COMPACTION }: LabOptions = {}) {
    this.limits = limits;
    this.ids = Array.from({ length: size }, (_, index) => replicaId(`n${index + 1}`));
    this.network = new LabNetwork(this.ids);
    this.#seed = seed ?? null;
    this.#hosts = new Map(
      this.ids.map((id) => [
        id,
        newHost(
          id,
          starts[id],
          logToOf(() => this.#hosts.values()),
        ),
      ]),
    );
    this.checks = new Checks(this.ids, (id) => this.disk(id));
    if (seed === undefined) onTestFailed(() => void process.stderr.write(`${this.story()}\n`));
    for (const host of this.#hosts.values()) this.#start(host);
  }

  disk(id: string): LabDisk {
    return this.#host(id).disk;
  }

  isUp(id: string): boolean {
    return this.#host(id).replica !== null;
  }

  isRunning(id: string): boolean {
    const { replica, isPaused } = this.#host(id);
    return replica !== null && !isPaused;
  }

  status(id: string): ReplicaStatus {
    return this.#replica(id).status();
  }

  events<Type extends ReplicaEvent['type']>(id: string, type: Type): Extract<ReplicaEvent, { type: Type }>[] {
    return this.eventsOf(id).filter((event): event is Extract<ReplicaEvent, { type: Type }> => event.type === type);
  }

  eventsOf(id: string): readonly ReplicaEvent[] {
    return this.#host(id).events;
  }

  /** What happened, for whoever has to find out why: the seed, the end of the trace, the replicas. */
  story(): string {
    const states = this.ids.map((id) => {
      const { replica, isPaused, disk } = this.#host(id);
      if (!replica) return `${id} is down`;
      const { role, term, leader, durableLsn, committedLsn, lineage } = replica.status();
      const log = `${JSON.stringify(lineage.map((branch) => `${branch.term}:${branch.firstLsn}`))}…${disk.memory.length}`;
      return `${id} ${role} of ${leader} in ${term}${isPaused ? ', paused' : ''}: ${log} d${durableLsn} c${committedLsn}`;
    });
    return [`seed: ${this.#seed ?? 'none'}`, ...this.#trace.map((line) => line()), ...states].join('\n');
  }

  /** Feeds one input to a replica, and carries out what it wants done. */
  step(id: string, input: Input): Ready {
    const host = this.#host(id);
    this.note(() => `${id} ${inputText(input)}`);
    return this.#told(() => {
      const ready = this.#replica(id).step(input);
      for (const event of ready.events) this.note(() => `  ${JSON.stringify(event)}`);
      for (const reply of ready.replies) this.note(() => `  ${reply.id}: ${outcomeText(reply)}`);
      const dropped = ready.persist ? host.disk.hand(ready.persist, ready.sendAfterPersist) : [];
      this.checks.stepped(host.id, input, ready, dropped, this.status(id));
      for (const { to, message } of ready.send) this.#release(host.id, to, message);
      for (const reply of ready.replies) this.replies.set(reply.id, reply);
      host.events.push(...ready.events);
      return ready;
    });
  }

  tick(id: string, elapsedMs: number): Ready {
    return this.step(id, { type: 'tick', elapsedMs });
  }

  /** Delivers one message: the oldest on its link, unless told otherwise. */
  deliver(from: string, to: string, index = 0): Ready {
    const link = this.network.link(from, to);
    return this.step(to, { type: 'receive', from: link.from, message: this.network.take(link, index) });
  }

  /** One fsync: the oldest `batches` pending, or all, become durable. Returns how many did. */
  sync(id: string, batches = Number.POSITIVE_INFINITY): number {
    const { disk } = this.#host(id);
    const count = this.#full.has(id) ? 0 : Math.min(batches, disk.pending.length);
    let last = 0;
    for (let i = 0; i < count; i++) {
      this.#told(() => {
        const { batch, sends } = disk.syncOne();
        this.note(() => `${id} batch ${batch.number} is durable`);
        this.checks.durable(batch);
        for (const { to, message } of sends) this.#release(replicaId(id), to, message);
        last = batch.number;
      });
    }
    if (last > 0) this.step(id, { type: 'persisted', batch: last });
    return count;
  }

  /** The process dies. Of the batches pending some whole ones may survive, and the first records of the next. */
  kill(id: string, batches = 0, records = 0): void {
    const host = this.#host(id);
    this.note(() => `${id} dies; ${batches} batches and ${records} records survive`);
    this.#told(() => {
      host.replica = null;
      host.isPaused = false;
      host.missedMs = 0;
      this.#full.delete(id);
      host.disk.crash(batches, records);
      this.checks.died(host.id);
    });
    for (const link of this.network.links) if (link.to === id) link.queue.length = 0;
  }

  /** Whether it counts as a replica that never lost anything. */
  mayVote(id: string): boolean {
    const { disk, replica } = this.#host(id);
    return (replica?.status().standing ?? disk.hardState.standing) === 'voter';
  }

  /** Its disk, while it is down, keeps this share of its log; `votes` too: it forgets its term and its vote. */
  lose(id: string, share: number, votes: boolean): void {
    const { disk } = this.#host(id);
    disk.lose(share, votes);
    this.note(() => `${id} loses its log from ${disk.entries.length + 1} on${votes ? ', and its vote' : ''}`);
  }

  /** Its disk has no room any more. */
  fill(id: string): void {
    this.#full.add(id);
    this.step(id, { type: 'disk', full: true });
  }

  free(id: string): void {
    if (this.#full.delete(id) && this.isUp(id)) this.step(id, { type: 'disk', full: false });
  }

  restart(id: string): void {
    const host = this.#host(id);
    this.note(() => `${id} starts`);
    host.disk = host.disk.reopened();
    this.#start(host);
  }

  /** These replicas live by another tempo from now on, and so do all that start later. */
  retime(tempo: Tempo, ids: readonly string[] = this.ids): void {
    this.timing = timingOf(tempo);
    for (const id of ids) this.step(id, { type: 'retime', timing: this.timing });
  }

  /** Stopped in mid-air: its clock, its disk and its mail wait. */
  pause(id: string): void {
    this.note(() => `${id} is paused`);
    this.#host(id).isPaused = true;
  }

  resume(id: string): Ready {
    const host = this.#host(id);
    const elapsedMs = host.missedMs;
    host.isPaused = false;
    host.missedMs = 0;
    return this.tick(id, elapsedMs);
  }

  /** Time passes for everyone at once, and nothing else happens. */
  pass(ms: number): void {
    for (const host of this.#hosts.values()) {
      if (this.isRunning(host.id)) this.tick(host.id, ms);
      else if (host.isPaused) host.missedMs += ms;
    }
  }

  /** The connection between two replicas breaks, with all that was on its way; those that live are told. */
  close(a: string, b: string): void {
    this.note(() => `the connection between ${a} and ${b} closes`);
    for (const { from, to, queue } of [this.network.link(a, b), this.network.link(b, a)]) {
      queue.length = 0;
      if (this.isRunning(to)) this.step(to, { type: 'connection-closed', peer: from });
    }
  }

  note(line: () => string): void {
    this.#trace.push(line);
    if (this.#trace.length > 2 * TRACE_LINES) this.#trace.splice(0, TRACE_LINES);
  }

  #start(host: Host): void {
    const { id, disk } = host;
    const random = this.#seed === null ? patient : seededRandom(this.#seed * 1009 + ++this.#starts);
    const options = {
      id,
      members: this.ids,
      timing: this.timing,
      random,
      seal,
      sealPiece,
      limits: this.limits,
      recovered: disk.recovered(this.limits.tailBytes),
    };
    this.#told(() => {
      host.replica = new Replica(options);
      this.checks.started(id, host.replica.status(), this.timing);
    });
  }

  #release(from: ReplicaId, to: ReplicaId, message: PeerMessage): void {
    this.checks.released(from, to, message);
    this.network.send(from, to, message);
  }

  /** A failure in a run from a seed tells its story; that of a test is told when the test has failed. */
  #told<Result>(act: () => Result): Result {
    try {
      return act();
    } catch (error) {
      if (this.#seed === null) throw error;
      throw new Error(`${error instanceof Error ? error.message : error}\n${this.story()}`, { cause: error });
    }
  }

  #host(id: string): Host {
    const host = this.#hosts.get(replicaId(id));
    if (!host) throw new Error(`no replica ${id}`);
    return host;
  }

  #replica(id: string): Replica {
    const { replica } = this.#host(id);
    if (!replica) throw new Error(`${id} is down`);
    return replica;
  }
}

/** Draws late, so that nobody campaigns in a story before its turn. */
const patient: Random = { between: (low, high) => low + 0.9 * (high - low) };

const newHost = (id: ReplicaId, start: Start | undefined, logTo: LogTo): Host => ({
  id,
  disk: new LabDisk(recoveredFrom(start), logTo),
  replica: null,
  isPaused: false,
  missedMs: 0,
  events: [],
});
