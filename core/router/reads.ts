import type { ErrorCode, ReadOp, ReadResult } from '../observe/api.ts';
import type { GuaranteeWatch } from '../observe/guarantees.ts';
import type { ReplicaFacts } from '../observe/snapshot.ts';
import { formatPosition, ORIGIN, type Position, parsePosition, type ReplicaId } from '../protocol/position.ts';
import type { ReadReply, ReadServed } from '../protocol/requests.ts';
import { type Decision, type Question, route } from '../routing/route.ts';
import type { Fleet } from './fleet.ts';

/** How long a read may wait if it does not say, in ms. */
const TIMEOUT_MS = 1000;
/** So many reads may be under way at once; more fail as overloaded. */
const READS_MAX = 10_000;

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
  readonly reply: (result: ReadResult) => void;
  /** The last decision, and who was asked by it; null while it waits. */
  decision: Decision | null;
  asked: ReplicaId | null;
  /** Those that could not serve it after all, until their next status. */
  readonly refusedBy: Set<ReplicaId>;
}

/** Reads under way: routed by the statuses alone, and routed anew when those change, until their time is up. */
export class Reads {
  readonly #fleet: Fleet;
  readonly #guarantees: GuaranteeWatch;
  readonly #open = new Map<string, OpenRead>();
  readonly #waiting = new Set<OpenRead>();
  readonly #prefix: string;
  #count = 0;

  /** `prefix` makes the ids of this router's reads unlike those of any before it, whose answers may still come. */
  constructor(fleet: Fleet, guarantees: GuaranteeWatch, prefix: string) {
    this.#fleet = fleet;
    this.#guarantees = guarantees;
    this.#prefix = prefix;
  }

  submit(request: ReadOp, reply: (result: ReadResult) => void): void {
    this.#count += 1;
    const token = request.token === undefined ? null : parsePosition(request.token);
    const level = request.level ?? (token ? 'token' : 'any');
    const startedMs = performance.now();
    const read: OpenRead = {
      id: `${this.#prefix}r${this.#count}`,
      key: request.key,
      question: { level, token: token ?? ORIGIN, from: request.from ?? 'anyone' },
      token,
      startedMs,
      dueMs: startedMs + (request.timeoutMs ?? TIMEOUT_MS),
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
    const facts = this.#fleet.facts();
    for (const read of this.#waiting) {
      read.refusedBy.delete(id);
      this.#route(read, facts);
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
    const nowMs = performance.now();
    for (const read of this.#open.values()) {
      if (read.asked && !this.#fleet.isReachable(read.asked)) {
        this.#wait(read);
        this.#route(read);
      }
      if (nowMs < read.dueMs || !this.#open.has(read.id)) continue;
      const { decision } = read;
      if (decision?.kind === 'wait') this.#fail(read, decision.code, `${decision.why}, after ${waited(read)} ms`);
      else this.#fail(read, 'not-caught-up', `${read.asked} did not answer within ${waited(read)} ms`);
    }
  }

  #route(read: OpenRead, facts: readonly ReplicaFacts[] = this.#fleet.facts()): void {
    const { refusedBy } = read;
    const able =
      refusedBy.size === 0
        ? facts
        : facts.map((fact) => ({ ...fact, reachable: fact.reachable && !refusedBy.has(fact.id) }));
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
    this.#finish(read, {
      found: value !== null,
      value,
      servedBy,
      position: formatPosition(position),
      committed,
      token: raised && formatPosition(raised),
      why: read.decision?.why ?? '',
    });
  }

  #rolledBack(read: OpenRead, why: string, goOnFrom: Position): void {
    const token = formatPosition(goOnFrom);
    this.#finish(read, { ...NOTHING_READ, token, why, error: { code: 'rolled-back', message: why } });
  }

  #fail(read: OpenRead, code: ErrorCode, message: string): void {
    const token = read.token && formatPosition(read.token);
    this.#finish(read, { ...NOTHING_READ, token, why: message, error: { code, message } });
  }

  #finish(read: OpenRead, result: Omit<ReadResult, 'v' | 'waitedMs' | 'candidates'>): void {
    this.#open.delete(read.id);
    this.#waiting.delete(read);
    read.reply({ v: 1, ...result, waitedMs: waited(read), candidates: read.decision?.candidates ?? [] });
  }
}

const NOTHING_READ = { found: false, value: null, servedBy: null, position: null, committed: false };

const waited = (read: OpenRead): number => Math.round((performance.now() - read.startedMs) * 1000) / 1000;
