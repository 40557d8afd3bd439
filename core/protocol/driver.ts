import type { Clock } from './clock.ts';
import type { Entry } from './entry.ts';
import type { Input, PersistBatch, Ready } from './io.ts';
import type { Envelope } from './messages.ts';
import type { Lsn } from './position.ts';
import type { Replica } from './replica.ts';
import type { Reply, WriteRequest } from './requests.ts';
import type { ReplicaStatus } from './status.ts';
import type { Timing } from './timing.ts';

/** Where a driver's batches go. Whoever runs the driver calls its `persisted` as they become durable, in their order. */
export interface DriverLog {
  submit(batch: PersistBatch): void;
  /** Called with every tick: what waits for room on the disk is tried again. */
  retry(): void;
}

/** Where a driver's results go. */
export interface DriverOutputs {
  /** After each step, before anything that it wants is done: what happened is told before others can tell its effects. */
  stepped(input: Input, ready: Ready): void;
  send(envelope: Envelope): void;
  reply(reply: Reply): void;
  /** Something a status would tell may have changed. */
  changed(): void;
}

/** A tick that is less than one by so little, in ms, is one: sums of fractions come out a little short. */
const HAIR_MS = 1e-6;

/**
 * Runs one replica against a world, be it real or simulated: feeds it, and carries out what each Ready asks for, by the
 * contract above that type.
 *
 * 1. Time is fed first, always: a process that was stopped must not act on what it read before it knows how long it was
 *    away. The replica's own clock is behind by at most a tick.
 * 2. Steps are taken one at a time, and each is carried out before the next.
 * 3. Writes are proposed together: those of one turn, and, while the log has something to write, all that come until it
 *    has done so, or until the next tick. They are proposed before whatever else is asked after them.
 * 4. Once stopped, or once an assertion failed, it takes no further step.
 */
export class Driver {
  readonly #replica: Replica;
  readonly #log: DriverLog;
  readonly #clock: Clock;
  readonly #out: DriverOutputs;
  #tickMs: number;
  /** Up to when the replica was told the time. */
  #toldMs: number;
  readonly #inputs: Input[] = [];
  #isRunning = false;
  #isStopped = false;
  /** Messages that wait for the batch they were handed out with. */
  readonly #waiting: { readonly batch: number; readonly envelopes: readonly Envelope[] }[] = [];
  #writes: WriteRequest[] = [];
  /** The last batch that was handed to the log, and the last that it has reported. */
  #submitted = 0;
  #persisted = 0;
  #cancelTicks: () => void;

  /** The replica is told the time every `tickMs`. */
  constructor(replica: Replica, log: DriverLog, clock: Clock, tickMs: number, out: DriverOutputs) {
    this.#replica = replica;
    this.#log = log;
    this.#clock = clock;
    this.#tickMs = tickMs;
    this.#out = out;
    this.#toldMs = clock.nowMs();
    this.#cancelTicks = clock.every(tickMs, () => this.#tellTime());
  }

  feed(input: Input): void {
    this.#tellTime();
    if (input.type === 'read' || input.type === 'locate') this.#flushWrites();
    this.#inputs.push(input);
    this.#run();
  }

  /** As with a group commit, the busier the log is, the more writes share the cost of a batch and of its messages. */
  propose(write: WriteRequest): void {
    this.#writes.push(write);
    if (this.#writes.length > 1) return;
    this.#clock.soon(() => {
      this.#tellTime();
      if (this.#submitted > this.#persisted) return;
      this.#flushWrites();
      this.#run();
    });
  }

  /** To be called when the log reports that `batch`, and all before it, is durable. */
  persisted(batch: number): void {
    if (this.#isStopped) return;
    this.#tellTime();
    this.#persisted = batch;
    const released = this.#waiting.findIndex((waiting) => waiting.batch > batch);
    for (const { envelopes } of this.#waiting.splice(0, released < 0 ? this.#waiting.length : released)) {
      for (const envelope of envelopes) this.#out.send(envelope);
    }
    this.#inputs.push({ type: 'persisted', batch });
    if (this.#submitted === batch) this.#flushWrites();
    this.#run();
  }

  status(): ReplicaStatus {
    return this.#replica.status();
  }

  entries(from: Lsn, bytesMax: number, countMax: number): readonly Entry[] {
    return this.#replica.entries(from, bytesMax, countMax);
  }

  /** The replica lives by another timing from now on, and is told the time so often. */
  retime(timing: Timing, tickMs: number): void {
    this.feed({ type: 'retime', timing });
    if (this.#isStopped) return;
    this.#tickMs = tickMs;
    this.#cancelTicks();
    this.#cancelTicks = this.#clock.every(tickMs, () => this.#tellTime());
  }

  /** Takes in nothing more. */
  stop(): void {
    this.#cancelTicks();
    this.#isStopped = true;
  }

  /** To be called before anything else that is asked after them. */
  #flushWrites(): void {
    if (this.#writes.length === 0) return;
    this.#inputs.push({ type: 'propose', writes: this.#writes });
    this.#writes = [];
  }

  #tellTime(): void {
    const nowMs = this.#clock.nowMs();
    const elapsedMs = nowMs - this.#toldMs;
    if (elapsedMs + HAIR_MS < this.#tickMs) return;
    this.#toldMs = nowMs;
    this.#log.retry();
    this.#inputs.push({ type: 'tick', elapsedMs });
    this.#flushWrites();
    this.#run();
  }

  /** One step at a time: what a step causes at once (a batch with nothing to write) waits for its turn. */
  #run(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      for (let input = this.#inputs.shift(); input && !this.#isStopped; input = this.#inputs.shift()) {
        const ready = this.#replica.step(input);
        this.#out.stepped(input, ready);
        this.#carryOut(ready);
        if (input.type !== 'tick' || ready.events.length > 0) this.#out.changed();
      }
    } catch (error) {
      // An assertion failed: what this replica believes is not to be trusted, nor told to anyone.
      this.stop();
      throw error;
    } finally {
      this.#isRunning = false;
    }
  }

  #carryOut(ready: Ready): void {
    for (const envelope of ready.send) this.#out.send(envelope);
    if (ready.persist) {
      if (ready.sendAfterPersist.length > 0) {
        this.#waiting.push({ batch: ready.persist.number, envelopes: ready.sendAfterPersist });
      }
      this.#submitted = ready.persist.number;
      this.#log.submit(ready.persist);
    }
    for (const reply of ready.replies) this.#out.reply(reply);
  }
}
