import { setTimeout as pass } from 'node:timers/promises';
import type { LedgerWriteView, LogEntryView } from '../../core/observe/api.ts';
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
      await this.#lookFrom(this.#draw.oneOf(this.#ids), this.#seenLsn + 1);
      await this.#lookAtLosses();
      await pass(LOOK_MS);
    }
  }

  /** Everything that anybody has. */
  async lookAtAll(): Promise<void> {
    await this.#lookAtLosses();
    for (const id of this.#ids) await this.#lookFrom(id, 1);
    const { gap } = this.committed;
    if (gap !== null) throw new Error(`nobody shows the entry at ${gap} any more, and it was not looked at in time`);
  }

  close(): void {
    this.#router.close();
  }

  async #lookFrom(replica: ReplicaId, first: number): Promise<void> {
    for (let from: number | null = first; from !== null; ) from = await this.#look(replica, from);
  }

  /** One page of a log; gives where the next one begins, null if there is none. */
  async #look(replica: ReplicaId, from: number): Promise<number | null> {
    const page = await this.#router.ask({ op: 'log', replica, from });
    if (!page || page.error) return null;
    this.violations.push(...this.committed.add(replica, page.entries));
    this.#seenLsn = Math.max(this.#seenLsn, this.committed.lastLsn);
    // What is not committed yet is looked at again when it is.
    const last = (page.entries as readonly LogEntryView[]).findLast(({ committed }) => committed);
    const end = last && parsePosition(last.position);
    return end ? end.lsn + 1 : null;
  }

  async #lookAtLosses(): Promise<void> {
    const answer = await this.#router.ask({ op: 'ledger', fate: 'lost', limit: LOSSES_MAX });
    for (const write of answer?.writes ?? []) this.#lost.set(write.id, write);
  }
}
