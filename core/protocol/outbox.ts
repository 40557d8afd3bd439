import type { Entry, HardState } from './entry.ts';
import type { ReplicaEvent } from './events.ts';
import type { Ready } from './io.ts';
import type { Envelope, PeerMessage } from './messages.ts';
import type { Lsn, ReplicaId } from './position.ts';
import type { Reply } from './requests.ts';

/** Collects what one step wants done; `take` turns it into the step's Ready. */
export class Outbox {
  hardStateChanged = false;
  #truncateFrom: Lsn | null = null;
  #entries: Entry[] = [];
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
    this.#entries.push(entry);
  }

  /** A step truncates at most once, and before it appends: it takes in at most one message. */
  truncate(from: Lsn): void {
    if (this.#truncateFrom !== null || this.#entries.length > 0) throw new Error('truncated after an append');
    this.#truncateFrom = from;
  }

  /** `nextBatch` numbers the step's batch, if it has one. */
  take(hardState: HardState, nextBatch: number): Ready {
    const dirty = this.hardStateChanged || this.#truncateFrom !== null || this.#entries.length > 0;
    const batch = {
      number: nextBatch,
      hardState,
      truncateFrom: this.#truncateFrom,
      entries: this.#entries,
      snapshot: null,
      dirty,
    };
    const ready = {
      persist: dirty || this.#sendAfterPersist.length > 0 ? batch : null,
      send: this.#send,
      sendAfterPersist: this.#sendAfterPersist,
      replies: this.#replies,
      events: this.#events,
    };
    this.hardStateChanged = false;
    this.#truncateFrom = null;
    this.#entries = [];
    this.#send = [];
    this.#sendAfterPersist = [];
    this.#replies = [];
    this.#events = [];
    return ready;
  }
}
