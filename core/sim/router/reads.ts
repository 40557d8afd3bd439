import type { GuaranteeWatch } from '../../observe/guarantees.ts';
import type { ReplicaView } from '../../protocol/leader-of.ts';
import type { Position, ReplicaId } from '../../protocol/position.ts';
import type { ReadReply, ReadServed } from '../../protocol/requests.ts';
import { type Decision, type Question, route } from '../../routing/route.ts';
import type { Schedule } from '../schedule.ts';
import type { Fleet } from './fleet.ts';

/** A read as a client asks for it. */
export interface ReadAsk {
  readonly key: string;
  readonly question: Question;
  readonly timeoutMs: number;
}

export interface ReadAnswer {
  /** null: it was served. */
  readonly code: string | null;
  readonly value: string | null;
  readonly servedBy: ReplicaId | null;
  /** The end of the prefix that was read; null if nothing was. */
  readonly position: Position | null;
  /** Where the client's token stands now; of a read that was rolled back, where it goes on from. */
  readonly token: Position;
}

interface OpenRead extends ReadAsk {
  readonly id: string;
  readonly dueMs: number;
  /** What had been acknowledged when it came. */
  readonly acknowledged: Position;
  readonly reply: (answer: ReadAnswer) => void;
  decision: Decision | null;
  asked: ReplicaId | null;
  /** Those that could not serve it after all, until their next status. */
  readonly refusedBy: Set<ReplicaId>;
}

/** Reads under way, routed by the statuses alone, and anew when those change: a model of core/router/reads.ts. */
export class Reads {
  readonly #schedule: Schedule;
  readonly #fleet: Fleet;
  readonly #guarantees: GuaranteeWatch;
  readonly #prefix: string;
  readonly #open = new Map<string, OpenRead>();
  readonly #waiting = new Set<OpenRead>();
  #count = 0;

  constructor(schedule: Schedule, fleet: Fleet, guarantees: GuaranteeWatch, prefix: string) {
    this.#schedule = schedule;
    this.#fleet = fleet;
    this.#guarantees = guarantees;
    this.#prefix = prefix;
  }

  submit(ask: ReadAsk, reply: (answer: ReadAnswer) => void): void {
    this.#count += 1;
    const read: OpenRead = {
      ...ask,
      id: `${this.#prefix}r${this.#count}`,
      dueMs: this.#schedule.nowMs + ask.timeoutMs,
      acknowledged: this.#guarantees.newestAcknowledged,
      reply,
      decision: null,
      asked: null,
      refusedBy: new Set(),
    };
    this.#open.set(read.id, read);
    this.#route(read);
  }

  /** A replica told its status, or was lost. */
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
    if (reply.code === 'rolled-back') return this.#fail(read, 'rolled-back', reply.committed);
    read.refusedBy.add(from);
    this.#wait(read);
    this.#route(read);
  }

  onLost(id: ReplicaId): void {
    for (const read of [...this.#open.values()]) {
      if (read.asked !== id) continue;
      this.#wait(read);
      this.#route(read);
    }
    this.onChange(id);
  }

  /** Fails what has waited long enough, and asks others for what nobody answers. */
  expire(): void {
    for (const read of [...this.#open.values()]) {
      if (read.asked && !this.#fleet.isReachable(read.asked)) {
        this.#wait(read);
        this.#route(read);
      }
      if (this.#schedule.nowMs < read.dueMs || !this.#open.has(read.id)) continue;
      const code = read.decision?.kind === 'wait' ? read.decision.code : 'not-caught-up';
      this.#fail(read, code, read.question.token);
    }
  }

  #route(read: OpenRead, facts: readonly ReplicaView[] = this.#fleet.facts()): void {
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
        const request = { id: read.id, key: read.key, level, token };
        if (!this.#fleet.send(decision.replica, { type: 'read', read: request })) return this.#wait(read);
        read.asked = decision.replica;
        this.#waiting.delete(read);
        return;
      }
      case 'wait':
        return this.#wait(read);
      case 'fail':
        if (decision.code === 'rolled-back') return this.#fail(read, decision.code, decision.goOnFrom);
        return this.#fail(read, decision.code, read.question.token);
      default:
        decision satisfies never;
    }
  }

  #wait(read: OpenRead): void {
    read.asked = null;
    this.#waiting.add(read);
  }

  #serve(read: OpenRead, servedBy: ReplicaId, { value, position }: ReadServed): void {
    const { level, token } = read.question;
    const replied = level === 'any' ? token : position;
    this.#guarantees.read({
      level,
      servedBy,
      token,
      position,
      replied,
      acknowledged: read.acknowledged,
      lineage: this.#fleet.status(servedBy)?.lineage ?? null,
    });
    this.#finish(read, { code: null, value, servedBy, position, token: replied });
  }

  #fail(read: OpenRead, code: string, token: Position): void {
    this.#finish(read, { code, value: null, servedBy: null, position: null, token });
  }

  #finish(read: OpenRead, answer: ReadAnswer): void {
    this.#open.delete(read.id);
    this.#waiting.delete(read);
    read.reply(answer);
  }
}
