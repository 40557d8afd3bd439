import type { Input, Ready } from '../protocol/io.ts';
import type { Envelope } from '../protocol/messages.ts';
import type { Replica } from '../protocol/replica.ts';
import type { Reply, WriteRequest } from '../protocol/requests.ts';
import type { Wal } from '../wal/wal.ts';
import type { Clock } from './clock.ts';

/** Where a driver's results go. */
export interface DriverOutputs {
  /** After each step, before what it wants is done. */
  stepped(input: Input, ready: Ready): void;
  send(envelope: Envelope): void;
  reply(reply: Reply): void;
  /** Something a status would tell may have changed. */
  changed(): void;
  /** Calls back in a later turn of the event loop. */
  later(act: () => void): void;
}

/**
 * Runs one replica: a model of core/replica/driver.ts, turn for turn, with a clock and an event loop that are handed in.
 * Time is fed first, always: a process that was stopped must not act on what it read before it knows how long it was
 * away.
 */
export class SimDriver {
  readonly replica: Replica;
  /** It is told the time so often, in ms of its own clock. */
  tickMs: number;
  readonly #wal: Wal;
  readonly #clock: Clock;
  readonly #out: DriverOutputs;
  readonly #inputs: Input[] = [];
  #isRunning = false;
  #isStopped = false;
  /** Messages that wait for the batch they were handed out with. */
  readonly #waiting: { readonly batch: number; readonly envelopes: readonly Envelope[] }[] = [];
  #writes: WriteRequest[] = [];

  constructor(replica: Replica, wal: Wal, clock: Clock, tickMs: number, out: DriverOutputs) {
    this.replica = replica;
    this.tickMs = tickMs;
    this.#wal = wal;
    this.#clock = clock;
    this.#out = out;
    clock.tell();
  }

  /** The replica's own clock is behind the machine's by at most a tick. */
  feed(input: Input): void {
    this.tellTime();
    this.#flushWrites();
    this.#inputs.push(input);
    this.#run();
  }

  /** Writes that come in one turn of the event loop are proposed together. */
  propose(write: WriteRequest): void {
    this.#writes.push(write);
    if (this.#writes.length > 1) return;
    this.#out.later(() => {
      this.tellTime();
      this.#flushWrites();
      this.#run();
    });
  }

  /** To be called when the log reports that `batch`, and all before it, is durable. */
  persisted(batch: number): void {
    this.tellTime();
    const kept = this.#waiting.findIndex((waiting) => waiting.batch > batch);
    for (const { envelopes } of this.#waiting.splice(0, kept < 0 ? this.#waiting.length : kept)) {
      for (const envelope of envelopes) this.#out.send(envelope);
    }
    this.#inputs.push({ type: 'persisted', batch });
    this.#run();
  }

  tellTime(): void {
    if (this.#clock.untoldMs < this.tickMs) return;
    this.#inputs.push({ type: 'tick', elapsedMs: this.#clock.tell() });
    this.#run();
  }

  /** Takes in nothing more. */
  stop(): void {
    this.#isStopped = true;
  }

  /** What was proposed before comes before, whatever it is. */
  #flushWrites(): void {
    if (this.#writes.length === 0) return;
    this.#inputs.push({ type: 'propose', writes: this.#writes });
    this.#writes = [];
  }

  /** One step at a time: what a step causes at once (a batch with nothing to write) waits for its turn. */
  #run(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    for (let input = this.#inputs.shift(); input && !this.#isStopped; input = this.#inputs.shift()) {
      const ready = this.replica.step(input);
      this.#out.stepped(input, ready);
      this.#carryOut(ready);
      if (input.type !== 'tick' || ready.events.length > 0) this.#out.changed();
    }
    this.#isRunning = false;
  }

  #carryOut(ready: Ready): void {
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
