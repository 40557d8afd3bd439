import type { Entry, HardState } from '../../../core/protocol/entry.ts';
import type { PersistBatch, Recovered } from '../../../core/protocol/io.ts';
import type { Envelope } from '../../../core/protocol/messages.ts';
import { lsn, term } from '../../../core/protocol/position.ts';

interface Pending {
  readonly batch: PersistBatch;
  /** What may go once the batch is durable. */
  readonly sends: readonly Envelope[];
}

/** The disk of one replica: what is durable, and the batches handed over that are not yet. */
export class LabDisk {
  hardState: HardState = { term: term(0), votedFor: null, committedLsn: lsn(0), standing: 'voter' };
  /** The log that a crash now would leave, at least. */
  readonly entries: Entry[] = [];
  /** The log as all batches handed over leave it: what the replica believes its log to be. */
  memory: Entry[] = [];
  readonly pending: Pending[] = [];

  constructor(recovered: Recovered) {
    this.hardState = recovered.hardState;
    this.entries.push(...recovered.entries);
    this.memory.push(...recovered.entries);
  }

  /** Returns the entries that the batch drops. */
  hand(batch: PersistBatch, sends: readonly Envelope[]): readonly Entry[] {
    this.pending.push({ batch, sends });
    const dropped = batch.truncateFrom === null ? [] : this.memory.splice(batch.truncateFrom - 1);
    this.memory.push(...batch.entries);
    return dropped;
  }

  /** The oldest batch becomes durable. */
  syncOne(): Pending {
    const oldest = this.pending.shift();
    if (!oldest) throw new Error('nothing to sync');
    this.#write(oldest.batch, Number.POSITIVE_INFINITY);
    return oldest;
  }

  /**
   * The machine stops: of the batches pending, `batches` survive whole, and of the next one its first `records`: hard
   * state, truncation, entries, in the order in which the WAL writes them.
   */
  crash(batches: number, records: number): void {
    for (let i = 0; i < batches && this.pending.length > 0; i++) this.syncOne();
    const torn = this.pending[0];
    if (torn) this.#write(torn.batch, records);
    this.pending.length = 0;
    this.memory = [...this.entries];
  }

  /** What a restart finds. */
  recovered(): Recovered {
    return { hardState: this.hardState, snapshot: null, entries: [...this.entries] };
  }

  #write({ dirty, hardState, truncateFrom, entries }: PersistBatch, records: number): void {
    let left = records;
    if (!dirty || left-- <= 0) return;
    this.hardState = hardState;
    if (truncateFrom !== null) {
      if (left-- <= 0) return;
      this.entries.length = truncateFrom - 1;
    }
    this.entries.push(...entries.slice(0, Math.min(left, entries.length)));
  }
}
