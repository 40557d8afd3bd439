import type { ApiError } from '../observe/api.ts';
import type { ErrorCode } from '../observe/error-code.ts';
import type { GuaranteeWatch } from '../observe/guarantees.ts';
import { formatMs } from '../observe/words.ts';
import type { Clock } from '../protocol/clock.ts';
import type { ReplicaView } from '../protocol/leader-of.ts';
import { formatPosition, ORIGIN, type Position, type ReplicaId } from '../protocol/position.ts';
import type { ReadLevel, ReadReply, ReadServed } from '../protocol/requests.ts';
import type { Fleet } from './fleet.ts';
import { type Decision, type Question, route, type ServeFrom } from './route.ts';

/** A read as a client asks for it. */
export interface ReadAsk {
  readonly key: string;
  readonly level: ReadLevel;
  /** null: the client carries none. */
  readonly token: Position | null;
  readonly from: ServeFrom;
  /** How long it may wait, in ms. */
  readonly timeoutMs: number;
}

export interface ReadAnswer {
  /** Why it was not served; null if it was. */
  readonly error: ApiError | null;
  /** null: the key is not there, or nothing was read. */
  readonly value: string | null;
  readonly servedBy: ReplicaId | null;
  /** The end of the prefix that was read; null if nothing was. */
  readonly position: Position | null;
  /** Whether all of that prefix is known to be committed. */
  readonly committed: boolean;
  /** The token to carry on with; of a read that was rolled back, where it goes on from. null: none, as it came. */
  readonly token: Position | null;
  readonly waitedMs: number;
  /** Why that replica, or why none, in a sentence. */
  readonly why: string;
  /** The last decision about it; null if there was none. */
  readonly decision: Decision | null;
}

/** So many reads may be under way at once; more fail as overloaded. */
export const READS_MAX = 10_000;

interface OpenRead {
  readonly id: string;
  readonly key: string;
  readonly question: Question;
  /** As the client sent it; null if it sent none. */
  readonly token: Position | null;
  readonly startedMs: number;
  readonly dueMs: number;
  /** What had been acknowledged when it came. */
  readonly acknowledged: Position;
  readonly reply: (answer: ReadAnswer) => void;
  /** The last decision, and who was asked by it; null while it waits. */
  decision: Decision | null;
  asked: ReplicaId | null;
  /** Those that could not serve it after all, until their next status. */
  readonly refusedBy: Set<ReplicaId>;
}

/**
 * Reads under way: routed by the statuses alone, and routed anew when those change, until their time is up.
 *
 * 1. Each is with one replica at most (`asked`), or it waits; only that replica's reply counts.
 * 2. Each is answered once, and by its due time as often as `expire` is called.
 */
export class Reads {
  readonly #clock: Clock;
  readonly #fleet: Fleet;
  readonly #guarantees: GuaranteeWatch;
  readonly #open = new Map<string, OpenRead>();
  readonly #waiting = new Set<OpenRead>();
  readonly #prefix: string;
  #count = 0;

  /** `prefix` makes the ids of this router's reads unlike those of any before it, whose answers may still come. */
  constructor(clock: Clock, fleet: Fleet, guarantees: GuaranteeWatch, prefix: string) {
    this.#clock = clock;
    this.#fleet = fleet;
    this.#guarantees = guarantees;
    this.#prefix = prefix;
  }

  submit({ key, level, token, from, timeoutMs }: ReadAsk, reply: (answer: ReadAnswer) => void): void {
    this.#count += 1;
    const startedMs = this.#clock.nowMs();
    const read: OpenRead = {
      id: `${this.#prefix}r${this.#count}`,
      key,
      question: { level, token: token ?? ORIGIN, from },
      token,
      startedMs,
      dueMs: startedMs + timeoutMs,
      acknowledged: this.#guarantees.newestAcknowledged,
      reply,
      decision: null,
      asked: null,
      refusedBy: new Set(),
    };
    if (this.#open.size >= READS_MAX) return this.#fail(read, 'overloaded', 'too many reads are under way: slow down');
    this.#open.set(read.id, read);
    this.#route(read);
  }

  /** A replica told its status, or was lost: what waits may be served now, what it was asked may have to be elsewhere. */
  onChange(id: ReplicaId): void {
    if (this.#waiting.size === 0) return;
    const views = this.#fleet.views();
    for (const read of this.#waiting) {
      read.refusedBy.delete(id);
      this.#route(read, views);
    }
  }

  onReply(from: ReplicaId, reply: ReadReply): void {
    const read = this.#open.get(reply.id);
    if (!read || read.asked !== from) return;
    if (reply.outcome === 'ok') return this.#serve(read, from, reply);
    if (reply.code === 'rolled-back') {
      const why = `${reply.message}; go on from ${formatPosition(reply.committed)}`;
      return this.#rolledBack(read, why, reply.committed);
    }
    // The router's picture was out of date. It waits for a newer one.
    read.refusedBy.add(from);
    this.#wait(read);
    this.#route(read);
  }

  onLost(id: ReplicaId): void {
    for (const read of this.#open.values()) {
      if (read.asked !== id) continue;
      this.#wait(read);
      this.#route(read);
    }
    this.onChange(id);
  }

  /** Fails what has waited long enough, and asks others for what nobody answers. */
  expire(): void {
    const nowMs = this.#clock.nowMs();
    for (const read of this.#open.values()) {
      if (read.asked && !this.#fleet.isReachable(read.asked)) {
        this.#wait(read);
        this.#route(read);
      }
      if (nowMs < read.dueMs || !this.#open.has(read.id)) continue;
      const { decision } = read;
      if (decision?.kind === 'wait')
        this.#fail(read, decision.code, `${decision.why}, after ${formatMs(this.#waitedMs(read))}`);
      else this.#fail(read, 'not-caught-up', `${read.asked} did not answer within ${formatMs(this.#waitedMs(read))}`);
    }
  }

  #route(read: OpenRead, views: readonly ReplicaView[] = this.#fleet.views()): void {
    const { refusedBy } = read;
    const able =
      refusedBy.size === 0
        ? views
        : views.map((view) => ({ ...view, reachable: view.reachable && !refusedBy.has(view.id) }));
    const decision = route(read.question, able, this.#count);
    read.decision = decision;
    switch (decision.kind) {
      case 'serve': {
        const { level, token } = read.question;
        const sent = this.#fleet.send(decision.replica, {
          type: 'read',
          read: { id: read.id, key: read.key, level, token },
        });
        if (!sent) return this.#wait(read);
        read.asked = decision.replica;
        this.#waiting.delete(read);
        return;
      }
      case 'wait':
        return this.#wait(read);
      case 'fail':
        if (decision.code === 'rolled-back') return this.#rolledBack(read, decision.why, decision.goOnFrom);
        return this.#fail(read, decision.code, decision.why);
      default:
        decision satisfies never;
    }
  }

  #wait(read: OpenRead): void {
    read.asked = null;
    this.#waiting.add(read);
  }

  #serve(read: OpenRead, servedBy: ReplicaId, reply: ReadServed): void {
    const { level, token } = read.question;
    const raised = level === 'any' ? read.token : reply.position;
    this.#guarantees.read({
      level,
      servedBy,
      token,
      position: reply.position,
      replied: raised ?? ORIGIN,
      acknowledged: read.acknowledged,
      lineage: this.#fleet.status(servedBy)?.lineage ?? null,
    });
    const { value, position, committed } = reply;
    const why = read.decision?.why ?? '';
    this.#finish(read, { error: null, value, servedBy, position, committed, token: raised, why });
  }

  #rolledBack(read: OpenRead, why: string, goOnFrom: Position): void {
    this.#finish(read, { ...NOTHING_READ, token: goOnFrom, why, error: { code: 'rolled-back', message: why } });
  }

  #fail(read: OpenRead, code: ErrorCode, message: string): void {
    this.#finish(read, { ...NOTHING_READ, token: read.token, why: message, error: { code, message } });
  }

  #finish(read: OpenRead, answer: Omit<ReadAnswer, 'waitedMs' | 'decision'>): void {
    this.#open.delete(read.id);
    this.#waiting.delete(read);
    read.reply({ ...answer, waitedMs: this.#waitedMs(read), decision: read.decision });
  }

  #waitedMs({ startedMs }: OpenRead): number {
    return Math.round((this.#clock.nowMs() - startedMs) * 1000) / 1000;
  }
}

const NOTHING_READ = { value: null, servedBy: null, position: null, committed: false };
