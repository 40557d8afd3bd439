import type { Ledger, LedgerChange } from '../observe/ledger.ts';
import { termAt } from '../protocol/lineage.ts';
import { lsn, type ReplicaId, term, type WriteId } from '../protocol/position.ts';
import type { LocateReply } from '../protocol/requests.ts';
import type { ReplicaStatus } from '../protocol/status.ts';
import type { Fleet } from './fleet.ts';

/**
 * Finds out about unknown writes whose position never came back: a leader that has committed in its own term can say
 * where each stands, or that it never will. So can the one that they were sent to, if it leads still: the question
 * comes behind them, on the same connection or on one that has replaced theirs.
 *
 * 1. One question is under way at a time; a reply to any other is ignored.
 * 2. It is about writes of one term only, that of the oldest that was not located yet.
 */
export class Locator {
  readonly #fleet: Fleet;
  readonly #ledger: Ledger;
  readonly #onChanges: (changes: readonly LedgerChange[]) => void;
  /** The question under way, if there is one. */
  #asked: { readonly id: string; readonly leader: ReplicaId; readonly writes: readonly WriteId[] } | null = null;
  readonly #prefix: string;
  #count = 0;

  /** `prefix` makes the ids of its questions unlike those of any router before. */
  constructor(fleet: Fleet, ledger: Ledger, prefix: string, onChanges: (changes: readonly LedgerChange[]) => void) {
    this.#prefix = prefix;
    this.#fleet = fleet;
    this.#ledger = ledger;
    this.#onChanges = onChanges;
  }

  /** A leader has told its status: ask it, if it can know more than is known. */
  onLeaderStatus(leader: ReplicaStatus): void {
    if (this.#asked || termAt(leader.lineage, leader.committedLsn) !== leader.term) return;
    const unlocated = this.#ledger.unlocated(term(leader.term + 1));
    const [first] = unlocated;
    if (!first) return;
    this.#count += 1;
    const id = `${this.#prefix}locate-${this.#count}`;
    const asked = unlocated.filter((write) => write.term === first.term);
    const after = lsn(Math.min(...asked.map((write) => write.after)));
    const writes = asked.map(({ id: write, session }) => ({ id: write, session }));
    const sent = this.#fleet.send(leader.id, { type: 'locate', locate: { id, term: first.term, after, writes } });
    if (sent) this.#asked = { id, leader: leader.id, writes: writes.map((write) => write.id) };
  }

  onReply(reply: LocateReply): void {
    if (this.#asked?.id !== reply.id) return;
    const { writes } = this.#asked;
    this.#asked = null;
    if (!reply.settled) return;
    const found = new Map(reply.found.map((write) => [write.id, write.position]));
    for (const id of writes) {
      const position = found.get(id);
      if (position) this.#onChanges(this.#ledger.located(id, position));
      else if (reply.complete) this.#onChanges(this.#ledger.neverWritten(id));
      else this.#ledger.foldedAway(id);
    }
  }

  onLost(leader: ReplicaId): void {
    if (this.#asked?.leader === leader) this.#asked = null;
  }
}
