import { GuaranteeWatch } from '../observe/guarantees.ts';
import { Ledger, type LedgerChange } from '../observe/ledger.ts';
import type { Clock } from '../protocol/clock.ts';
import type { ReplicaId } from '../protocol/position.ts';
import type { Reply } from '../protocol/requests.ts';
import type { ReplicaStatus } from '../protocol/status.ts';
import type { Timing } from '../protocol/timing.ts';
import { Fleet, type ReplicaLine } from './fleet.ts';
import { Locator } from './locator.ts';
import { type ReadAnswer, type ReadAsk, Reads } from './reads.ts';
import { type WriteAnswer, type WriteAsk, Writes } from './writes.ts';

export interface TierParts {
  readonly clock: Clock;
  readonly members: readonly ReplicaId[];
  readonly timing: Timing;
  /** Makes its ids unlike those of any before it, whose answers may still come. */
  readonly prefix: string;
  /** How often it looks for requests whose time is up, in ms. */
  readonly expireMs: number;
  readonly lineTo: (id: ReplicaId, index: number) => ReplicaLine;
  /** A write was acknowledged, so many ms after it came. */
  readonly onAcknowledged?: (ms: number) => void;
  readonly onChange: (change: LedgerChange) => void;
}

/**
 * The routing tier without the process around it: takes what clients ask and what replicas say, and keeps the account of
 * both. It is told of every status, of every reply and of every line that breaks, in the order in which they come.
 *
 * 1. Each request is answered once, a read after its own timeout at the latest, a write a little after the leader's.
 * 2. A change of the ledger is told after the answer that caused it.
 */
export class RoutingTier {
  readonly ledger = new Ledger();
  readonly guarantees = new GuaranteeWatch();
  readonly fleet: Fleet;
  readonly #onChange: (change: LedgerChange) => void;
  readonly #writes: Writes;
  readonly #reads: Reads;
  readonly #locator: Locator;

  constructor(parts: TierParts) {
    const { clock, members, timing, prefix, expireMs, lineTo, onAcknowledged, onChange } = parts;
    const onChanges = (changes: readonly LedgerChange[]): void => this.#changed(changes);
    const { ledger, guarantees } = this;
    this.fleet = new Fleet(clock, members, timing, lineTo);
    this.#onChange = onChange;
    this.#writes = new Writes({
      clock,
      fleet: this.fleet,
      ledger,
      acknowledgeMs: timing.acknowledgeMs,
      prefix,
      onAcknowledged: (position, ms) => {
        guarantees.acknowledged(position);
        onAcknowledged?.(ms);
      },
      onChanges,
    });
    this.#reads = new Reads(clock, this.fleet, guarantees, prefix);
    this.#locator = new Locator(this.fleet, ledger, prefix, onChanges);
    clock.every(expireMs, () => {
      this.#writes.expire();
      this.#reads.expire();
    });
  }

  /** `reply` may be called before this returns. */
  write(ask: WriteAsk, reply: (answer: WriteAnswer) => void): void {
    this.#writes.submit(ask, reply);
  }

  /** `reply` may be called before this returns. */
  read(ask: ReadAsk, reply: (answer: ReadAnswer) => void): void {
    this.#reads.submit(ask, reply);
  }

  /** Replicas live by another timing from now on. */
  retime(timing: Timing): void {
    this.fleet.retime(timing);
  }

  onStatus(from: ReplicaId, status: ReplicaStatus): void {
    this.fleet.told(from, status);
    this.guarantees.status(status);
    this.#changed(this.ledger.observe(status.lineage, status.committedLsn));
    if (status.role === 'leader') this.#locator.onLeaderStatus(status);
    this.#reads.onChange(from);
  }

  onReply(from: ReplicaId, reply: Reply): void {
    switch (reply.type) {
      case 'write':
        return this.#writes.onReply(reply);
      case 'read':
        return this.#reads.onReply(from, reply);
      case 'locate':
        return this.#locator.onReply(reply);
      default:
        reply satisfies never;
    }
  }

  /** The line to `id` broke: what was sent over it and not answered will not be. */
  onLost(id: ReplicaId): void {
    this.#writes.onLost(id);
    this.#reads.onLost(id);
    this.#locator.onLost(id);
  }

  #changed(changes: readonly LedgerChange[]): void {
    for (const change of changes) {
      if (change.type === 'lost') this.guarantees.lost(change.write);
      this.#onChange(change);
    }
  }
}
