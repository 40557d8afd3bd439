import type { GuaranteeWatch } from '../../observe/guarantees.ts';
import type { Ledger, LedgerChange } from '../../observe/ledger.ts';
import type { Clock } from '../../protocol/clock.ts';
import type { ReplicaId } from '../../protocol/position.ts';
import type { ReplicaStatus } from '../../protocol/status.ts';
import type { Timing } from '../../protocol/timing.ts';
import type { ReadAnswer, ReadAsk } from '../../routing/reads.ts';
import { RoutingTier } from '../../routing/tier.ts';
import type { WriteAnswer, WriteAsk } from '../../routing/writes.ts';
import type { Schedule } from '../schedule.ts';
import type { FromReplica, Line, RouterEnd } from './line.ts';

export interface RouterParts {
  readonly schedule: Schedule;
  readonly ids: readonly ReplicaId[];
  readonly timing: Timing;
  /** Makes its ids unlike those of any router before it. */
  readonly prefix: string;
  readonly lineTo: (index: number, router: RouterEnd) => Line;
  readonly onChange: (change: LedgerChange) => void;
}

/** The router's process: the real routing tier, with virtual lines to the replicas. */
export class SimRouter {
  readonly lines: readonly Line[];
  readonly #tier: RoutingTier;
  #isAlive = true;

  constructor({ schedule, ids, timing, prefix, lineTo, onChange }: RouterParts) {
    this.lines = ids.map((id, index) =>
      lineTo(index, {
        onMessage: (message) => this.#onMessage(id, message),
        onLost: () => this.#tier.onLost(id),
      }),
    );
    this.#tier = new RoutingTier({
      clock: this.#clockOf(schedule),
      members: ids,
      timing,
      prefix,
      expireMs: timing.heartbeatMs,
      lineTo: (_, index) => this.lines[index] as Line,
      onChange,
    });
  }

  get ledger(): Ledger {
    return this.#tier.ledger;
  }

  get guarantees(): GuaranteeWatch {
    return this.#tier.guarantees;
  }

  /** The replica that it takes for the leader; null: none. */
  get leader(): ReplicaStatus | null {
    return this.#tier.fleet.leader();
  }

  write(ask: WriteAsk, reply: (answer: WriteAnswer) => void): void {
    this.#tier.write(ask, (answer) => this.#isAlive && reply(answer));
  }

  read(ask: ReadAsk, reply: (answer: ReadAnswer) => void): void {
    this.#tier.read(ask, (answer) => this.#isAlive && reply(answer));
  }

  retime(timing: Timing): void {
    this.#tier.retime(timing);
  }

  /** It answers nobody any more. */
  die(): void {
    this.#isAlive = false;
    for (const line of this.lines) line.routerDied();
  }

  #onMessage(from: ReplicaId, message: FromReplica): void {
    switch (message.type) {
      case 'status':
        return this.#tier.onStatus(from, message.status);
      case 'reply':
        return this.#tier.onReply(from, message.reply);
      default:
        message satisfies never;
    }
  }

  /** It stands still once the router is dead. */
  #clockOf(schedule: Schedule): Clock {
    return {
      nowMs: () => schedule.nowMs,
      every: (ms, act) => {
        let isOn = true;
        const tick = (): boolean => {
          if (!isOn || !this.#isAlive) return false;
          act();
          return true;
        };
        schedule.repeat(() => ms, tick);
        return () => {
          isOn = false;
        };
      },
      soon: (act) => schedule.after(0, act),
    };
  }
}
