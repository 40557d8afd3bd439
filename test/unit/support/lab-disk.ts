import type { Entry, HardState } from '../../../core/protocol/entry.ts';
import type { PersistBatch, Recovered } from '../../../core/protocol/io.ts';
import type { Envelope } from '../../../core/protocol/messages.ts';
import { lsn, type Position, term } from '../../../core/protocol/position.ts';
import { Prefix } from '../../../core/protocol/prefix.ts';
import type { SnapshotPart, SnapshotPiece } from '../../../core/protocol/snapshot.ts';

interface Pending {
  readonly batch: PersistBatch;
  /** What may go once the batch is durable. */
  readonly sends: readonly Envelope[];
}

/** The log that ends at a position, from whoever has it. */
export type LogTo = (end: Position) => readonly Entry[];

/** Of any of these hosts that has it. */
export const logToOf =
  (hosts: () => Iterable<{ readonly disk: LabDisk }>): LogTo =>
  ({ term: inTerm, lsn: end }) => {
    const logs = [...hosts()].map(({ disk }) => disk.memory);
    return logs.find((log) => log[end - 1]?.term === inTerm)?.slice(0, end) ?? [];
  };

/** The disk of one replica: what is durable, and the batches handed over that are not yet. */
export class LabDisk {
  hardState: HardState = { term: term(0), votedFor: null, committedLsn: lsn(0), standing: 'voter' };
  /** The log that a crash now would leave, at least. */
  readonly entries: Entry[] = [];
  /** The log as all batches handed over leave it: what the replica believes its log to be. */
  memory: Entry[] = [];
  readonly pending: Pending[] = [];
  /** What was durable before its log was damaged, until the replica counts again. */
  lost: readonly Entry[] = [];
  /** The newest whole snapshot. The entries that it stands for stay here, for whoever checks; a restart lacks them. */
  snapshot: { readonly position: Position; readonly pieces: readonly SnapshotPiece[] } | null = null;
  /** What a snapshot that is installed stands for. */
  readonly #logTo: LogTo;
  #parts: SnapshotPiece[] = [];
  /** Its log was replaced up to here: without the snapshot nothing is left. */
  #installed = 0;

  constructor(recovered: Recovered, logTo: LogTo) {
    this.#logTo = logTo;
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

  /** Whether the entry at `position` is on it, or was when it last counted: what was acknowledged then was true. */
  held({ term: inTerm, lsn: at }: Position): boolean {
    return [this.entries, this.lost].some((log) => log[at - 1]?.term === inTerm);
  }

  /** Somebody damaged it: this share of the log is left, and it comes back without a vote. */
  lose(share: number, votes: boolean): void {
    if (this.lost.length === 0) this.lost = [...this.entries];
    const left = Math.floor(share * this.entries.length);
    if (left < (this.snapshot?.position.lsn ?? 0)) this.snapshot = null;
    // What a lost snapshot stood for is lost with it.
    this.entries.length = this.snapshot || this.#installed === 0 ? left : 0;
    if (!this.snapshot) this.#installed = 0;
    this.memory = [...this.entries];
    const { term: known, votedFor, committedLsn } = this.hardState;
    this.hardState = votes
      ? { term: term(Math.floor(known * share)), votedFor: null, committedLsn: lsn(0), standing: 'barred' }
      : { term: known, votedFor, committedLsn, standing: 'rejoining' };
  }

  /** The same disk, in the hands of the next process. */
  reopened(): LabDisk {
    const { hardState, snapshot, entries } = this;
    const disk = new LabDisk({ hardState, snapshot: null, prefix: null, entries }, this.#logTo);
    disk.snapshot = snapshot;
    disk.lost = this.lost;
    disk.#installed = this.#installed;
    return disk;
  }

  /** What a restart finds: of what is committed, so many bytes of entries at least, or all; the rest is folded. */
  recovered(tailBytes = Number.POSITIVE_INFINITY): Recovered {
    const { hardState, snapshot } = this;
    const entries = this.entries.filter((entry) => entry.lsn > (snapshot?.position.lsn ?? 0));
    let left = entries.reduce((sum, { bytes }) => sum + bytes, 0);
    let prefix: Prefix | null = null;
    for (const entry of [...entries]) {
      left -= entry.bytes;
      if (entry.lsn > hardState.committedLsn || left < tailBytes) break;
      prefix ??= new Prefix(snapshot);
      prefix.fold(entry);
      entries.shift();
    }
    return { hardState, snapshot, prefix, entries };
  }

  #write({ dirty, hardState, truncateFrom, entries, snapshot }: PersistBatch, records: number): void {
    let left = records;
    if (!dirty || left-- <= 0) return;
    this.hardState = hardState;
    if (truncateFrom !== null) {
      if (left-- <= 0) return;
      this.entries.length = truncateFrom - 1;
    }
    if (snapshot && left-- > 0) this.#take(snapshot);
    this.entries.push(...entries.slice(0, Math.min(left, entries.length)));
  }

  #take({ position, index, pieces, last, installs }: SnapshotPart): void {
    if (index === 0) this.#parts = [];
    this.#parts.push(...pieces.map(({ piece }) => piece));
    if (!last) return;
    this.snapshot = { position, pieces: this.#parts };
    this.#parts = [];
    if (!installs) return;
    this.#installed = position.lsn;
    this.entries.splice(0, this.entries.length, ...this.#logTo(position));
    this.memory = [...this.entries];
  }
}
