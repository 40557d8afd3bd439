import type { Socket } from 'node:net';
import type { PositionText } from '../../core/protocol/position.ts';
import type { Answer, Dialect } from './dialect.ts';

/** When the next request is due. */
export interface Pace {
  /** The moment that it counts from, in ms; null: none is due now. */
  next(nowMs: number): number | null;
}

export interface LaneEvents {
  /** A request was answered, or never will be. `startMs`: what `Pace` said. */
  onOutcome(outcome: Answer['outcome'], startMs: number, nowMs: number, position: PositionText | null): void;
  /** The connection is gone; what was under way is told as unknown before. */
  onLost(): void;
}

export interface LaneOptions {
  readonly socket: Socket;
  readonly dialect: Dialect;
  readonly inFlight: number;
  /** Of a hundred requests so many are writes, evenly spread. */
  readonly writePercent: number;
  readonly token: PositionText | null;
  readonly pace: Pace;
  /** Where it begins to count its requests: lanes do not all write the same key at the same time. */
  readonly first: number;
}

/**
 * A request that was refused is followed by another after up to this, in ms: without a leader that would be refused at
 * once, too. At random, so that all those that were refused together do not come again together.
 */
const REFUSED_PAUSE_MS = 20;
const NEWLINE = 0x0a;

/**
 * One connection with so many requests under way. All that one packet of answers lets it ask goes out as one write, and
 * what is read of an answer is what `Dialect` needs: this process shares the cores with those that it measures.
 */
export class Lane {
  readonly #options: LaneOptions;
  readonly #events: LaneEvents;
  readonly #startsMs: Float64Array;
  readonly #free: number[];
  #n: number;
  #token: PositionText | null;
  #rest = '';
  #isStopped = false;

  constructor(options: LaneOptions, events: LaneEvents) {
    const { socket, inFlight, first, token } = options;
    this.#options = options;
    this.#events = events;
    this.#startsMs = new Float64Array(inFlight).fill(Number.NaN);
    this.#free = Array.from({ length: inFlight }, (_, slot) => slot);
    this.#n = first;
    this.#token = token;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', () => {});
    socket.on('close', () => this.#lose());
  }

  get underWay(): number {
    return this.#startsMs.reduce((sum, start) => sum + (Number.isNaN(start) ? 0 : 1), 0);
  }

  /** Sends all that is due, as far as slots are free. */
  pump(nowMs: number): void {
    if (this.#isStopped) return;
    const { pace, socket } = this.#options;
    let text = '';
    while (this.#free.length > 0) {
      const startMs = pace.next(nowMs);
      if (startMs === null) break;
      const slot = this.#free.pop() as number;
      this.#startsMs[slot] = startMs;
      text += this.#request(slot);
    }
    // What is asked is plain ASCII; so it needs no look at every character.
    if (text !== '') socket.write(text, 'latin1');
  }

  /** Asks nothing more; what is under way may still be answered. */
  stop(): void {
    this.#isStopped = true;
  }

  #request(slot: number): string {
    const { dialect, writePercent } = this.#options;
    const n = this.#n++;
    const isWrite = Math.floor(((n + 1) * writePercent) / 100) > Math.floor((n * writePercent) / 100);
    return isWrite ? dialect.write(slot, n) : dialect.read(slot, n, this.#token);
  }

  #take(chunk: Buffer): void {
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end === 0) {
      this.#rest += chunk.toString('latin1');
      return;
    }
    const text = this.#rest + chunk.toString('latin1', 0, end);
    this.#rest = chunk.toString('latin1', end);
    const nowMs = performance.now();
    const { dialect } = this.#options;
    for (let start = 0; start < text.length; ) {
      const newline = text.indexOf('\n', start);
      dialect.answers(text.slice(start, newline), (answer) => this.#settle(answer, nowMs));
      start = newline + 1;
    }
    this.pump(nowMs);
  }

  #settle({ slot, outcome, position }: Answer, nowMs: number): void {
    const startMs = this.#startsMs[slot];
    // An answer to nothing that was asked would be a bug of somebody's, and must not count.
    if (startMs === undefined || Number.isNaN(startMs)) throw new Error(`an answer nobody waits for: ${slot}`);
    this.#startsMs[slot] = Number.NaN;
    if (position !== null) this.#token = position;
    this.#events.onOutcome(outcome, startMs, nowMs, position);
    if (outcome === 'ok') this.#free.push(slot);
    else
      setTimeout(() => this.#free.push(slot) && this.pump(performance.now()), Math.random() * REFUSED_PAUSE_MS).unref();
  }

  #lose(): void {
    this.#isStopped = true;
    const nowMs = performance.now();
    for (const [slot, startMs] of this.#startsMs.entries()) {
      this.#startsMs[slot] = Number.NaN;
      if (!Number.isNaN(startMs)) this.#events.onOutcome('unknown', startMs, nowMs, null);
    }
    this.#events.onLost();
  }
}
