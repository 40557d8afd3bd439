import type { Entry, HardState } from './entry.ts';
import type { ReplicaEvent } from './events.ts';
import type { Ready } from './io.ts';
import type { Envelope, PeerMessage } from './messages.ts';
import type { Lsn, ReplicaId } from './position.ts';
import type { Reply } from './requests.ts';
import type { SnapshotPart } from './snapshot.ts';

/** Collects what one step wants done; `take` turns it into the step's Ready. */
export class Outbox {
  hardStateChanged = false;
  #truncateFrom: Lsn | null = null;
  #entries: Entry[] = [];
  #snapshot: SnapshotPart | null = null;
  #send: Envelope[] = [];
  #sendAfterPersist: Envelope[] = [];
  #replies: Reply[] = [];
  #events: ReplicaEvent[] = [];

  /** May leave at once. */
  send(to: ReplicaId, message: PeerMessage): void {
    this.#send.push({ to, message });
  }

  /** Leaves when all that was handed to the disk up to now, this step's batch included, is durable. */
  sendAfterPersist(to: ReplicaId, message: PeerMessage): void {
    this.#sendAfterPersist.push({ to, message });
  }

  reply(reply: Reply): void {
    this.#replies.push(reply);
  }

  event(event: ReplicaEvent): void {
    this.#events.push(event);
  }

  persist(entry: Entry): void {
    if (this.#snapshot) throw new Error('appended beside a part of a snapshot');
    this.#entries.push(entry);
  }

  /** A part of a snapshot has a batch of its own: whether one may go in this step. */
  get takesSnapshot(): boolean {
    return this.#truncateFrom === null && this.#entries.length === 0 && this.#snapshot === null;
  }

  snapshot(part: SnapshotPart): void {
    if (!this.takesSnapshot) throw new Error(`part ${part.index} of a snapshot beside something else`);
    this.#snapshot = part;
  }

  /** A step truncates at most once, and before it appends: it takes in at most one message. */
  truncate(from: Lsn): void {
    if (this.#truncateFrom !== null || this.#entries.length > 0) throw new Error('truncated after an append');
    this.#truncateFrom = from;
  }

  /** `nextBatch` numbers the step's batch, if it has one. */
  take(hardState: HardState, nextBatch: number): Ready {
    const dirty = this.hardStateChanged || !this.takesSnapshot;
    const persists = dirty || this.#sendAfterPersist.length > 0;
    if (!persists && this.#send.length + this.#replies.length + this.#events.length === 0) return NOTHING;
    const batch = persists && {
      number: nextBatch,
      hardState,
      truncateFrom: this.#truncateFrom,
      entries: this.#entries,
      snapshot: this.#snapshot,
      dirty,
    };
    const ready = {
      persist: batch || null,
      send: this.#send,
      sendAfterPersist: this.#sendAfterPersist,
      replies: this.#replies,
      events: this.#events,
    };
    this.hardStateChanged = false;
    this.#truncateFrom = null;
    this.#entries = [];
    this.#snapshot = null;
    this.#send = [];
    this.#sendAfterPersist = [];
    this.#replies = [];
    this.#events = [];
    return ready;
  }
}

/** What most ticks come to. */
const NOTHING: Ready = { persist: null, send: [], sendAfterPersist: [], replies: [], events: [] };
