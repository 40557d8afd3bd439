import { GuaranteeWatch } from '../../observe/guarantees.ts';
import { Ledger, type LedgerChange } from '../../observe/ledger.ts';
import type { ReplicaId, WriteId } from '../../protocol/position.ts';
import type { ReplicaStatus } from '../../protocol/status.ts';
import type { Timing } from '../../protocol/timing.ts';
import type { Schedule } from '../schedule.ts';
import { Fleet } from './fleet.ts';
import type { FromReplica, Line, RouterEnd } from './line.ts';
import { Locator } from './locator.ts';
import { type ReadAnswer, type ReadAsk, Reads } from './reads.ts';
import { type WriteAnswer, type WriteAsk, Writes } from './writes.ts';

export interface RouterParts {
  readonly schedule: Schedule;
  readonly ids: readonly ReplicaId[];
  readonly timing: Timing;
  /** Makes its ids unlike those of any router before it. */
  readonly prefix: string;
  readonly lineTo: (index: number, router: RouterEnd) => Line;
  readonly onChange: (change: LedgerChange) => void;
}

/** A replica that has missed so many heartbeats is out of reach. */
const STALE_HEARTBEATS = 5;

/** The routing tier: the real ledger, guarantees and routing, with a model of the process around them. */
export class SimRouter {
  readonly ledger = new Ledger();
  readonly guarantees = new GuaranteeWatch();
  readonly #parts: RouterParts;
  readonly #fleet: Fleet;
  readonly #writes: Writes;
  readonly #reads: Reads;
  readonly #locator: Locator;
  #isAlive = true;

  constructor(parts: RouterParts) {
    const { schedule, ids, timing, prefix } = parts;
    this.#parts = parts;
    this.#fleet = new Fleet(schedule, ids, STALE_HEARTBEATS * timing.heartbeatMs, (index, onStatus) =>
      parts.lineTo(index, {
        onMessage: (message) => {
          if (message.type === 'status') onStatus(message.status);
          this.#onMessage(ids[index] as ReplicaId, message);
        },
        onLost: () => this.#onLost(ids[index] as ReplicaId),
      }),
    );
    const onChanges = (changes: readonly LedgerChange[]): void => this.#onChanges(changes);
    this.#writes = new Writes({
      schedule,
      fleet: this.#fleet,
      ledger: this.ledger,
      acknowledgeMs: timing.acknowledgeMs,
      graceMs: timing.acknowledgeMs / 10,
      prefix,
      onAcknowledged: (position) => this.guarantees.acknowledged(position),
      onChanges,
    });
    this.#reads = new Reads(schedule, this.#fleet, this.guarantees, prefix);
    this.#locator = new Locator(this.#fleet, this.ledger, prefix, onChanges);
    this.#expireAfter(timing.heartbeatMs);
  }

  get lines(): readonly Line[] {
    return this.#fleet.lines;
  }

  /** The replica that it takes for the leader; null: none. */
  get leader(): ReplicaStatus | null {
    return this.#fleet.leader();
  }

  write(ask: WriteAsk, reply: (answer: WriteAnswer) => void): WriteId {
    return this.#writes.submit(ask, (answer) => this.#isAlive && reply(answer));
  }

  read(ask: ReadAsk, reply: (answer: ReadAnswer) => void): void {
    this.#reads.submit(ask, (answer) => this.#isAlive && reply(answer));
  }

  retime(timing: Timing): void {
    this.#fleet.staleMs = Math.max(this.#fleet.staleMs, STALE_HEARTBEATS * timing.heartbeatMs);
  }

  /** It answers nobody any more. */
  die(): void {
    this.#isAlive = false;
    for (const line of this.lines) line.routerDied();
  }

  #onMessage(from: ReplicaId, message: FromReplica): void {
    if (message.type === 'status') {
      const { status } = message;
      this.guarantees.status(status);
      this.#onChanges(this.ledger.observe(status.lineage, status.committedLsn));
      if (status.role === 'leader') this.#locator.onLeaderStatus(status);
      this.#reads.onChange(status.id);
      return;
    }
    const { reply } = message;
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

  #onLost(id: ReplicaId): void {
    this.#writes.onLost(id);
    this.#reads.onLost(id);
    this.#locator.onLost(id);
  }

  #onChanges(changes: readonly LedgerChange[]): void {
    for (const change of changes) {
      if (change.type === 'lost') this.guarantees.lost(change.write);
      this.#parts.onChange(change);
    }
  }

  #expireAfter(ms: number): void {
    this.#parts.schedule.after(ms, () => {
      if (!this.#isAlive) return;
      this.#writes.expire();
      this.#reads.expire();
      this.#expireAfter(ms);
    });
  }
}
