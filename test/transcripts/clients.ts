import { describe } from '../../core/observe/describe.ts';
import type { Happening } from '../../core/observe/events.ts';
import { Ledger, type LedgerChange, type OpenWrite } from '../../core/observe/ledger.ts';
import { formatPosition, lsn, type ReplicaId, type WriteId } from '../../core/protocol/position.ts';
import type { ReadRequest, Reply, WriteReply, WriteRequest } from '../../core/protocol/requests.ts';
import type { ReplicaStatus } from '../../core/protocol/status.ts';
import { readText, writeText } from './words.ts';

/** Those who write and read, with the router's ledger: it says what became of each write. */
export class Clients {
  readonly #ledger = new Ledger();
  readonly #open = new Map<WriteId, OpenWrite>();
  readonly #keys = new Map<string, string>();
  readonly #writes = new Set<WriteId>();

  wrote(leader: ReplicaId, { id, command, mode, session, term }: WriteRequest): void {
    if (this.#writes.has(id)) throw new Error(`there is a write ${id} already`);
    this.#writes.add(id);
    const submitted = { key: command.key, mode, session, term, leader, after: lsn(0) };
    this.#open.set(id, this.#ledger.submitted(id, submitted));
  }

  asked({ id, key }: ReadRequest): void {
    this.#keys.set(id, key);
  }

  isWaiting(id: WriteId): boolean {
    return this.#open.has(id);
  }

  replied(reply: Reply): readonly string[] {
    if (reply.type === 'read') return [readText(reply, this.#keys.get(reply.id) ?? '')];
    return reply.type === 'write' ? this.#written(reply) : [];
  }

  observed({ lineage, committedLsn }: ReplicaStatus): readonly string[] {
    return this.#ledger.observe(lineage, committedLsn).map(changeText);
  }

  /** Nobody will answer what this replica was sent and had not answered. */
  gone(leader: string): readonly string[] {
    const orphans = [...this.#open].filter(([, open]) => open.submitted.leader === leader);
    return orphans.flatMap(([id, open]) => {
      this.#open.delete(id);
      const changes = this.#ledger.answered(open, 'unknown', null, [], 0).map(changeText);
      return [`${id}: unknown: ${leader} is gone; it may still commit`, ...changes];
    });
  }

  #written(reply: WriteReply): readonly string[] {
    const { id, outcome } = reply;
    const open = this.#open.get(id);
    if (!open) throw new Error(`write ${id} was answered, but is not open`);
    this.#open.delete(id);
    const { session } = open.submitted;
    // Asked before the ledger hears of the answer, as the router does.
    const lost = session && outcome === 'ok' ? this.#ledger.lostBySession(session.session, session.seq) : null;
    const position = outcome === 'rejected' ? null : reply.position;
    const durableOn = outcome === 'rejected' ? [] : reply.durableOn;
    const changes = this.#ledger.answered(open, outcome, position, durableOn, 0).map(changeText);
    return [writeText(reply, lost && formatPosition(lost)), ...changes];
  }
}

function changeText(change: LedgerChange): string {
  const { id, key, mode, position } = change.write;
  const at = position && formatPosition(position);
  const what: Happening =
    change.type === 'settled'
      ? { type: 'settled', id, key, position: at, fate: change.fate }
      : { type: 'lost', id, key, mode, position: at ?? '0:0' };
  return describe({ n: 0, at: 0, what });
}
