import type { SessionSeq, WriteMode } from '../protocol/entry.ts';
import { type Lineage, type Settlement, settle, termAt } from '../protocol/lineage.ts';
import type { Lsn, Position, ReplicaId, Term, WriteId } from '../protocol/position.ts';
import type { ErrorCode } from './error-code.ts';
import { MinHeap } from './min-heap.ts';
import { Ring } from './ring.ts';

/** How many writes were answered in each way. */
export interface OutcomeCounts {
  readonly ok: number;
  readonly rejected: number;
  readonly unknown: number;
}
export type Outcome = keyof OutcomeCounts;

/** What became of the writes that were acknowledged or unknown. */
export interface FateCounts {
  readonly pending: number;
  readonly committed: number;
  /** Acknowledged, and rolled back. */
  readonly lost: number;
  /** Unknown, and rolled back or never written. */
  readonly discarded: number;
}
export type Fate = keyof FateCounts;
export const FATES: readonly Fate[] = ['pending', 'committed', 'lost', 'discarded'];

/** A write as it came in. */
export interface Submitted {
  readonly key: string;
  readonly mode: WriteMode;
  readonly session: SessionSeq | null;
  /** The term of the leader it was sent to. */
  readonly term: Term;
  /** null: there was none, and it was refused. */
  readonly leader: ReplicaId | null;
  /** Where that leader's log ended when last heard of: wherever the write stands, it is beyond. */
  readonly after: Lsn;
}

export interface LedgerWrite extends Submitted {
  readonly id: WriteId;
  readonly outcome: Outcome;
  /** null: never appended, or it never came back. */
  readonly position: Position | null;
  /** Who had it durable when it was answered, as far as the leader knew. */
  readonly durableOn: readonly ReplicaId[];
  /** From the router's receipt to its answer. */
  readonly ms: number;
  /** null if it was rejected: nothing was written. */
  readonly fate: Fate | null;
  /** Why it was not acknowledged; null if it was. */
  readonly code: ErrorCode | null;
}

/** A write that is not answered yet. */
export interface OpenWrite {
  readonly id: WriteId;
  readonly submitted: Submitted;
  isOpen: boolean;
}

/** A write to ask a leader about: its id, the term it was sent in, and its session and seq, if it had them. */
export type Unlocated = Pick<LedgerWrite, 'id' | 'term' | 'session' | 'after'>;

/** What is worth an event. */
export type LedgerChange =
  | { readonly type: 'lost'; readonly write: LedgerWrite }
  /** A write that was answered `unknown` is so no more. */
  | { readonly type: 'settled'; readonly write: LedgerWrite; readonly fate: 'committed' | 'discarded' };

/** Details are kept of this many writes: the last that were answered. */
export const DETAILS_MAX = 10_000;
/** So many writes may be unanswered or unsettled at once. Beyond, the router refuses new ones as `overloaded`. */
export const UNSETTLED_MAX = 200_000;
/** So many losses are kept, the newest. */
export const LOSSES_MAX = 200_000;
/** So many writes are asked about at once. */
export const LOCATE_MAX = 1000;

/**
 * What became of every write since the router started. It is told of each write as it goes out and as it is answered,
 * and of every status; from what is committed it settles their fates.
 *
 * 1. Every answered write is counted under one outcome; those that were not rejected also under one fate.
 * 2. A fate other than `pending` never changes.
 * 3. A write is called lost or discarded only once a committed prefix excludes its position, or once a leader has said
 *    that it was never written. A deposed leader that still holds it can come back and win.
 * 4. A status costs nothing for the writes that it does not settle: they wait by term in the order of their LSNs, and
 *    what a committed prefix settles of a term is always the lowest of them.
 * 5. It stays bounded as long as nothing is submitted while it is `full`.
 */
export class Ledger {
  #open = 0;
  readonly #unlocated = new Map<WriteId, Unsettled>();
  readonly #placed = new Map<Term, MinHeap<Placed>>();
  readonly #recent = new Ring<LedgerWrite>(DETAILS_MAX);
  readonly #losses = new Ring<LedgerWrite>(LOSSES_MAX);
  readonly #lostBySession = new Map<string, LedgerWrite>();
  readonly #outcomes = { ok: 0, rejected: 0, unknown: 0 };
  readonly #fates = { pending: 0, committed: 0, lost: 0, discarded: 0 };
  #kept = 0;
  /** Writes that stay pending for ever, for nobody can tell any more. */
  #untraceable = 0;
  /** The longest prefix known to be committed. */
  #prefix: { readonly lineage: Lineage; readonly committedLsn: Lsn } | null = null;

  get outcomes(): OutcomeCounts {
    return { ...this.#outcomes };
  }

  get fates(): FateCounts {
    return { ...this.#fates };
  }

  /** How many acknowledged writes are committed. */
  get kept(): number {
    return this.#kept;
  }

  /** How many pending writes stay so: a snapshot has folded away what would tell. */
  get untraceable(): number {
    return this.#untraceable;
  }

  get full(): boolean {
    return this.#open + this.#fates.pending - this.#untraceable >= UNSETTLED_MAX;
  }

  /** A write has come in. What is returned is to be answered, once. */
  submitted(id: WriteId, write: Submitted): OpenWrite {
    this.#open += 1;
    return { id, submitted: write, isOpen: true };
  }

  /** A write is answered. `position` is null only if it was rejected or did not come back. */
  answered(
    open: OpenWrite,
    outcome: Outcome,
    position: Position | null,
    durableOn: readonly ReplicaId[],
    ms: number,
    code: ErrorCode | null = null,
  ): readonly LedgerChange[] {
    const { id, submitted } = open;
    if (!open.isOpen) throw new Error(`write ${id} was answered (${outcome}), but is not open`);
    if (outcome === 'ok' && position === null) throw new Error(`write ${id} was acknowledged without a position`);
    open.isOpen = false;
    this.#open -= 1;
    this.#outcomes[outcome] += 1;
    if (outcome === 'rejected') {
      this.#recent.push({ ...submitted, id, outcome, position: null, durableOn, ms, fate: null, code });
      return NOTHING;
    }
    // Field by field: a spread costs more than all the rest.
    const { key, mode, session, term, leader, after } = submitted;
    const write: Unsettled = {
      key,
      mode,
      session,
      term,
      leader,
      after,
      id,
      outcome,
      position: null,
      durableOn,
      ms,
      fate: 'pending',
      code,
    };
    this.#recent.push(write);
    this.#fates.pending += 1;
    if (position !== null) return this.#place(write, position);
    this.#unlocated.set(id, write);
    return NOTHING;
  }

  /** Where a write stands whose position had not come back: from a late reply, or because a leader was asked. */
  located(id: WriteId, position: Position): readonly LedgerChange[] {
    const write = this.#unlocated.get(id);
    if (write === undefined) return NOTHING;
    this.#unlocated.delete(id);
    return this.#place(write, position);
  }

  /** A write whose position had not come back is in no log, and never will be. */
  neverWritten(id: WriteId): readonly LedgerChange[] {
    const write = this.#unlocated.get(id);
    if (write === undefined) return NOTHING;
    this.#unlocated.delete(id);
    const changes: LedgerChange[] = [];
    this.#settle(write, 'rolled-back', changes);
    return changes;
  }

  /** A write whose position had not come back may be in the part of the log that is folded away: it stays pending. */
  foldedAway(id: WriteId): void {
    if (this.#unlocated.delete(id)) this.#untraceable += 1;
  }

  /** What a replica says is committed, from its status. */
  observe(lineage: Lineage, committedLsn: Lsn): readonly LedgerChange[] {
    // A shorter prefix begins the one that is known, and says nothing new.
    if (this.#prefix !== null && committedLsn <= this.#prefix.committedLsn) return NOTHING;
    this.#prefix = { lineage, committedLsn };
    const changes: LedgerChange[] = [];
    const committedTerm = termAt(lineage, committedLsn);
    for (const [writeTerm, waiting] of this.#placed) {
      const settledTo = writeTerm < committedTerm ? Number.POSITIVE_INFINITY : committedLsn;
      for (let next = waiting.peek(); next !== undefined && next.position.lsn <= settledTo; next = waiting.peek()) {
        waiting.pop();
        this.#settle(next, settle(next.position, lineage, committedLsn), changes);
      }
      if (waiting.size === 0) this.#placed.delete(writeTerm);
    }
    return changes;
  }

  /**
   * Unknown writes without a position, oldest first, at most `LOCATE_MAX`, that were sent to a leader of a term before
   * `before`: those that the leader of that term can be asked about. In its own term an answer may still come.
   */
  unlocated(before: Term): readonly Unlocated[] {
    const asked: Unlocated[] = [];
    for (const { id, term, session, after } of this.#unlocated.values()) {
      if (asked.length === LOCATE_MAX) break;
      if (term < before) asked.push({ id, term, session, after });
    }
    return asked;
  }

  /** Where the write stood that was acknowledged under this session and seq, and lost; null if none was. */
  lostBySession(session: string, seq: number): Position | null {
    return this.#lostBySession.get(sessionKey({ session, seq }))?.position ?? null;
  }

  /** The last writes that were answered, as they are now, oldest first. */
  recent(count: number = DETAILS_MAX): readonly LedgerWrite[] {
    return this.#recent.newest(count).map((write) => ({ ...write }));
  }

  /** Oldest first. */
  losses(count: number = LOSSES_MAX): readonly LedgerWrite[] {
    return this.#losses.newest(count);
  }

  #place(write: Unsettled, position: Position): readonly LedgerChange[] {
    write.position = position;
    const placed = write as Placed;
    const known = this.#prefix;
    const verdict = known === null ? 'pending' : settle(position, known.lineage, known.committedLsn);
    const changes: LedgerChange[] = [];
    if (verdict === 'pending') this.#waitingIn(position.term).push(placed);
    else this.#settle(placed, verdict, changes);
    return changes;
  }

  #waitingIn(writeTerm: Term): MinHeap<Placed> {
    const waiting = this.#placed.get(writeTerm) ?? new MinHeap<Placed>((write) => write.position.lsn);
    this.#placed.set(writeTerm, waiting);
    return waiting;
  }

  #settle(write: Unsettled, verdict: Settlement, changes: LedgerChange[]): void {
    if (verdict === 'pending') throw new Error(`write ${write.id} was taken for settled, and is pending`);
    const acknowledged = write.outcome === 'ok';
    const fate = verdict === 'committed' ? 'committed' : acknowledged ? 'lost' : 'discarded';
    write.fate = fate;
    this.#fates.pending -= 1;
    this.#fates[fate] += 1;
    if (fate === 'lost') this.#keepLoss({ ...write });
    if (fate === 'committed' && acknowledged) this.#kept += 1;
    if (fate === 'lost') changes.push({ type: 'lost', write: { ...write } });
    else if (!acknowledged) changes.push({ type: 'settled', write: { ...write }, fate });
  }

  #keepLoss(loss: LedgerWrite): void {
    const gone = this.#losses.push(loss);
    if (loss.session !== null) this.#lostBySession.set(sessionKey(loss.session), loss);
    if (gone === undefined || gone.session === null) return;
    const key = sessionKey(gone.session);
    if (this.#lostBySession.get(key) === gone) this.#lostBySession.delete(key);
  }
}

const NOTHING: readonly LedgerChange[] = [];

/** A write whose fate may still change, and whose position may still be found. */
interface Unsettled extends Omit<LedgerWrite, 'position' | 'fate'> {
  position: Position | null;
  fate: Fate;
}
type Placed = Unsettled & { readonly position: Position };

const sessionKey = ({ session, seq }: SessionSeq): string => `${seq} ${session}`;
