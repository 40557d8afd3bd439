import { setTimeout as pass } from 'node:timers/promises';
import type { ErrorCode } from '../../core/observe/error-code.ts';
import type { Outcome } from '../../core/observe/ledger.ts';
import type { WriteMode } from '../../core/protocol/entry.ts';
import {
  compareFreshness,
  formatPosition,
  ORIGIN,
  type Position,
  parsePosition,
  type ReplicaId,
} from '../../core/protocol/position.ts';
import type { ReadLevel } from '../../core/protocol/requests.ts';
import type { Draw } from '../../core/sim/draw.ts';
import type { Json } from '../process/lockstep.ts';
import { Connection } from './connection.ts';
import type { Attempt, Operation, Read, Write } from './operation.ts';

export interface SessionOptions {
  /** host:port of the router. */
  readonly addr: string;
  /** Like no other's: it is in every value that this session writes, and it is its session for retries. */
  readonly name: string;
  readonly mode: WriteMode;
  readonly keys: readonly string[];
  /** Whom it may ask to read from, by name. */
  readonly replicas: readonly ReplicaId[];
  readonly draw: Draw;
  /** What part of the values is larger than a packet, or a page: 0 to 1. */
  readonly large: number;
  /** Between an answer and the next request it waits up to so long, in ms. */
  readonly pauseMs: number;
}

/** Of one write, so many attempts at most. */
const ATTEMPTS_MAX = 4;
/** A session that is refused waits so long before it asks again, in ms: nobody is helped by asking all the time. */
const REFUSED_MS = 20;
const LARGE_BYTES = 40_000;
/** A replica that is asked by name may take so long, in ms: it may be down, or behind. */
const NAMED_MS = 200;

/**
 * A client of the cluster: it asks one thing after the other, carries its token, and writes down all it asked and was
 * told. Half of the sessions send a write again whose outcome is unknown, under its session and seq.
 */
export class Session {
  readonly operations: Operation[] = [];
  readonly #options: SessionOptions;
  readonly #connection: Connection;
  readonly #retries: boolean;
  #token: Position = ORIGIN;
  #seq = 0;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#connection = new Connection(options.addr);
    this.#retries = options.draw.chance(0.5);
  }

  /** Asks, until `isOver`. */
  async run(isOver: () => boolean): Promise<void> {
    const { draw, pauseMs } = this.#options;
    while (!isOver()) {
      const operation = draw.chance(0.5) ? await this.write(this.#key()) : await this.#readAnything();
      this.operations.push(operation);
      const refused = operation.kind === 'write' ? operation.outcome === 'rejected' : operation.code !== null;
      await pass(refused ? REFUSED_MS : draw.below(pauseMs + 1));
    }
  }

  close(): void {
    this.#connection.close();
  }

  async write(key: string): Promise<Write> {
    const { name, mode } = this.#options;
    this.#seq += 1;
    const value = `${name}-${this.#seq}${this.#padding()}`;
    // With its token: else, after a loss, the position of this one would pass for what covers all that came before.
    const retry = this.#retries ? { session: name, seq: this.#seq } : {};
    const request = { op: 'write', key, value, mode, token: formatPosition(this.#token), ...retry };
    const invokedMs = performance.now();
    const attempts: Attempt[] = [];
    for (let goesOn = true; goesOn; ) {
      attempts.push(attemptOf(await this.#connection.ask(request)));
      const isOpen = attempts.at(-1)?.outcome !== 'ok' && isUnsure(attempts);
      goesOn = this.#retries && isOpen && attempts.length < ATTEMPTS_MAX;
      if (goesOn) await pass(REFUSED_MS);
    }
    const completedMs = performance.now();
    const last = attempts.at(-1);
    const position = last?.outcome === 'ok' ? last.position : null;
    if (position) this.#raise(position);
    const outcome = position ? 'ok' : isUnsure(attempts) ? 'unknown' : 'rejected';
    return { kind: 'write', client: name, key, value, mode, invokedMs, completedMs, outcome, position, attempts };
  }

  async read(key: string, level: ReadLevel, from?: ReplicaId): Promise<Read> {
    const { name } = this.#options;
    const token = level === 'any' || this.#token === ORIGIN ? null : this.#token;
    const invokedMs = performance.now();
    const answer = await this.#connection.ask({
      op: 'read',
      key,
      level,
      ...(token ? { token: formatPosition(token) } : {}),
      ...(from ? { from, timeoutMs: NAMED_MS } : {}),
    });
    const completedMs = performance.now();
    const code = answer === null ? 'disconnected' : codeOf(answer);
    const nextToken = positionOf(answer?.token);
    if (code === 'rolled-back') this.#token = nextToken ?? ORIGIN;
    else if (nextToken && code === null && level !== 'any') this.#raise(nextToken);
    const [value, position] = [answer?.value ?? null, positionOf(answer?.position)];
    const asked = { kind: 'read', client: name, key, level, token } as const;
    return { ...asked, invokedMs, completedMs, code, value, position, nextToken };
  }

  #padding(): string {
    const { draw, large } = this.#options;
    return draw.chance(large) ? `-${'x'.repeat(draw.below(LARGE_BYTES))}` : '';
  }

  #key(): string {
    return this.#options.draw.oneOf(this.#options.keys);
  }

  #level(): ReadLevel {
    return this.#options.draw.oneOf(['any', 'token', 'token', 'linearizable', 'linearizable']);
  }

  #readAnything(): Promise<Read> {
    const { draw, replicas } = this.#options;
    const level = this.#level();
    // The router would not ask anyone but the leader for these.
    const isNamed = level !== 'linearizable' && draw.chance(0.2);
    return this.read(this.#key(), level, isNamed ? draw.oneOf(replicas) : undefined);
  }

  #raise(position: Position): void {
    if (compareFreshness(position, this.#token) > 0) this.#token = position;
  }
}

/** Whether the write may have been taken in. */
const isUnsure = (attempts: readonly Attempt[]): boolean => attempts.some(({ outcome }) => outcome !== 'rejected');

function attemptOf(answer: Json | null): Attempt {
  if (answer === null) return { outcome: 'unknown', position: null, code: 'disconnected' };
  return { outcome: answer.outcome as Outcome, position: positionOf(answer.position), code: codeOf(answer) };
}

const codeOf = (answer: Json): ErrorCode | null => (answer.error?.code ?? null) as ErrorCode | null;

const positionOf = (text: unknown): Position | null => (typeof text === 'string' ? parsePosition(text) : null);
