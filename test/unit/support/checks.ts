import type { Entry } from '../../../core/protocol/entry.ts';
import { DROPPED_WRITES_MAX } from '../../../core/protocol/events.ts';
import type { Input, PersistBatch, Ready } from '../../../core/protocol/io.ts';
import type { PeerMessage } from '../../../core/protocol/messages.ts';
import { formatPosition, ORIGIN, type ReplicaId, type Term } from '../../../core/protocol/position.ts';
import type { ReplicaStatus } from '../../../core/protocol/status.ts';
import type { Timing } from '../../../core/protocol/timing.ts';
import { ClientChecks } from './checks-clients.ts';
import { ContactChecks } from './checks-contact.ts';
import { History, isSame, must, positionIn } from './checks-history.ts';
import type { LabDisk } from './lab-disk.ts';

/**
 * What must hold after every step of every replica, judged from what was written to disks and sent, and not from what a
 * replica thinks. Whatever must be remembered for it (who voted, who led, what was committed) is remembered here.
 */
export class Checks {
  readonly history = new History();
  readonly clients: ClientChecks;
  readonly #ids: readonly ReplicaId[];
  readonly #quorum: number;
  readonly #disk: (id: ReplicaId) => LabDisk;
  readonly #contact: ContactChecks;
  /** The last status of each replica that runs. */
  readonly #last = new Map<ReplicaId, ReplicaStatus>();
  readonly #batches = new Map<ReplicaId, number>();
  readonly #leaders = new Map<Term, ReplicaId>();
  /** By replica and term: for whom it voted. A restart does not make it forgotten here. */
  readonly #votes = new Map<string, ReplicaId>();
  #steps = 0;

  constructor(ids: readonly ReplicaId[], disk: (id: ReplicaId) => LabDisk) {
    this.#ids = ids;
    this.#quorum = Math.floor(ids.length / 2) + 1;
    this.#disk = disk;
    this.#contact = new ContactChecks(ids.length);
    const disks = new Map(ids.map((id) => [id, () => disk(id)]));
    this.clients = new ClientChecks(this.history, this.#contact, disks);
  }

  started(id: ReplicaId, status: ReplicaStatus, timing: Timing): void {
    const { hardState, entries } = this.#disk(id);
    must(status.term === hardState.term, () => `${id} starts in term ${status.term}, its disk says ${hardState.term}`);
    must(status.durableLsn === entries.length, () => `${id} starts with ${status.durableLsn} of ${entries.length}`);
    this.#appended(entries, 0);
    this.#commits(id, 0, status);
    this.#last.set(id, status);
    this.#batches.set(id, 0);
    this.#contact.started(id, timing);
    this.clients.forget(id);
  }

  died(id: ReplicaId): void {
    this.#last.delete(id);
    this.clients.forget(id);
    this.#staysDurable(1);
  }

  /** After a step, when its batch is with the disk; `dropped` is what the batch truncated. */
  stepped(id: ReplicaId, input: Input, ready: Ready, dropped: readonly Entry[], status: ReplicaStatus): void {
    const before = this.#last.get(id) as ReplicaStatus;
    this.#last.set(id, status);
    this.#steps++;
    this.#readyIsInOrder(id, ready);
    if (ready.events.some((event) => event.type === 'caught-up')) this.#hasCaughtUp(id);
    must(status.term >= before.term, () => `the term of ${id} went down`);
    if (input.type === 'receive' && input.message.type === 'vote-request' && input.message.phase === 'pre-vote') {
      must(status.term === before.term, () => `a pre-vote raised the term of ${id} to ${status.term}`);
    }
    if (ready.persist) this.#persists(id, ready.persist, dropped, ready, before);
    for (const { to, message } of [...ready.send, ...ready.sendAfterPersist]) {
      if (!('matchedLsn' in message)) continue;
      this.#agrees(id, this.#disk(id).memory, message.matchedLsn, to, message.term);
    }
    this.#logIsAsSaid(id, status);
    this.#commits(id, before.committedLsn, status);
    if (status.role === 'leader') this.#leads(id, status);
    this.#contact.stepped(id, input, ready, status, this.#steps);
    if (input.type === 'propose') this.clients.proposed(id, input.writes);
    if (input.type === 'read') this.clients.reads(id, input.read, this.#steps);
    if (input.type === 'locate') this.clients.locates(id, input.locate);
    for (const reply of ready.replies) this.clients.replied(id, reply);
    if (input.type === 'tick') this.clients.ticked(id);
  }

  /** A batch of `id` has become durable. */
  durable({ truncateFrom }: PersistBatch): void {
    if (truncateFrom !== null) this.#staysDurable(truncateFrom);
  }

  /** A message leaves: whatever it attests must be on the sender's disk. */
  released(from: ReplicaId, to: ReplicaId, message: PeerMessage): void {
    const { hardState, entries } = this.#disk(from);
    const what = () => `${from} sends ${JSON.stringify(message)}`;
    const isPreVote = message.type === 'vote-request' && message.phase === 'pre-vote';
    must(isPreVote || message.term <= hardState.term, () => `${what()}, and its disk holds term ${hardState.term}`);
    switch (message.type) {
      case 'vote-request':
        if (message.phase === 'vote') this.#votesFor(from, message.term, from);
        return;
      case 'vote-reply':
        if (message.phase === 'vote' && message.granted) this.#votesFor(from, message.forTerm, to);
        return;
      case 'append-accepted':
      case 'heartbeat-reply': {
        const { durableLsn, matchedLsn } = message;
        must(durableLsn <= matchedLsn, () => `${what()}: durable beyond what matches`);
        must(durableLsn <= entries.length, () => `${what()}, and its disk holds ${entries.length} entries`);
        this.#agrees(from, entries, durableLsn, to, message.term);
        return;
      }
      case 'append':
      case 'append-refused':
      case 'snapshot':
      case 'snapshot-reply':
      case 'heartbeat':
        return;
      default:
        message satisfies never;
    }
  }

  #readyIsInOrder(id: ReplicaId, { persist, send, sendAfterPersist }: Ready): void {
    must(persist !== null || sendAfterPersist.length === 0, () => `${id} waits for a disk that has nothing to do`);
    for (const { message } of send) {
      const isVote = (message.type === 'vote-request' || message.type === 'vote-reply') && message.phase === 'vote';
      must(!isVote, () => `${id} sends a ${message.type} that does not wait for the disk`);
    }
  }

  #persists(id: ReplicaId, batch: PersistBatch, dropped: readonly Entry[], ready: Ready, before: ReplicaStatus): void {
    const { number, truncateFrom, entries, dirty } = batch;
    const last = this.#batches.get(id) ?? 0;
    must(number === last + 1, () => `${id} numbers a batch ${number} after ${last}`);
    this.#batches.set(id, number);
    must(dirty || (truncateFrom === null && entries.length === 0), () => `${id} writes in a batch that is not dirty`);
    if (truncateFrom !== null) {
      must(
        truncateFrom > before.committedLsn,
        () => `${id} drops ${truncateFrom}, and committed ${before.committedLsn}`,
      );
    }
    const reported = ready.events.flatMap((event) => (event.type === 'rolled-back' ? [event] : []))[0];
    const first = dropped[0]?.lsn;
    must(reported?.firstLsn === first, () => `${id} dropped ${first} and reports ${reported?.firstLsn}`);
    const writes = dropped.flatMap((entry) => (entry.id === null ? [] : [entry.id]));
    const lost = writes.slice(0, DROPPED_WRITES_MAX).join();
    const named = reported?.dropped.map((write) => write.id).join() ?? '';
    must(lost === named, () => `${id} dropped ${lost} and reports ${named}`);
    this.#appended(this.#disk(id).memory, this.#disk(id).memory.length - entries.length);
  }

  /** The entries of `log` after the first `known` are new to it. */
  #appended(log: readonly Entry[], known: number): void {
    for (let at = known; at < log.length; at++) {
      const entry = log[at] as Entry;
      this.history.appended(entry, log[at - 1] ?? ORIGIN);
      this.clients.appended(entry);
    }
  }

  #logIsAsSaid(id: ReplicaId, { position, durableLsn, committedLsn, lineage }: ReplicaStatus): void {
    const { entries, memory } = this.#disk(id);
    must(
      isSame(position, memory.at(-1) ?? ORIGIN),
      () => `the log of ${id} does not end at ${formatPosition(position)}`,
    );
    must(committedLsn <= position.lsn, () => `${id} commits ${committedLsn} beyond its log`);
    const durable = positionIn(entries, durableLsn);
    const inMemory = positionIn(memory, durableLsn);
    must(
      durable !== null && inMemory !== null && isSame(durable, inMemory),
      () => `${id} has not got ${durableLsn} on disk`,
    );
    for (const [index, { term, firstLsn }] of lineage.entries()) {
      const isTrue = memory[firstLsn - 1]?.term === term && memory[firstLsn - 2]?.term === lineage[index - 1]?.term;
      must(isTrue, () => `the lineage of ${id} is wrong at ${term}:${firstLsn}`);
    }
    must(lineage.at(-1)?.term === memory.at(-1)?.term, () => `the lineage of ${id} is not complete`);
  }

  #commits(id: ReplicaId, known: number, { committedLsn, term, role }: ReplicaStatus): void {
    must(committedLsn >= known, () => `${id} takes back its commit of ${known}: ${committedLsn}`);
    const { memory, entries } = this.#disk(id);
    // A leader's own disk may be the slow one; a follower's must hold what it commits.
    const mayCommit = committedLsn === known || role === 'leader' || committedLsn <= entries.length;
    must(mayCommit, () => `${id} commits ${committedLsn}, and its disk holds ${entries.length} entries`);
    for (let at = known; at < committedLsn; at++) {
      const entry = memory[at] as Entry;
      if (!this.history.commit(entry, term)) continue;
      const holders = this.#holders(entry.lsn);
      must(holders.length >= this.#quorum, () => `${id} commits ${formatPosition(entry)}, durable on ${holders} only`);
      this.clients.committed(entry);
    }
  }

  #leads(id: ReplicaId, { term }: ReplicaStatus): void {
    const known = this.#leaders.get(term);
    must(known === undefined || known === id, () => `${known} and ${id} both lead term ${term}`);
    if (known !== undefined) return;
    this.#leaders.set(term, id);
    const { hardState, memory } = this.#disk(id);
    const ownVote = hardState.term === term && hardState.votedFor === id;
    const voters = this.#ids.filter((voter) => voter !== id && this.#votes.get(`${voter} ${term}`) === id);
    must(ownVote && voters.length + 1 >= this.#quorum, () => `${id} leads term ${term} by the votes of ${voters}`);
    for (const { entry, inTerm } of this.history.committed) {
      // A stale candidate may win an old term late: it need not hold what later terms committed.
      const isHeld = inTerm >= term || memory[entry.lsn - 1]?.term === entry.term;
      must(isHeld, () => `${id} leads term ${term} without ${formatPosition(entry)}, committed in ${inTerm}`);
    }
  }

  #votesFor(voter: ReplicaId, term: Term, candidate: ReplicaId): void {
    const { hardState } = this.#disk(voter);
    const isDurable = hardState.term > term || (hardState.term === term && hardState.votedFor === candidate);
    must(isDurable, () => `${voter} votes for ${candidate} in ${term}; its disk says ${JSON.stringify(hardState)}`);
    const known = this.#votes.get(`${voter} ${term}`) ?? candidate;
    must(known === candidate, () => `${voter} votes for ${known} and ${candidate} in term ${term}`);
    this.#votes.set(`${voter} ${term}`, candidate);
  }

  /** As long as the leader of `term` leads: `log` is its log up to `at`, as the sender says. */
  #agrees(id: ReplicaId, log: readonly Entry[], at: number, leader: ReplicaId, term: Term): void {
    const status = this.#last.get(leader);
    if (status?.term !== term || status.role !== 'leader') return;
    const own = positionIn(log, at);
    const theirs = positionIn(this.#disk(leader).memory, at);
    must(own !== null && theirs !== null && isSame(own, theirs), () => `${id} does not hold ${at} of ${leader}'s log`);
  }

  /** What is committed stays on a majority of the disks, whatever a disk truncates. */
  #staysDurable(from: number): void {
    for (const { entry } of this.history.committed.slice(from - 1)) {
      const holders = this.#holders(entry.lsn);
      must(holders.length >= this.#quorum, () => `${formatPosition(entry)} is committed, and left on ${holders} only`);
    }
  }

  /** What it lost and was committed it has again. */
  #hasCaughtUp(id: ReplicaId): void {
    const disk = this.#disk(id);
    const { lost, entries } = disk;
    disk.lost = [];
    for (const { entry } of this.history.committed) {
      const isBack = lost[entry.lsn - 1]?.term !== entry.term || entries[entry.lsn - 1]?.term === entry.term;
      must(isBack, () => `${id} counts again without ${formatPosition(entry)}, which it had, and is committed`);
    }
  }

  /** On whose disks the committed entry at `at` is, or was until somebody damaged it. */
  #holders(at: number): readonly ReplicaId[] {
    const committed = this.history.committed[at - 1]?.entry;
    return this.#ids.filter((id) => committed && this.#disk(id).held(committed));
  }
}
