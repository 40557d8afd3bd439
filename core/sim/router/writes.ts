import type { Ledger, LedgerChange, Outcome } from '../../observe/ledger.ts';
import type { Command, SessionSeq, WriteMode } from '../../protocol/entry.ts';
import { type Position, type ReplicaId, type Term, term, type WriteId, writeId } from '../../protocol/position.ts';
import type { WriteReply } from '../../protocol/requests.ts';
import type { Schedule } from '../schedule.ts';
import type { Fleet } from './fleet.ts';

/** A write as a client asks for it. */
export interface WriteAsk {
  readonly command: Exclude<Command, { op: 'noop' }>;
  readonly mode: WriteMode;
  readonly session: SessionSeq | null;
  /** What the client has seen; null: it does not say. */
  readonly token: Position | null;
}

export interface WriteAnswer {
  readonly outcome: Outcome;
  /** Why it was not acknowledged; null if it was. */
  readonly code: string | null;
  readonly position: Position | null;
  /** Where the write stood that this one replaces, because it was lost; null: nowhere. */
  readonly replaces: Position | null;
}

interface InFlight extends WriteAsk {
  readonly id: WriteId;
  readonly leader: ReplicaId | null;
  readonly startedMs: number;
  readonly reply: (answer: WriteAnswer) => void;
}

export interface WritesParts {
  readonly schedule: Schedule;
  readonly fleet: Fleet;
  readonly ledger: Ledger;
  /** Leaders answer within this; the router waits for `graceMs` longer. */
  readonly acknowledgeMs: number;
  readonly graceMs: number;
  readonly prefix: string;
  readonly onAcknowledged: (position: Position) => void;
  readonly onChanges: (changes: readonly LedgerChange[]) => void;
}

const NO_TERM = term(0);

/** Writes on their way to a leader, each sent once: a model of core/router/writes.ts. */
export class Writes {
  readonly #parts: WritesParts;
  readonly #inFlight = new Map<WriteId, InFlight>();
  #count = 0;

  constructor(parts: WritesParts) {
    this.#parts = parts;
  }

  submit(ask: WriteAsk, reply: (answer: WriteAnswer) => void): WriteId {
    const { fleet, ledger, prefix, schedule } = this.#parts;
    this.#count += 1;
    const id = writeId(`${prefix}${this.#count}`);
    const { command, mode, session, token } = ask;
    const leader = fleet.leader();
    const ofTerm: Term = leader?.term ?? NO_TERM;
    const overloaded = ledger.full;
    ledger.submitted(id, { key: command.key, mode, session, term: ofTerm, leader: leader?.id ?? null });
    const write = { ...ask, id, leader: leader?.id ?? null, startedMs: schedule.nowMs, reply };
    this.#inFlight.set(id, write);
    if (overloaded) this.#settle(write, 'rejected', null, [], 'overloaded');
    else if (!leader) this.#settle(write, 'rejected', null, [], 'no-leader');
    else {
      const request = { id, term: ofTerm, command, mode, session, ...(token ? { token } : {}) };
      const sent = fleet.send(leader.id, { type: 'write', write: request });
      if (!sent) this.#settle(write, 'rejected', null, [], 'no-leader');
    }
    return id;
  }

  onReply(reply: WriteReply): void {
    const write = this.#inFlight.get(reply.id);
    if (write === undefined) {
      const { ledger, onChanges } = this.#parts;
      if (reply.outcome === 'rejected') onChanges(ledger.neverWritten(reply.id));
      else onChanges(ledger.located(reply.id, reply.position));
    } else if (reply.outcome === 'rejected') this.#settle(write, 'rejected', null, [], reply.code);
    else {
      const code = reply.outcome === 'ok' ? null : reply.code;
      this.#settle(write, reply.outcome, reply.position, reply.durableOn, code);
    }
  }

  /** The connection to a leader broke: nobody can tell whether it appended what it was sent. */
  onLost(leader: ReplicaId): void {
    for (const write of [...this.#inFlight.values()]) {
      if (write.leader === leader) this.#settle(write, 'unknown', null, [], 'leader-lost');
    }
  }

  /** Answers writes whose leader says nothing at all. */
  expire(): void {
    const { schedule, acknowledgeMs, graceMs } = this.#parts;
    const startedBefore = schedule.nowMs - acknowledgeMs - graceMs;
    for (const write of [...this.#inFlight.values()]) {
      if (write.startedMs > startedBefore) return;
      this.#settle(write, 'unknown', null, [], 'acknowledge-timeout');
    }
  }

  #settle(
    write: InFlight,
    outcome: Outcome,
    position: Position | null,
    durableOn: readonly ReplicaId[],
    code: string | null,
  ): void {
    const { ledger, schedule, onAcknowledged, onChanges } = this.#parts;
    const { id, session } = write;
    this.#inFlight.delete(id);
    const replaces = session && outcome === 'ok' ? ledger.lostBySession(session.session, session.seq) : null;
    const changes = ledger.answered(id, outcome, position, durableOn, schedule.nowMs - write.startedMs);
    if (outcome === 'ok' && position) onAcknowledged(position);
    write.reply({ outcome, code, position, replaces });
    onChanges(changes);
  }
}
