import type { Entry } from '../../protocol/entry.ts';
import type { Lineage } from '../../protocol/lineage.ts';
import { ORIGIN, type Position, type ReplicaId, type Term, term } from '../../protocol/position.ts';
import type { ReplicaStatus } from '../../protocol/status.ts';
import { DurableLog } from './durable-log.ts';
import type { History } from './history.ts';

/** What is known of one replica from outside: from what it wrote and sent, and not from what it thinks. */
export class Ghost {
  readonly index: number;
  readonly id: ReplicaId;
  readonly durable: DurableLog;
  /** Its log as the batches that it handed out leave it. */
  memory: Entry[] = [];
  /** What it said of itself after its last step; null: it is down. */
  status: ReplicaStatus | null = null;
  /** The lineage in it that was last checked. */
  lineage: Lineage | null = null;
  batches = 0;
  /** A snapshot takes the place of its log once this batch is durable. */
  installing: { readonly batch: number; readonly position: Position } | null = null;

  constructor(index: number, id: ReplicaId, history: History) {
    this.index = index;
    this.id = id;
    this.durable = new DurableLog(id, history);
  }

  get last(): Position {
    return this.memory.at(-1) ?? ORIGIN;
  }

  /** The term of the entry at `lsn` of its log: 0 before the first, null past the end. */
  termAt(lsn: number): Term | null {
    return lsn === 0 ? term(0) : (this.memory[lsn - 1]?.term ?? null);
  }

  holds(position: Position): boolean {
    return this.termAt(position.lsn) === position.term;
  }
}
