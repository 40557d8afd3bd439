import type { WriteMode } from '../../protocol/entry.ts';
import { formatPosition, type Position } from '../../protocol/position.ts';
import type { ReadRequest, ReadServed } from '../../protocol/requests.ts';
import type { Contact } from './contact.ts';
import type { Ghost } from './ghost.ts';
import type { History } from './history.ts';
import { broken } from './violation.ts';

/** What had been seen and acknowledged when a read came. */
export interface Came {
  readonly step: number;
  /** The highest LSN that was acknowledged under quorum or sync, or read as committed: so an LSN is enough. */
  readonly promisedLsn: number;
  /** How many acknowledgements under async there had been. */
  readonly asyncCount: number;
}

/** A write acknowledged under async: it may be lost, but if it is not, linearizable reads see it. */
interface AsyncAck {
  readonly position: Position;
  /** A linearizable read that did not see it, in words. */
  missedBy: string | null;
}

/**
 * What replicas serve.
 *
 * 1. A value is what the log gives at the position that the reply names, which is committed or on the replica's disk.
 * 2. A token read is at or after its token, and shows what is not committed up to its token only.
 * 3. A linearizable read is committed, sees everything that was acknowledged before it came or that was read as
 *    committed, and is confirmed by a round that began after it came.
 */
export class ReadChecks {
  readonly #history: History;
  readonly #async: AsyncAck[] = [];
  readonly #missed: AsyncAck[] = [];
  #promisedLsn = 0;

  constructor(history: History) {
    this.#history = history;
  }

  /** A read comes, in this step. */
  come(step: number): Came {
    return { step, promisedLsn: this.#promisedLsn, asyncCount: this.#async.length };
  }

  acknowledged(position: Position, mode: WriteMode): void {
    if (mode === 'async') this.#async.push({ position, missedBy: null });
    else this.#promisedLsn = Math.max(this.#promisedLsn, position.lsn);
  }

  committed(position: Position): void {
    for (const ack of this.#missed) {
      if (ack.position.lsn === position.lsn && ack.position.term === position.term) this.#misses(ack);
    }
  }

  served(ghost: Ghost, reply: ReadServed, read: ReadRequest, came: Came, contact: Contact): void {
    const { position, value, committed } = reply;
    const { level, token, key } = read;
    const what = (): string => `the ${level} read ${read.id} on ${ghost.id} at ${formatPosition(position)}`;
    if (!ghost.holds(position)) broken('read-position', `${what()} is not in its log`);
    const right = this.#history.valueAt(position, key);
    if (value !== right) broken('read-value', `${what()} gives ${key}=${value}, and it is ${right}`);
    if (committed && !this.#history.isCommitted(position)) broken('read-committed', `${what()} is not committed`);
    if (!committed && !ghost.durable.has(position.lsn, position.term)) broken('read-durable', `${what()} may vanish`);
    if (level === 'any') return;
    if (committed) this.#promisedLsn = Math.max(this.#promisedLsn, position.lsn);
    if (!this.#history.includes(position, token)) {
      broken('token-read', `${what()} is not at or after its token ${formatPosition(token)}`);
    }
    if (level === 'linearizable') this.#linearizable(position, came, contact, what);
    else if (!committed && position.lsn !== token.lsn) {
      broken('token-read', `${what()} shows what is not committed, beyond its token ${formatPosition(token)}`);
    }
  }

  #linearizable(end: Position, came: Came, contact: Contact, what: () => string): void {
    if (!this.#history.isCommitted(end)) broken('linearizable', `${what()} is not committed`);
    if (end.lsn < came.promisedLsn) {
      broken('linearizable', `${what()} misses ${came.promisedLsn}, acknowledged or read before it came`);
    }
    for (let index = 0; index < came.asyncCount; index++) {
      const ack = this.#async[index] as AsyncAck;
      if (ack.position.lsn <= end.lsn || ack.missedBy !== null || this.#history.isExcluded(ack.position)) continue;
      ack.missedBy = what();
      if (this.#history.isCommitted(ack.position)) this.#misses(ack);
      this.#missed.push(ack);
    }
    if (!contact.isConfirmedSince(came.step)) broken('linearizable', `${what()} has no round that began after it came`);
  }

  #misses({ missedBy, position }: AsyncAck): never {
    broken('linearizable', `${missedBy} misses ${formatPosition(position)}, acknowledged before it came`);
  }
}
