import { describe } from '../../core/observe/describe.ts';
import type { CompactionLimits } from '../../core/protocol/compaction.ts';
import type { Input, Recovered } from '../../core/protocol/io.ts';
import { formatPosition, type ReplicaId, replicaId } from '../../core/protocol/position.ts';
import type { Replica } from '../../core/protocol/replica.ts';
import type { Reply } from '../../core/protocol/requests.ts';
import type { ReplicaStatus } from '../../core/protocol/status.ts';
import { type Timing, timingOf } from '../../core/protocol/timing.ts';
import { LabDisk, logToOf } from '../unit/support/lab-disk.ts';
import { LabNetwork, type Link } from '../unit/support/lab-network.ts';
import { isRunning, type Machine, newMachine, sitterOf, startMachine } from './machine.ts';
import type { Sitter } from './pictures.ts';
import type { Teller } from './teller.ts';
import { arrow, batchText, messageText } from './words.ts';

/** Who hears what the stage does not put into words itself: the clients. */
export interface Audience {
  replied(reply: Reply): readonly string[];
  /** After every step: what the router would hear. */
  observed(status: ReplicaStatus): readonly string[];
}

/**
 * Real replicas between a network, disks and clocks that do what they are told and nothing by themselves. What happens
 * is told in lines: what was done, and indented what came of it.
 *
 * 1. It carries out what a Ready asks for as its contract says: what waits for the disk leaves with the fsync.
 * 2. Every timeout is the middle of its range, so the same commands print the same lines.
 */
export class Stage {
  readonly ids: readonly ReplicaId[];
  readonly #network: LabNetwork;
  readonly #hosts: ReadonlyMap<ReplicaId, Machine>;
  readonly #audience: Audience;
  readonly #teller: Teller;
  /** Who refused a vote since it was last cleared, because it hears a leader. */
  readonly #loyal = new Set<ReplicaId>();
  readonly #limits: CompactionLimits;
  readonly #logTo = logToOf(() => this.#hosts.values());
  #timing: Timing = timingOf('normal');

  /** `limits`: how much log each keeps. */
  constructor(ids: readonly ReplicaId[], limits: CompactionLimits, audience: Audience, teller: Teller) {
    this.ids = ids;
    this.#limits = limits;
    this.#teller = teller;
    this.#audience = audience;
    this.#network = new LabNetwork(this.ids);
    this.#hosts = new Map(this.ids.map((id) => [id, newMachine(id, this.#timing, this.#logTo)]));
    for (const host of this.#hosts.values()) startMachine(host, this.ids, this.#limits);
  }

  isUp(id: string): boolean {
    return this.#host(id).replica !== null;
  }

  status(id: string): ReplicaStatus {
    return this.#running(id).replica.status();
  }

  sitters(): readonly Sitter[] {
    return [...this.#hosts.values()].map(sitterOf);
  }

  /** What was sent and has not arrived. */
  onTheWay(): readonly string[] {
    return this.#network.links.flatMap((link) => link.queue.map((message) => arrow(link, messageText(message))));
  }

  /** Feeds one input to a replica and carries out what it wants done. Returns how many entries it appended. */
  step(id: string, input: Input): number {
    const { replica, disk, isPaused } = this.#running(id);
    if (isPaused) throw new Error(`${id} is paused`);
    const before = replica.status();
    const { persist, send, sendAfterPersist, replies, events } = replica.step(input);
    const after = replica.status();
    if (persist) disk.hand(persist, sendAfterPersist);
    for (const { to, message } of send) this.#send(replicaId(id), to, message);
    for (const event of events) {
      this.#teller.tell(describe({ n: 0, at: 0, what: { type: 'replica', id: after.id, event } }));
      const isLoyal = event.type === 'vote' && event.reason === 'leader-alive' && after.role === 'follower';
      if (isLoyal) this.#loyal.add(after.id);
    }
    if (after.committedLsn > before.committedLsn) {
      const end = disk.memory[after.committedLsn - 1];
      const upTo = end && formatPosition(end);
      const isLeader = after.role === 'leader';
      this.#teller.tell(isLeader ? `${id} commits up to ${upTo}` : `${id} learns that ${upTo} is committed`);
    }
    for (const reply of replies) this.#teller.tell(...this.#audience.replied(reply));
    this.#teller.tell(...this.#audience.observed(after));
    return persist?.entries.length ?? 0;
  }

  /** Time passes for these, a heartbeat at a time, as a live process would feel it. */
  tick(ids: readonly ReplicaId[], ms: number): void {
    const hosts = ids.map((id) => this.#running(id));
    const beatMs = Math.min(...hosts.map(({ timing }) => timing.heartbeatMs));
    for (let left = ms; left > 0; left -= beatMs) this.#pass(hosts, Math.min(left, beatMs));
  }

  /** Time passes for everyone, and all that is sent arrives. */
  run(ms: number): void {
    const hosts = [...this.#hosts.values()];
    const beatMs = Math.min(...hosts.map(({ timing }) => timing.heartbeatMs));
    for (let left = ms; left > 0; left -= beatMs) {
      this.#pass(hosts, Math.min(left, beatMs));
      this.settle(this.ids);
    }
  }

  /** The oldest `count` messages on their way from one to the other arrive. */
  deliver(from: string, to: string, count: number): void {
    const link = this.#network.link(from, to);
    const left = Math.min(count, link.queue.length);
    if (left === 0) this.#teller.tell(`nothing is on its way from ${from} to ${to}`);
    for (let done = 0; done < left; done++) this.#deliverOne(link, true);
  }

  /** All that is on its way now arrives, and not what comes of it. */
  deliverAll(): void {
    const counts = this.#network.links.map((link) => [link, link.queue.length] as const);
    for (const [link, count] of counts) {
      if (isRunning(this.#host(link.to))) for (let done = 0; done < count; done++) this.#deliverOne(link, true);
    }
  }

  /** The oldest `count` messages on their way from one to the other are lost. */
  drop(from: string, to: string, count: number): void {
    const link = this.#network.link(from, to);
    const lost = link.queue.splice(0, count);
    if (lost.length === 0) this.#teller.tell(`nothing is on its way from ${from} to ${to}`);
    for (const message of lost) this.#teller.tell(`lost: ${arrow(link, messageText(message))}`);
  }

  /** All that a replica has handed to its disk becomes durable with one fsync. */
  fsync(id: string): void {
    const host = this.#host(id);
    if (host.isFull) this.#teller.tell(`${id} has no room on its disk`);
    else if (host.disk.pending.length === 0) this.#teller.tell(`${id} has nothing to fsync`);
    else this.#fsync(host, true);
  }

  /** Everything between these replicas arrives, and gets to their disks, until nothing moves or it `isOver`. */
  settle(ids: readonly ReplicaId[], isOver = () => false): void {
    let rounds = 0;
    while (this.#settleOnce(ids, isOver)) if (++rounds > SETTLE_ROUNDS_MAX) throw new Error('it never settles');
  }

  /**
   * `id` runs out of patience and asks for votes, and everything arrives until it leads. Who refuses because it hears a
   * leader hears none for as long as it must. Told is only who leads; what the new leader sends is on its way.
   */
  elect(id: string): void {
    const leads = () => this.status(id).role === 'leader';
    const lines = this.#teller.overhear(() => {
      for (let beats = 0; beats < ELECTION_BEATS_MAX && !leads(); beats++) {
        this.#loyal.clear();
        this.tick([replicaId(id)], this.#running(id).timing.heartbeatMs);
        this.settle(this.ids, leads);
        for (const voter of this.#loyal) this.tick([voter], this.#running(voter).timing.electionMinMs);
      }
    });
    if (!leads()) throw new Error(`${id} was not elected\n${lines.join('\n')}`);
    this.#teller.tell(...lines.filter((line) => line.startsWith(`${id} leads term`)));
  }

  /** The process dies: what its disk had not fsynced is gone, its connections close, and the others notice. */
  crash(id: string): void {
    const host = this.#host(id);
    if (!host.replica) throw new Error(`${id} is down already`);
    host.replica = null;
    host.isPaused = false;
    host.isFull = false;
    const lost = host.disk.pending.filter(({ batch }) => batch.dirty);
    const words = lost.map(({ batch }) => batchText(batch, host.disk.hardState));
    host.disk.crash(0, 0);
    const what = words.length === 0 ? `${id} is down` : `${id} is down, and had not fsynced: ${words.join('; ')}`;
    this.#teller.tellWith(what, () => this.#disconnect(host));
  }

  /** It starts from what its disk held, or from `recovered`. */
  restart(id: string, recovered?: Recovered): void {
    const host = this.#host(id);
    if (host.replica && !recovered) throw new Error(`${id} runs`);
    host.disk = recovered ? new LabDisk(recovered, this.#logTo) : host.disk.reopened();
    host.timing = this.#timing;
    startMachine(host, this.ids, this.#limits);
    if (recovered) return;
    const { term, position, standing } = this.status(id);
    const { votedFor } = host.disk.hardState;
    const vote = votedFor === null ? '' : `, its vote given to ${votedFor}`;
    const starts = `${id} starts in term ${term}${vote}, with a log that ends at ${formatPosition(position)}`;
    this.#teller.tell(`${starts}${standing === 'voter' ? '' : '; it does not count, and has no vote'}`);
  }

  /** The log of one that is down is damaged, and begun anew; if it `forgot`, nobody can tell how it voted. */
  damage(id: string, forgot: boolean): void {
    const { disk, replica } = this.#host(id);
    if (replica) throw new Error(`${id} runs`);
    disk.lose(0, forgot);
  }

  /** There is no room on its disk, or there is again: until then nothing is fsynced. */
  fill(id: string, isFull: boolean): void {
    this.#running(id).isFull = isFull;
    this.step(id, { type: 'disk', full: isFull });
  }

  pause(id: string): void {
    this.#running(id).isPaused = true;
  }

  /** It runs again, and finds how much time has passed. */
  resume(id: string): void {
    const host = this.#host(id);
    const elapsedMs = host.missedMs;
    host.isPaused = false;
    host.missedMs = 0;
    this.step(id, { type: 'tick', elapsedMs });
  }

  /** These no longer hear each other; what was on its way is lost. */
  cut(id: string, others: readonly string[]): void {
    for (const other of others) {
      this.#network.cut(id, other);
      this.#network.cut(other, id);
    }
  }

  heal(): void {
    for (const link of this.#network.links) link.cut = false;
  }

  /** Those of them that run go by `timing` from now on; if it is for all, so do those that start later. */
  retime(timing: Timing, ids: readonly ReplicaId[]): void {
    if (ids.length === this.ids.length) this.#timing = timing;
    for (const host of ids.map((id) => this.#host(id))) {
      if (!isRunning(host)) continue;
      host.timing = timing;
      this.step(host.id, { type: 'retime', timing });
    }
  }

  /** Its connections close with all that was on its way; those who live and were connected notice. */
  #disconnect({ id }: Machine): void {
    for (const link of this.#network.links.filter(({ from, to }) => from === id || to === id)) {
      link.queue.length = 0;
      if (link.from !== id || link.cut || !isRunning(this.#host(link.to))) continue;
      this.step(link.to, { type: 'connection-closed', peer: link.from });
    }
  }

  #pass(hosts: readonly Machine[], elapsedMs: number): void {
    for (const host of hosts) {
      if (isRunning(host)) this.step(host.id, { type: 'tick', elapsedMs });
      else if (host.isPaused) host.missedMs += elapsedMs;
    }
  }

  #send(from: ReplicaId, to: ReplicaId, message: Parameters<typeof messageText>[0]): void {
    if (this.#host(to).replica) this.#network.send(from, to, message);
  }

  #deliverOne(link: Link, told: boolean): void {
    const { from, to } = link;
    this.#running(to);
    const message = this.#network.take(link);
    const deliver = () => void this.step(to, { type: 'receive', from, message });
    if (told) this.#teller.tellWith(arrow(link, messageText(message)), deliver);
    else deliver();
  }

  #fsync({ id, disk }: Machine, told: boolean): void {
    const words: string[] = [];
    const left = disk.pending.map(({ batch, sends }) => ({ batch, sends }));
    for (const { batch, sends } of left) {
      words.push(batchText(batch, disk.hardState));
      disk.syncOne();
      for (const { to, message } of sends) this.#send(id, to, message);
    }
    const persisted = () => void this.step(id, { type: 'persisted', batch: left.at(-1)?.batch.number ?? 0 });
    if (told) this.#teller.tellWith(`${id} fsyncs: ${words.join('; ')}`, persisted);
    else persisted();
  }

  /** Returns whether anything moved, and something still may. */
  #settleOnce(ids: readonly ReplicaId[], isOver: () => boolean): boolean {
    let moved = false;
    for (const host of ids.map((id) => this.#host(id))) {
      if (!isRunning(host) || host.isFull || host.disk.pending.length === 0) continue;
      this.#fsync(host, false);
      if (isOver()) return false;
      moved = true;
    }
    for (const link of this.#network.links) {
      if (!ids.includes(link.from) || !ids.includes(link.to) || !isRunning(this.#host(link.to))) continue;
      for (let left = link.queue.length; left > 0; left--) {
        this.#deliverOne(link, false);
        if (isOver()) return false;
        moved = true;
      }
    }
    return moved;
  }

  #running(id: string): Machine & { readonly replica: Replica } {
    const host = this.#host(id);
    if (!host.replica) throw new Error(`${id} is down`);
    return host as Machine & { readonly replica: Replica };
  }

  #host(id: string): Machine {
    const host = this.#hosts.get(replicaId(id));
    if (!host) throw new Error(`no replica ${id}`);
    return host;
  }
}

const SETTLE_ROUNDS_MAX = 1000;
const ELECTION_BEATS_MAX = 40;
