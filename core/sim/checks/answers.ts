import type { Entry, WriteMode } from '../../protocol/entry.ts';
import type { Input } from '../../protocol/io.ts';
import { formatPosition, type Lsn, type Position, type Term } from '../../protocol/position.ts';
import type {
  LocateReply,
  LocateRequest,
  ReadRequest,
  Reply,
  WriteAcknowledged,
  WriteRejected,
  WriteReply,
  WriteRequest,
} from '../../protocol/requests.ts';
import { SESSION_WINDOW } from '../../protocol/sessions.ts';
import { type Contact, HAIR_MS } from './contact.ts';
import type { Ghost } from './ghost.ts';
import type { History } from './history.ts';
import { type Came, ReadChecks } from './reads.ts';
import { broken } from './violation.ts';

/**
 * What a replica was asked. `atMs`: by its own clock. A router that loses a connection may ask the same read again, of
 * the same replica: it is answered as often as it was asked.
 */
type Asked = { readonly atMs: number; times?: number } & (
  | { readonly type: 'write'; readonly write: WriteRequest }
  | { readonly type: 'read'; readonly read: ReadRequest; readonly came: Came }
  | { readonly type: 'locate'; readonly locate: LocateRequest }
);

/**
 * What replicas answer, held against the logs and the disks.
 *
 * 1. Each question is answered once, in time, by whoever was asked.
 * 2. An acknowledged write is in the log, as it was asked for, after what its client had seen, and as durable as its mode
 *    says; and whoever acknowledges has lately heard of its quorum.
 * 3. What was rejected is in no log. What a leader calls gone is never committed.
 * 4. A session's write is applied once.
 */
export class AnswerChecks {
  readonly #ghosts: readonly Ghost[];
  readonly #history: History;
  readonly #reads: ReadChecks;
  /** By replica: what it was asked and has not answered. */
  readonly #open: Map<string, Asked>[];
  readonly #appended = new Set<string>();
  readonly #rejected = new Set<string>();
  readonly #gone = new Set<string>();
  readonly #applied = new Set<string>();

  constructor(ghosts: readonly Ghost[], history: History) {
    this.#ghosts = ghosts;
    this.#history = history;
    this.#reads = new ReadChecks(history);
    this.#open = ghosts.map(() => new Map<string, Asked>());
  }

  /** A process that died or starts owes nobody an answer. */
  forget(ghost: Ghost): void {
    this.#open[ghost.index] = new Map();
  }

  /** Before the answers of the same step. */
  asked(ghost: Ghost, input: Input, contact: Contact, step: number): void {
    const open = this.#open[ghost.index] as Map<string, Asked>;
    const atMs = contact.clockMs;
    if (input.type === 'propose') for (const write of input.writes) open.set(write.id, { type: 'write', atMs, write });
    if (input.type === 'read') {
      const again = open.get(input.read.id);
      if (again) again.times = (again.times ?? 1) + 1;
      else open.set(input.read.id, { type: 'read', atMs, read: input.read, came: this.#reads.come(step) });
    }
    if (input.type === 'locate') open.set(input.locate.id, { type: 'locate', atMs, locate: input.locate });
  }

  appended(ghost: Ghost, input: Input, entries: readonly Entry[], contact: Contact): void {
    const writes = input.type === 'propose' ? new Map(input.writes.map((write) => [write.id, write])) : null;
    for (const { id, term } of entries) {
      if (id === null) continue;
      const write = writes?.get(id);
      if (write && write.term !== term)
        broken('admitted', `${id} is for term ${write.term}, and is written in ${term}`);
      if (write && !this.#mayHope(ghost, write.mode, contact)) {
        broken('admitted', `${ghost.id} writes ${id} (${write.mode}), and has not heard of whom it takes in time`);
      }
      if (this.#rejected.has(id)) broken('rejected', `${id} was rejected, and is in a log`);
      this.#appended.add(id);
    }
  }

  /** An entry is committed that was not before. */
  committed(lsn: Lsn, term: Term): void {
    const entry = this.#history.entryAt({ lsn, term });
    if (entry?.id && this.#gone.has(entry.id)) broken('gone', `${entry.id} was not to be found, and is committed`);
    if (entry?.session) {
      const name = `${entry.session.session} ${entry.session.seq}`;
      if (this.#applied.has(name))
        broken('applied-once', `${name} is applied twice, the second time at ${term}:${lsn}`);
      this.#applied.add(name);
    }
    this.#reads.committed({ lsn, term });
  }

  replied(ghost: Ghost, reply: Reply, contact: Contact): void {
    const open = this.#open[ghost.index] as Map<string, Asked>;
    const asked = open.get(reply.id);
    if (asked?.type !== reply.type) broken('answers', `${ghost.id} answers ${reply.id}, and owes it no ${reply.type}`);
    if ((asked.times ?? 1) > 1) asked.times = (asked.times ?? 1) - 1;
    else open.delete(reply.id);
    if (reply.type === 'write' && asked.type === 'write') this.#wrote(ghost, reply, asked.write, contact);
    if (reply.type === 'read' && asked.type === 'read') {
      if (reply.outcome === 'ok') this.#reads.served(ghost, reply, asked.read, asked.came, contact);
      else if (reply.code === 'rolled-back') this.#rolledBack(asked.read.token);
    }
    if (reply.type === 'locate' && asked.type === 'locate') this.#located(ghost, reply, asked.locate);
  }

  /** After a tick: nobody waits for longer than a client's patience. */
  ticked(ghost: Ghost, contact: Contact): void {
    for (const [id, { atMs, times }] of this.#open[ghost.index] as Map<string, Asked>) {
      const owedMs = contact.clockMs - atMs;
      const isLate = owedMs > contact.timing.acknowledgeMs + HAIR_MS && times === undefined;
      if (isLate) broken('answers', `${ghost.id} owes ${id} an answer for ${owedMs} ms`);
      // The oldest comes first.
      return;
    }
  }

  /** What `ghost` was asked and has not answered. */
  openAt(ghost: Ghost): readonly string[] {
    return [...(this.#open[ghost.index] as Map<string, Asked>).keys()];
  }

  /** Whether it heard of those who have to answer: what is written without may hang, and should be refused. */
  #mayHope(ghost: Ghost, mode: WriteMode, contact: Contact): boolean {
    const { electionMinMs, electionMaxMs } = contact.timing;
    if (mode === 'async') return contact.isWithin(electionMinMs);
    const heard = 1 + contact.heardOf(ghost.id);
    const isEnough = mode === 'sync' ? heard === this.#ghosts.length : 2 * heard > this.#ghosts.length;
    return isEnough && contact.isWithin(electionMaxMs);
  }

  #wrote(ghost: Ghost, reply: WriteReply, write: WriteRequest, contact: Contact): void {
    switch (reply.outcome) {
      case 'ok':
        return this.#acknowledged(ghost, reply, write, contact);
      case 'rejected':
        if (this.#appended.has(reply.id)) broken('rejected', `${reply.id} is rejected, and is in a log`);
        this.#rejected.add(reply.id);
        if (reply.code === 'rolled-back') this.#rolledBack(write.token);
        if (!isRightToRefuse(ghost, reply, write)) {
          broken('retry', `${ghost.id} refuses ${reply.id} as ${reply.code}, and its log does not say so`);
        }
        return;
      case 'unknown':
        if (write.session || this.#appended.has(reply.id)) return;
        return broken('answers', `${reply.id} is unknown, and was never appended`);
      default:
        reply satisfies never;
    }
  }

  #acknowledged(ghost: Ghost, { position, durableOn }: WriteAcknowledged, write: WriteRequest, contact: Contact): void {
    const { electionMinMs, electionMaxMs } = contact.timing;
    const what = (): string =>
      `${write.id} (${write.mode}) at ${formatPosition(position)}, acknowledged by ${ghost.id},`;
    const entry = ghost.memory[position.lsn - 1];
    if (entry?.term !== position.term) return broken('acknowledged', `${what()} is not in its log`);
    if (entry.id !== write.id && !isRetryOf(entry, write)) broken('acknowledged', `${what()} is another write`);
    if (write.token && !ghost.holds(write.token)) broken('token-write', `${what()} is not after what its client saw`);
    if (!contact.isWithin(write.mode === 'async' ? electionMinMs : electionMaxMs)) {
      broken('contact', `${what()} and it has not heard of its quorum in time`);
    }
    const has = this.#ghosts.filter(({ durable }) => durable.held(position.lsn, position.term));
    for (const other of this.#ghosts) {
      // One that has moved on to a later term may have dropped it, of which this leader knows nothing.
      const isWrong = durableOn.includes(other.id) && !has.includes(other) && other.durable.term <= position.term;
      if (isWrong) broken('durable-on', `${what()} is not durable on ${other.id}`);
    }
    const knows = this.#ghosts.filter((other) => {
      const toldLsn = other === ghost ? ghost.status?.durableLsn : contact.toldBy(other.id);
      return (toldLsn ?? 0) >= position.lsn;
    });
    const isKnown = knows.length === durableOn.length && knows.every(({ id }, index) => id === durableOn[index]);
    if (!isKnown) {
      const named = knows.map(({ id }) => id);
      broken('durable-on', `${what()} is durable on ${durableOn}, it says, and it knows of ${named}`);
    }
    const isCommitted = this.#history.isCommitted(position);
    const isEnough = {
      async: has.includes(ghost),
      quorum: isCommitted,
      sync: isCommitted && has.length === this.#ghosts.length,
    };
    if (isEnough[write.mode]) this.#reads.acknowledged(position, write.mode);
    else broken(`${write.mode}-ack`, `${what()} is durable on ${has.map(({ id }) => id).join(' ') || 'none'} only`);
  }

  #rolledBack(token: Position | undefined): void {
    if (token && this.#history.isExcluded(token)) return;
    broken('rolled-back', `${token && formatPosition(token)} is called rolled back, and may still be committed`);
  }

  #located(ghost: Ghost, { settled, complete, found }: LocateReply, { writes, term }: LocateRequest): void {
    if (!settled) return;
    const places = new Map(found.map((place) => [place.id, place.position]));
    for (const { id, session } of writes) {
      const position = places.get(id);
      if (position === undefined) {
        // It may stand in the part that is folded into a snapshot.
        if (!complete) continue;
        this.#gone.add(id);
        const isCommitted = this.#history.committed.some(
          (of, index) => this.#history.entryAt({ term: of, lsn: (index + 1) as Lsn })?.id === id,
        );
        if (isCommitted) broken('gone', `${id} was not found by ${ghost.id}, and is committed`);
        continue;
      }
      const entry = ghost.memory[position.lsn - 1];
      const isRetry = session !== null && entry?.session?.seq === session.seq && position.term <= term;
      const isIt = entry?.term === position.term && (entry.id === id || isRetry);
      if (!isIt) broken('located', `${id} is not at ${formatPosition(position)} of ${ghost.id}`);
    }
  }
}

/** Of a retry that is refused: whether the log holds another write of its number, or one far beyond it. */
function isRightToRefuse({ memory }: Ghost, { code }: WriteRejected, { session, command }: WriteRequest): boolean {
  if (code !== 'seq-reused' && code !== 'seq-too-old') return true;
  return memory.some((entry) => {
    if (session === null || entry.session?.session !== session.session) return false;
    if (code === 'seq-too-old') return entry.session.seq - SESSION_WINDOW >= session.seq;
    return entry.session.seq === session.seq && JSON.stringify(entry.command) !== JSON.stringify(command);
  });
}

function isRetryOf({ session, command }: Entry, write: WriteRequest): boolean {
  return (
    write.session !== null && JSON.stringify([session, command]) === JSON.stringify([write.session, write.command])
  );
}
