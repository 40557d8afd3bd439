import type { Entry, WriteMode } from '../../../core/protocol/entry.ts';
import { formatPosition, type Position, type ReplicaId } from '../../../core/protocol/position.ts';
import type {
  LocateReply,
  LocateRequest,
  ReadRequest,
  ReadServed,
  Reply,
  WriteAcknowledged,
  WriteRequest,
} from '../../../core/protocol/requests.ts';
import type { ContactChecks } from './checks-contact.ts';
import { type History, isSame, must, positionIn, valueIn } from './checks-history.ts';
import type { LabDisk } from './lab-disk.ts';
import { outcomeText } from './lab-text.ts';

type Request = { /** By the clock of the replica asked. */ readonly atMs: number } & (
  | { readonly type: 'write'; readonly write: WriteRequest }
  | { readonly type: 'read'; readonly read: ReadRequest; readonly seen: Seen }
  | { readonly type: 'locate'; readonly locate: LocateRequest }
);

/** What had been acknowledged when a read came. */
interface Seen {
  readonly step: number;
  /** The highest LSN acknowledged under quorum or sync: committed, so an LSN is enough. */
  readonly promisedLsn: number;
  /** How many async acknowledgements there had been. */
  readonly asyncCount: number;
}

/** Everything that clients were promised, checked against the disks and the history. */
export class ClientChecks {
  readonly #history: History;
  readonly #contact: ContactChecks;
  readonly #disks: ReadonlyMap<ReplicaId, () => LabDisk>;
  /** By replica: what it was asked and has not answered, by id. */
  readonly #open = new Map<ReplicaId, Map<string, Request>>();
  readonly #appended = new Set<string>();
  readonly #rejected = new Set<string>();
  /** Writes that a leader said will never be committed. */
  readonly #givenUp = new Set<string>();
  readonly #async: Position[] = [];
  readonly #linearized: { readonly seen: Seen; readonly end: Position }[] = [];
  readonly #sessions = new Set<string>();
  #promisedLsn = 0;

  constructor(history: History, contact: ContactChecks, disks: ReadonlyMap<ReplicaId, () => LabDisk>) {
    this.#history = history;
    this.#contact = contact;
    this.#disks = disks;
  }

  /** A process that died or starts owes nobody an answer. */
  forget(id: ReplicaId): void {
    this.#open.set(id, new Map());
  }

  proposed(id: ReplicaId, writes: readonly WriteRequest[]): void {
    const atMs = this.#contact.clockMs(id);
    for (const write of writes) this.#openOf(id).set(write.id, { type: 'write', atMs, write });
  }

  reads(id: ReplicaId, read: ReadRequest, step: number): void {
    const seen = { step, promisedLsn: this.#promisedLsn, asyncCount: this.#async.length };
    this.#openOf(id).set(read.id, { type: 'read', atMs: this.#contact.clockMs(id), read, seen });
  }

  locates(id: ReplicaId, locate: LocateRequest): void {
    this.#openOf(id).set(locate.id, { type: 'locate', atMs: this.#contact.clockMs(id), locate });
  }

  appended(entry: Entry): void {
    if (entry.id === null) return;
    must(!this.#rejected.has(entry.id), () => `${entry.id} was rejected, and is in a log`);
    this.#appended.add(entry.id);
  }

  committed(entry: Entry): void {
    must(entry.id === null || !this.#givenUp.has(entry.id), () => `${entry.id} was not to be found, and is committed`);
    if (entry.session) {
      const { session, seq } = entry.session;
      must(!this.#sessions.has(`${session} ${seq}`), () => `seq ${seq} of ${session} is applied twice`);
      this.#sessions.add(`${session} ${seq}`);
    }
    const acknowledgedAs = this.#async.findIndex((position) => isSame(position, entry));
    if (acknowledgedAs < 0) return;
    for (const { seen, end } of this.#linearized) {
      must(seen.asyncCount <= acknowledgedAs || end.lsn >= entry.lsn, () => {
        return `a linearizable read at ${formatPosition(end)} missed ${formatPosition(entry)}, acknowledged before it`;
      });
    }
  }

  replied(id: ReplicaId, reply: Reply): void {
    const request = this.#openOf(id).get(reply.id);
    must(request?.type === reply.type, () => `${id} answers ${reply.id}, which it does not owe an answer`);
    this.#openOf(id).delete(reply.id);
    if (reply.type === 'write' && request?.type === 'write') {
      if (reply.outcome === 'ok') this.#acknowledged(id, reply, request.write);
      if (reply.outcome === 'rejected') {
        must(!this.#appended.has(reply.id), () => `${reply.id} is rejected, and is in a log`);
        this.#rejected.add(reply.id);
        if (reply.code === 'rolled-back') this.#rolledBack(request.write.token);
      }
      if (reply.outcome === 'unknown' && !request.write.session) {
        must(this.#appended.has(reply.id), () => `${reply.id} is unknown, and was never appended`);
      }
    }
    if (reply.type === 'read' && request?.type === 'read') {
      if (reply.outcome === 'ok') this.#served(id, reply, request.read, request.seen);
      else if (reply.code === 'rolled-back') this.#rolledBack(request.read.token);
    }
    if (reply.type === 'locate' && request?.type === 'locate') this.#located(id, reply, request.locate);
  }

  /** After a tick: nobody waits for longer than a client's patience. */
  ticked(id: ReplicaId): void {
    const { acknowledgeMs } = this.#contact.timing(id);
    const sinceMs = this.#contact.clockMs(id) - acknowledgeMs;
    for (const [request, { atMs }] of this.#openOf(id)) {
      must(atMs > sinceMs, () => `${id} owes ${request} an answer for longer than ${acknowledgeMs} ms`);
    }
  }

  /** What `id` was asked and has not answered. */
  openAt(id: ReplicaId): readonly string[] {
    return [...this.#openOf(id).keys()];
  }

  #acknowledged(id: ReplicaId, { position, durableOn }: WriteAcknowledged, write: WriteRequest): void {
    const what = `${write.id} (${write.mode}) at ${formatPosition(position)}, acknowledged by ${id},`;
    const entry = this.#logOf(id)[position.lsn - 1];
    must(entry !== undefined && isSame(entry, position), () => `${what} is not in its log`);
    const isRetry = JSON.stringify([entry.session, entry.command]) === JSON.stringify([write.session, write.command]);
    must(entry.id === write.id || (write.session !== null && isRetry), () => `${what} is another write`);
    const seen = write.token && positionIn(this.#logOf(id), write.token.lsn);
    must(
      !write.token || (seen && isSame(seen, write.token)) === true,
      () => `${what} is not after what its client saw`,
    );
    const { electionMinMs, electionMaxMs } = this.#contact.timing(id);
    const withinMs = write.mode === 'async' ? electionMinMs : electionMaxMs;
    must(this.#contact.isInContact(id, withinMs), () => `${what} without contact to a quorum`);
    const has = [...this.#disks].filter(([, disk]) => disk().held(position));
    const holders = has.map(([holder]) => holder);
    for (const holder of durableOn) {
      // It may have dropped the entry in a later term, of which this leader knows nothing.
      const hasMovedOn = (this.#disks.get(holder)?.().hardState.term ?? 0) > position.term;
      must(hasMovedOn || holders.includes(holder), () => `${what} is not durable on ${holder}`);
    }
    const enough: Record<WriteMode, boolean> = {
      async: holders.includes(id),
      quorum: this.#history.isCommitted(position),
      sync: this.#history.isCommitted(position) && holders.length === this.#disks.size,
    };
    must(enough[write.mode], () => `${what} is durable on ${holders} only`);
    if (write.mode === 'async') this.#async.push(position);
    else this.#promisedLsn = Math.max(this.#promisedLsn, position.lsn);
  }

  #rolledBack(token: Position | undefined): void {
    const isGone = token !== undefined && this.#history.isExcluded(token);
    must(isGone, () => `${token && formatPosition(token)} is called rolled back too early`);
  }

  #served(id: ReplicaId, reply: ReadServed, read: ReadRequest, seen: Seen): void {
    const { position, value } = reply;
    const log = this.#logOf(id);
    const what = `the ${read.level} read ${read.id} at ${formatPosition(position)}, ${outcomeText(reply)}`;
    const end = positionIn(log, position.lsn);
    must(end !== null && isSame(end, position), () => `${what}, is not in the log of ${id}`);
    must(value === valueIn(log, read.key, position.lsn), () => `${what}, has not the value that the log gives`);
    must(!reply.committed || this.#history.isCommitted(position), () => `${what}, is not committed`);
    const isDurable = this.#disks.get(id)?.().entries[position.lsn - 1]?.term === position.term;
    must(reply.committed || isDurable, () => `${what}, is neither committed nor durable`);
    if (read.level === 'token') {
      const token = positionIn(log, read.token.lsn);
      const isAfter = read.token.lsn <= position.lsn && token !== null && isSame(token, read.token);
      must(isAfter, () => `${what}, is not at or after ${formatPosition(read.token)}`);
      must(
        reply.committed || isSame(position, read.token),
        () => `${what}, shows what is not committed beyond its token`,
      );
    }
    if (read.level === 'linearizable') this.#linearizable(id, position, seen, what);
  }

  #linearizable(id: ReplicaId, end: Position, seen: Seen, what: string): void {
    must(this.#history.isCommitted(end), () => `${what}, is not committed`);
    must(end.lsn >= seen.promisedLsn, () => `${what}, misses ${seen.promisedLsn}, acknowledged before it`);
    for (const position of this.#async.slice(0, seen.asyncCount)) {
      must(position.lsn <= end.lsn || !this.#history.isCommitted(position), () => {
        return `${what}, misses ${formatPosition(position)}, acknowledged before it`;
      });
    }
    must(this.#contact.isConfirmedSince(id, seen.step), () => `${what}, without a round begun after it came`);
    this.#linearized.push({ seen, end });
  }

  #located(id: ReplicaId, { settled, complete, found }: LocateReply, { writes, term }: LocateRequest): void {
    if (!settled) return;
    const places = new Map(found.map((place) => [place.id, place.position]));
    for (const write of writes) {
      const position = places.get(write.id);
      if (position === undefined) {
        // It may stand in the part that is folded into a snapshot.
        if (!complete) continue;
        this.#givenUp.add(write.id);
        const isThere = this.#history.committed.some(({ entry }) => entry.id === write.id);
        must(!isThere, () => `${write.id} was not found by ${id}, and is committed`);
        continue;
      }
      const entry = this.#logOf(id)[position.lsn - 1];
      const isRetry = write.session !== null && entry?.session?.seq === write.session.seq && position.term <= term;
      const isIt = entry?.term === position.term && (entry.id === write.id || isRetry);
      must(isIt, () => `${write.id} is not at ${formatPosition(position)} of ${id}`);
    }
  }

  #logOf(id: ReplicaId): readonly Entry[] {
    return this.#disks.get(id)?.().memory ?? [];
  }

  #openOf(id: ReplicaId): Map<string, Request> {
    let open = this.#open.get(id);
    if (!open) {
      open = new Map();
      this.#open.set(id, open);
    }
    return open;
  }
}
