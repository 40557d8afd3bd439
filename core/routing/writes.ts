import type { ApiError } from '../observe/api.ts';
import type { ErrorCode } from '../observe/error-code.ts';
import type { Ledger, LedgerChange, OpenWrite, Outcome } from '../observe/ledger.ts';
import type { Clock } from '../protocol/clock.ts';
import type { SessionSeq, WriteMode } from '../protocol/entry.ts';
import { lsn, type Position, type ReplicaId, term, type WriteId, writeId } from '../protocol/position.ts';
import type { WriteReply, WriteRequest } from '../protocol/requests.ts';
import type { Fleet } from './fleet.ts';
import { whyNoLeader } from './no-leader.ts';

/** A write as a client asks for it. */
export interface WriteAsk {
  readonly command: WriteRequest['command'];
  readonly mode: WriteMode;
  readonly session: SessionSeq | null;
  /** What the client has seen: it is written only to a history that has that. null: whatever the history. */
  readonly token: Position | null;
}

export interface WriteAnswer {
  readonly id: WriteId;
  readonly outcome: Outcome;
  /** Why it was not acknowledged; null if it was. */
  readonly error: ApiError | null;
  /** Where it stands; null if it was rejected, or if that did not come back. */
  readonly position: Position | null;
  /** Who had it durable when it was answered, as far as the leader knew. */
  readonly durableOn: readonly ReplicaId[];
  /** From its receipt to its answer. */
  readonly ms: number;
  /** Where the write stood that this one replaces, because it was lost; null: nowhere. */
  readonly replaces: Position | null;
}

/**
 * The leader answers within its own acknowledgement timeout, and says where the entry stands; only if it does not
 * answer at all, for so many of these timeouts longer, the router does it without.
 */
const GRACE = 0.1;

interface InFlight {
  /** Of this router's writes it is the so manieth. */
  readonly count: number;
  readonly open: OpenWrite;
  readonly session: SessionSeq | null;
  readonly leader: ReplicaId | null;
  readonly startedMs: number;
  readonly reply: (answer: WriteAnswer) => void;
}

export interface WritesParts {
  readonly clock: Clock;
  readonly fleet: Fleet;
  readonly ledger: Ledger;
  readonly acknowledgeMs: number;
  /** Makes the ids of this router's writes unlike those of any before it. */
  readonly prefix: string;
  /** `ms`: from its receipt to now. */
  readonly onAcknowledged: (position: Position, ms: number) => void;
  readonly onChanges: (changes: readonly LedgerChange[]) => void;
}

/**
 * Writes on their way to a leader.
 *
 * 1. Each is sent once: whether an unanswered one may be sent again is for its client.
 * 2. Each is answered once, and the ledger knows of it before anyone else does, of its answer too.
 * 3. What is in flight stands in the order in which it came.
 */
export class Writes {
  readonly #parts: WritesParts;
  /** By their count: a map by text would look up each id in a table of all texts there are. */
  readonly #inFlight = new Map<number, InFlight>();
  readonly #idBegins: string;
  #count = 0;

  constructor(parts: WritesParts) {
    this.#parts = parts;
    this.#idBegins = `${parts.prefix}w`;
  }

  submit({ command, mode, session, token }: WriteAsk, reply: (answer: WriteAnswer) => void): void {
    const { clock, fleet, ledger } = this.#parts;
    this.#count += 1;
    const count = this.#count;
    const id = writeId(`${this.#idBegins}${count}`);
    const leader = fleet.leader();
    const overloaded = ledger.full;
    const ofTerm = leader?.term ?? NO_TERM;
    const after = leader?.position.lsn ?? NO_LSN;
    const to = leader?.id ?? null;
    const open = ledger.submitted(id, { key: command.key, mode, session, term: ofTerm, leader: to, after });
    const write: InFlight = { count, open, session, leader: to, startedMs: clock.nowMs(), reply };
    this.#inFlight.set(count, write);
    if (overloaded) return this.#reject(write, 'overloaded', 'too many writes wait to be settled: slow down');
    if (!leader) return this.#reject(write, 'no-leader', whyNoLeader(fleet.views()));
    const sent = fleet.send(leader.id, {
      type: 'write',
      write: { id, term: ofTerm, command, mode, session, ...(token ? { token } : {}) },
    });
    if (!sent) this.#reject(write, 'no-leader', `${leader.id} leads, but cannot be reached: try again in a moment`);
  }

  onReply(reply: WriteReply): void {
    const write = this.#inFlight.get(Number(reply.id.slice(this.#idBegins.length)));
    if (write?.open.id !== reply.id) return this.#onLateReply(reply);
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
    const { clock, acknowledgeMs } = this.#parts;
    const startedBefore = clock.nowMs() - acknowledgeMs * (1 + GRACE);
    const message = `not acknowledged within ${acknowledgeMs} ms; it may still commit`;
    for (const write of this.#inFlight.values()) {
      if (write.startedMs > startedBefore) return;
      this.#settle(write, 'unknown', null, [], { code: 'acknowledge-timeout', message });
    }
  }

  #onLateReply(reply: WriteReply): void {
    if (reply.outcome === 'rejected') this.#parts.onChanges(this.#parts.ledger.neverWritten(reply.id));
    else this.#parts.onChanges(this.#parts.ledger.located(reply.id, reply.position));
  }

  #reject(write: InFlight, code: ErrorCode, message: string): void {
    this.#settle(write, 'rejected', null, [], { code, message });
  }

  #settle(
    { count, open, session, startedMs, reply }: InFlight,
    outcome: Outcome,
    position: Position | null,
    durableOn: readonly ReplicaId[],
    error: ApiError | null = null,
  ): void {
    const { clock, ledger, onAcknowledged, onChanges } = this.#parts;
    this.#inFlight.delete(count);
    const ms = Math.round((clock.nowMs() - startedMs) * 1000) / 1000;
    const replaces = session && outcome === 'ok' ? ledger.lostBySession(session.session, session.seq) : null;
    const changes = ledger.answered(open, outcome, position, durableOn, ms, error?.code ?? null);
    if (outcome === 'ok' && position) onAcknowledged(position, ms);
    reply({ id: open.id, outcome, error, position, durableOn, ms, replaces });
    onChanges(changes);
  }
}

/** For writes that nobody is there to take. */
const NO_TERM = term(0);
const NO_LSN = lsn(0);
