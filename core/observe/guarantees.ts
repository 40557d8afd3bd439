import { type Lineage, termAt } from '../protocol/lineage.ts';
import {
  compareFreshness,
  formatPosition,
  lsn,
  ORIGIN,
  type Position,
  type ReplicaId,
  type Term,
} from '../protocol/position.ts';
import type { ReadLevel } from '../protocol/requests.ts';
import type { ReplicaStatus } from '../protocol/status.ts';
import type { LedgerWrite } from './ledger.ts';

/** One guarantee light: what was seen of it so far, with the example that made it so. */
export interface Light {
  /**
   * `grey` nothing observed yet; `green` kept every time; `amber` it happened, and the mode or level allows it;
   * `red` a promise was broken: a bug.
   */
  readonly light: 'grey' | 'green' | 'amber' | 'red';
  /** How often it was put to the test. */
  readonly observed: number;
  /** What happened, in a sentence; null while grey or green. */
  readonly example: string | null;
}

/** Computed from what was observed, never assumed. */
export interface Guarantees {
  readonly oneLeaderPerTerm: Light;
  readonly noAcknowledgedWriteLost: Light;
  readonly readYourWrites: Light;
  readonly monotonicReads: Light;
}

/** A read that was served. */
export interface ReadSeen {
  readonly level: ReadLevel;
  readonly servedBy: ReplicaId;
  /** The token that the client carried; the origin if none. */
  readonly token: Position;
  /** The end of the prefix that was read. */
  readonly position: Position;
  /** The token that the client was given back. */
  readonly replied: Position;
  /** `newestAcknowledged` as the read came in. */
  readonly acknowledged: Position;
  /** The lineage of the replica that served it, from its last status; null if it has sent none. */
  readonly lineage: Lineage | null;
}

/** So many terms are remembered, with the leader that was seen in each: the newest. */
export const TERMS_MAX = 1000;

/**
 * Watches the four promises. Each is judged by what passes through the router, which is all that clients can see:
 *
 * - One leader per term: every claim to lead a term, in a replica's status about itself or about whom it follows.
 *   Counted: terms in which a leader was seen.
 * - No acknowledged write lost: the fates of acknowledged writes, and that any two replicas agree on what is committed.
 *   Counted: acknowledged writes whose fate is settled. Losses under `async` are amber.
 * - Read your writes: a token read is checked to cover its token, as far as the lineage of who served it can tell; a
 *   linearizable one to be no older than any write acknowledged before it came. Counted: those checked, and the `any`
 *   reads that were older than such a write, which are amber.
 * - Monotonic reads: the token that a token read gives back is at or beyond the one it carried. Counted: token reads
 *   that carried one.
 *
 * A red light stays red, with its first example; amber shows the last.
 */
export class GuaranteeWatch {
  readonly #leaders = new Map<Term, ReplicaId>();
  readonly #oneLeader = new Tally();
  readonly #noLoss = new Tally();
  readonly #ownWrites = new Tally();
  readonly #monotonic = new Tally();
  #lost = 0;
  #newestAcknowledged: Position = ORIGIN;
  /** The longest prefix that anyone said is committed, and who. */
  #committed: ReplicaStatus | null = null;

  /** The freshest position acknowledged so far; the origin if none was, or if it was lost since. */
  get newestAcknowledged(): Position {
    return this.#newestAcknowledged;
  }

  status(status: ReplicaStatus): void {
    if (status.leader !== null) this.leaderSeen(status.leader, status.term);
    this.#compareCommitted(status);
  }

  /** Someone leads a term, or is followed in it. */
  leaderSeen(id: ReplicaId, term: Term): void {
    const first = this.#leaders.get(term);
    if (first === id) return;
    if (first !== undefined) {
      this.#oneLeader.broken(`${first} and ${id} both led term ${term}`);
      return;
    }
    this.#leaders.set(term, id);
    this.#oneLeader.tested();
    if (this.#leaders.size > TERMS_MAX) this.#leaders.delete(Math.min(...this.#leaders.keys()) as Term);
  }

  acknowledged(position: Position): void {
    if (compareFreshness(position, this.#newestAcknowledged) > 0) this.#newestAcknowledged = position;
  }

  /** An acknowledged write was rolled back. */
  lost({ id, key, mode, position }: LedgerWrite): void {
    this.#lost += 1;
    const example = `${id} (${key}), acknowledged under ${mode}${at(position)}, was rolled back`;
    if (mode === 'async') this.#noLoss.allowed(example);
    else this.#noLoss.broken(example);
    // Nothing is stale for want of a write that is gone.
    if (position && compareFreshness(position, this.#newestAcknowledged) === 0) this.#newestAcknowledged = ORIGIN;
  }

  read(read: ReadSeen): void {
    switch (read.level) {
      case 'any':
        this.#seeAny(read);
        break;
      case 'token':
        this.#seeToken(read);
        break;
      case 'linearizable':
        this.#seeLinearizable(read);
        break;
      default:
        read.level satisfies never;
    }
  }

  /** The lights now. `kept`: how many acknowledged writes are committed, from the ledger. */
  lights(kept: number): Guarantees {
    return {
      oneLeaderPerTerm: this.#oneLeader.light(),
      noAcknowledgedWriteLost: this.#noLoss.light(kept + this.#lost),
      readYourWrites: this.#ownWrites.light(),
      monotonicReads: this.#monotonic.light(),
    };
  }

  /** Of two committed prefixes one must begin the other: else something committed has been replaced. */
  #compareCommitted(status: ReplicaStatus): void {
    const known = this.#committed;
    if (known !== null) {
      const shared = lsn(Math.min(known.committedLsn, status.committedLsn));
      const [before, now] = [termAt(known.lineage, shared), termAt(status.lineage, shared)];
      if (before !== now) {
        const example = `${status.id} has committed ${now}:${shared}, but ${known.id} had committed ${before}:${shared}`;
        this.#noLoss.broken(example);
      }
    }
    if (known === null || status.committedLsn > known.committedLsn) this.#committed = status;
  }

  #seeAny({ position, acknowledged, servedBy }: ReadSeen): void {
    if (compareFreshness(position, acknowledged) >= 0) return;
    const [seen, missed] = [formatPosition(position), formatPosition(acknowledged)];
    this.#ownWrites.tested();
    this.#ownWrites.allowed(`an 'any' read on ${servedBy} saw ${seen}, when ${missed} was acknowledged already`);
  }

  #seeToken({ token, position, replied, lineage, servedBy }: ReadSeen): void {
    if (token.lsn === 0) return;
    const read = (): string => `a read with token ${formatPosition(token)} on ${servedBy}`;
    const covered = covers(position, token, lineage);
    if (covered !== null) this.#ownWrites.tested();
    if (covered === false) this.#ownWrites.broken(`${read()} saw ${formatPosition(position)} only`);
    this.#monotonic.tested();
    if (compareFreshness(replied, token) >= 0) return;
    this.#monotonic.broken(`${read()} gave back ${formatPosition(replied)}`);
  }

  #seeLinearizable({ position, acknowledged, servedBy }: ReadSeen): void {
    this.#ownWrites.tested();
    if (compareFreshness(position, acknowledged) >= 0) return;
    const [seen, missed] = [formatPosition(position), formatPosition(acknowledged)];
    this.#ownWrites.broken(`a linearizable read on ${servedBy} saw ${seen}, when ${missed} was acknowledged already`);
  }
}

/**
 * Whether the history that ends at `position` includes `token`; null if that cannot be told. Within one term there is
 * one history; across terms it takes the lineage, and that must be of the log that was read: it may have been rolled
 * back before its last status, or have grown a new term since.
 */
function covers(position: Position, token: Position, lineage: Lineage | null): boolean | null {
  if (position.lsn < token.lsn || position.term < token.term) return false;
  if (position.term === token.term) return true;
  if (lineage === null || termAt(lineage, position.lsn) !== position.term) return null;
  return termAt(lineage, token.lsn) === token.term;
}

const at = (position: Position | null): string => (position === null ? '' : ` at ${formatPosition(position)}`);

/** What one light has seen. */
class Tally {
  #tested = 0;
  #amber: string | null = null;
  #red: string | null = null;

  tested(): void {
    this.#tested += 1;
  }

  allowed(example: string): void {
    this.#amber = example;
  }

  broken(example: string): void {
    this.#red ??= example;
  }

  light(observed: number = this.#tested): Light {
    if (this.#red !== null) return { light: 'red', observed, example: this.#red };
    if (this.#amber !== null) return { light: 'amber', observed, example: this.#amber };
    return { light: observed > 0 ? 'green' : 'grey', observed, example: null };
  }
}
