import type { Entry } from '../protocol/entry.ts';
import type { ReplicaEvent } from '../protocol/events.ts';
import type { Input, Ready } from '../protocol/io.ts';
import type { Envelope } from '../protocol/messages.ts';
import type { Lsn } from '../protocol/position.ts';
import type { Replica } from '../protocol/replica.ts';
import type { Reply, WriteRequest } from '../protocol/requests.ts';
import type { ReplicaStatus } from '../protocol/status.ts';
import type { Timing } from '../protocol/timing.ts';
import type { Wal } from '../wal/wal.ts';

/** Where a driver's results go. */
export interface DriverOutputs {
  send(envelope: Envelope): void;
  reply(reply: Reply): void;
  event(event: ReplicaEvent): void;
  /** Something a status would tell may have changed. */
  changed(): void;
}

/**
 * Runs one replica against the real world: feeds it, and carries out what each Ready asks for, by the contract above
 * that type. Time is fed first, always: a process that was stopped must not act on what it read before it knows how
 * long it was away.
 */
export class Driver {
  readonly #replica: Replica;
  readonly #wal: Wal;
  readonly #out: DriverOutputs;
  #tickMs: number;
  #clockMs = performance.now();
  readonly #inputs: Input[] = [];
  #running = false;
  #stopped = false;
  /** Messages that wait for the batch they were handed out with. */
  readonly #waiting: { readonly batch: number; readonly envelopes: readonly Envelope[] }[] = [];
  #writes: WriteRequest[] = [];
  #timer: NodeJS.Timeout;

  constructor(replica: Replica, wal: Wal, tickMs: number, out: DriverOutputs) {
    this.#replica = replica;
    this.#wal = wal;
    this.#tickMs = tickMs;
    this.#out = out;
    this.#timer = setInterval(() => this.#tellTime(), tickMs);
  }

  /** The replica's own clock is behind the real one by at most a tick. */
  feed(input: Input): void {
    this.#tellTime();
    this.#flushWrites();
    this.#inputs.push(input);
    this.#run();
  }

  /** Writes that come in one turn of the event loop are proposed together. */
  propose(write: WriteRequest): void {
    this.#writes.push(write);
    if (this.#writes.length > 1) return;
    setImmediate(() => {
      this.#tellTime();
      this.#flushWrites();
      this.#run();
    });
  }

  /** To be called when the write-ahead log reports that `batch`, and all before it, is durable. */
  persisted(batch: number): void {
    this.#tellTime();
    const released = this.#waiting.findIndex((waiting) => waiting.batch > batch);
    for (const { envelopes } of this.#waiting.splice(0, released < 0 ? this.#waiting.length : released)) {
      for (const envelope of envelopes) this.#out.send(envelope);
    }
    this.#inputs.push({ type: 'persisted', batch });
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
    if (this.#stopped) return;
    this.feed({ type: 'retime', timing });
    this.#tickMs = tickMs;
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#tellTime(), tickMs);
  }

  /** Takes in nothing more. */
  stop(): void {
    clearInterval(this.#timer);
    this.#stopped = true;
  }

  /** What was proposed before comes before, whatever it is. */
  #flushWrites(): void {
    if (this.#writes.length === 0) return;
    this.#inputs.push({ type: 'propose', writes: this.#writes });
    this.#writes = [];
  }

  #tellTime(): void {
    const nowMs = performance.now();
    const elapsedMs = nowMs - this.#clockMs;
    if (elapsedMs < this.#tickMs) return;
    this.#clockMs = nowMs;
    this.#inputs.push({ type: 'tick', elapsedMs });
    this.#run();
  }

  /** One step at a time: what a step causes at once (a batch with nothing to write) waits for its turn. */
  #run(): void {
    if (this.#running) return;
    this.#running = true;
    try {
      for (let input = this.#inputs.shift(); input && !this.#stopped; input = this.#inputs.shift()) {
        const ready = this.#replica.step(input);
        this.#carryOut(ready);
        if (input.type !== 'tick' || ready.events.length > 0) this.#out.changed();
      }
    } catch (error) {
      // An assertion failed: what this replica believes is not to be trusted, nor told to anyone.
      this.stop();
      throw error;
    } finally {
      this.#running = false;
    }
  }

  #carryOut(ready: Ready): void {
    // What it did is told before others can tell how they answered.
    for (const event of ready.events) this.#out.event(event);
    for (const envelope of ready.send) this.#out.send(envelope);
    if (ready.persist) {
      if (ready.sendAfterPersist.length > 0) {
        this.#waiting.push({ batch: ready.persist.number, envelopes: ready.sendAfterPersist });
      }
      this.#wal.submit(ready.persist);
    }
    for (const reply of ready.replies) this.#out.reply(reply);
  }
}
