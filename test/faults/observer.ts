import { setTimeout as pass } from 'node:timers/promises';
import type { LedgerWriteView } from '../../core/observe/api.ts';
import { parsePosition, type ReplicaId } from '../../core/protocol/position.ts';
import type { Draw } from '../../core/sim/draw.ts';
import { CommittedLog } from './committed-log.ts';
import { Connection } from './connection.ts';

/** How often it looks, in ms. */
const LOOK_MS = 250;
/** The router lists no more losses at once. */
const LOSSES_MAX = 1000;

/** Looks at the logs and at the ledger while things happen, and again at the end. */
export class Observer {
  readonly committed = new CommittedLog();
  /** What was committed, and then was not, or was another entry. */
  readonly violations: string[] = [];
  readonly #router: Connection;
  readonly #ids: readonly ReplicaId[];
  readonly #draw: Draw;
  readonly #lost = new Map<string, LedgerWriteView>();
  #seenLsn = 0;

  constructor(addr: string, ids: readonly ReplicaId[], draw: Draw) {
    this.#router = new Connection(addr);
    this.#ids = ids;
    this.#draw = draw;
  }

  /** Every loss that the ledger ever listed. */
  get lost(): readonly LedgerWriteView[] {
    return [...this.#lost.values()];
  }

  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      await this.#look(this.#draw.oneOf(this.#ids), this.#seenLsn + 1);
      await this.#lookAtLosses();
      await pass(LOOK_MS);
    }
  }

  /** Everything that anybody has. */
  async lookAtAll(): Promise<void> {
    await this.#lookAtLosses();
    for (const id of this.#ids) {
      for (let from: number | null = 1; from !== null; ) from = await this.#look(id, from);
    }
  }

  close(): void {
    this.#router.close();
  }

  /** One page of a log; gives where the next one begins, null if there is none. */
  async #look(replica: ReplicaId, from: number): Promise<number | null> {
    const page = await this.#router.ask({ op: 'log', replica, from });
    if (!page || page.error) return null;
    this.violations.push(...this.committed.add(replica, page.entries));
    this.#seenLsn = Math.max(this.#seenLsn, this.committed.lastLsn);
    const last = parsePosition(page.entries.at(-1)?.position ?? '');
    return last === null ? null : last.lsn + 1;
  }

  async #lookAtLosses(): Promise<void> {
    const answer = await this.#router.ask({ op: 'ledger', fate: 'lost', limit: LOSSES_MAX });
    for (const write of answer?.writes ?? []) this.#lost.set(write.id, write);
  }
}
