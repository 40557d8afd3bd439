import type { ApiError, ErrorCode, WriteOrDelete, WriteResult } from '../observe/api.ts';
import type { Ledger, LedgerChange } from '../observe/ledger.ts';
import type { SessionSeq, WriteMode } from '../protocol/entry.ts';
import {
  formatPosition,
  type Position,
  parsePosition,
  type ReplicaId,
  term,
  type WriteId,
  writeId,
} from '../protocol/position.ts';
import { quorumSize } from '../protocol/quorum.ts';
import type { WriteReply } from '../protocol/requests.ts';
import type { Fleet } from './fleet.ts';

/**
 * The leader answers within its own acknowledgement timeout, and says where the entry stands; only if it does not
 * answer at all, for this much longer, the router does it without. In ms.
 */
const GRACE_MS = 200;

interface InFlight {
  readonly id: WriteId;
  readonly mode: WriteMode;
  readonly session: SessionSeq | null;
  readonly leader: ReplicaId | null;
  readonly startedMs: number;
  readonly reply: (result: WriteResult) => void;
}

export interface WritesParts {
  readonly fleet: Fleet;
  readonly ledger: Ledger;
  readonly acknowledgeMs: number;
  /** Makes the ids of this router's writes unlike those of any before it. */
  readonly prefix: string;
  /** `ms`: from its receipt to now. */
  readonly onAcknowledged: (position: Position, ms: number) => void;
  readonly onChanges: (changes: readonly LedgerChange[]) => void;
}

/** Writes on their way to a leader. Each is sent once: whether an unanswered one may be sent again is for its client. */
export class Writes {
  readonly #parts: WritesParts;
  readonly #inFlight = new Map<WriteId, InFlight>();
  #count = 0;

  constructor(parts: WritesParts) {
    this.#parts = parts;
  }

  submit(request: WriteOrDelete, mode: WriteMode, reply: (result: WriteResult) => void): void {
    this.#count += 1;
    const id = writeId(`${this.#parts.prefix}${this.#count}`);
    const { key } = request;
    const session =
      request.session === undefined || request.seq === undefined
        ? null
        : { session: request.session, seq: request.seq };
    const token = request.token === undefined ? null : parsePosition(request.token);
    const leader = this.#parts.fleet.leader();
    const overloaded = this.#parts.ledger.full;
    const ofTerm = leader?.term ?? NO_TERM;
    this.#parts.ledger.submitted(id, { key, mode, session, term: ofTerm, leader: leader?.id ?? null });
    const write: InFlight = { id, mode, session, leader: leader?.id ?? null, startedMs: performance.now(), reply };
    this.#inFlight.set(id, write);
    if (overloaded) return this.#reject(write, 'overloaded', 'too many writes wait to be settled: slow down');
    const command =
      request.op === 'delete' ? ({ op: 'delete', key } as const) : ({ op: 'put', key, value: request.value } as const);
    if (!leader) return this.#reject(write, 'no-leader', this.#whyNoLeader());
    const sent = this.#parts.fleet.send(leader.id, {
      type: 'write',
      write: { id, term: ofTerm, command, mode, session, ...(token ? { token } : {}) },
    });
    if (!sent) this.#reject(write, 'no-leader', `${leader.id} leads, but cannot be reached: try again in a moment`);
  }

  onReply(reply: WriteReply): void {
    const write = this.#inFlight.get(reply.id);
    if (!write) return this.#onLateReply(reply);
    switch (reply.outcome) {
      case 'ok':
        return this.#settle(write, 'ok', reply.position, reply.durableOn);
      case 'rejected':
        return this.#reject(write, reply.code === 'not-leader' ? 'no-leader' : reply.code, reply.message);
      case 'unknown': {
        const code = reply.code === 'stepped-down' ? 'leader-lost' : reply.code;
        return this.#settle(write, 'unknown', reply.position, reply.durableOn, { code, message: reply.message });
      }
      default:
        reply satisfies never;
    }
  }

  /** The connection to a leader broke: nobody can tell whether it appended what it was sent. */
  onLost(leader: ReplicaId): void {
    const message = `the connection to ${leader} broke before it answered; the write may still commit`;
    for (const write of [...this.#inFlight.values()]) {
      if (write.leader === leader) this.#settle(write, 'unknown', null, [], { code: 'leader-lost', message });
    }
  }

  /** Answers writes whose leader says nothing at all. */
  expire(): void {
    const startedBefore = performance.now() - this.#parts.acknowledgeMs - GRACE_MS;
    const message = `not acknowledged within ${this.#parts.acknowledgeMs} ms; it may still commit`;
    for (const write of this.#inFlight.values()) {
      if (write.startedMs > startedBefore) return;
      this.#settle(write, 'unknown', null, [], { code: 'acknowledge-timeout', message });
    }
  }

  #whyNoLeader(): string {
    const { fleet } = this.#parts;
    const answering = fleet.members.filter((id) => fleet.isReachable(id)).length;
    const needed = quorumSize(fleet.members.length);
    if (answering >= needed) return 'nobody leads now: try again in a moment';
    return `nobody leads: ${answering} of ${fleet.members.length} replicas answer, and it takes ${needed} to elect a leader`;
  }

  #onLateReply(reply: WriteReply): void {
    if (reply.outcome === 'rejected') this.#parts.onChanges(this.#parts.ledger.neverWritten(reply.id));
    else this.#parts.onChanges(this.#parts.ledger.located(reply.id, reply.position));
  }

  #reject(write: InFlight, code: ErrorCode, message: string): void {
    this.#settle(write, 'rejected', null, [], { code, message });
  }

  #settle(
    write: InFlight,
    outcome: WriteResult['outcome'],
    position: Position | null,
    durableOn: readonly ReplicaId[],
    error?: ApiError,
  ): void {
    this.#inFlight.delete(write.id);
    const ms = Math.round((performance.now() - write.startedMs) * 1000) / 1000;
    const { mode, session } = write;
    const replaces =
      session && outcome === 'ok' ? this.#parts.ledger.lostBySession(session.session, session.seq) : null;
    const changes = this.#parts.ledger.answered(write.id, outcome, position, durableOn, ms);
    if (outcome === 'ok' && position) this.#parts.onAcknowledged(position, ms);
    const text = position && formatPosition(position);
    write.reply({
      v: 1,
      outcome,
      position: text,
      ...(outcome === 'ok' && text ? { token: text } : {}),
      mode,
      durableOn,
      ms,
      ...(replaces ? { replaces: formatPosition(replaces) } : {}),
      ...(error ? { error } : {}),
    });
    this.#parts.onChanges(changes);
  }
}

/** For writes that nobody is there to take. */
const NO_TERM = term(0);
