import { DROPPED_WRITES_MAX } from '../../protocol/events.ts';
import type { PersistBatch, Ready } from '../../protocol/io.ts';
import type { AppendAccepted, HeartbeatReply } from '../../protocol/messages.ts';
import { formatPosition, type Lsn, type Term, term } from '../../protocol/position.ts';
import type { SnapshotPart } from '../../protocol/snapshot.ts';
import type { ReplicaStatus } from '../../protocol/status.ts';
import type { ElectionChecks } from './elections.ts';
import type { Ghost } from './ghost.ts';
import type { History } from './history.ts';
import { broken } from './violation.ts';

/**
 * What stands in the logs, what is durable of it, and what is committed.
 *
 * 1. What a replica says of its log is so, and what it calls durable is on its disk.
 * 2. Commits never go down while a process lives, and nothing at or below them is dropped. Drops are reported.
 * 3. What is committed for the first time is durable on a majority, at that moment, and a leader commits up to an entry of
 *    its own term.
 * 4. What a follower acknowledges is on its disk, and in the log of the leader that it tells.
 * 5. A snapshot is of a committed prefix: of one's own log, or one that takes its place when it is durable.
 */
export class LogChecks {
  readonly #ghosts: readonly Ghost[];
  readonly #history: History;
  readonly #elections: ElectionChecks;
  readonly #onCommit: (lsn: Lsn, term: Term) => void;

  /** `onCommit` is told of every entry that is committed for the first time. */
  constructor(
    ghosts: readonly Ghost[],
    history: History,
    elections: ElectionChecks,
    onCommit: (lsn: Lsn, term: Term) => void,
  ) {
    this.#ghosts = ghosts;
    this.#history = history;
    this.#elections = elections;
    this.#onCommit = onCommit;
  }

  /** A step hands out a batch. */
  persists(ghost: Ghost, batch: PersistBatch, ready: Ready): void {
    const { number, truncateFrom, entries, snapshot, dirty } = batch;
    if (number !== ghost.batches + 1)
      broken('contract', `${ghost.id} numbers a batch ${number} after ${ghost.batches}`);
    ghost.batches = number;
    if (!dirty && (truncateFrom !== null || entries.length > 0 || snapshot))
      broken('contract', `batch ${number} is not dirty`);
    if (truncateFrom !== null) this.#drops(ghost, truncateFrom, ghost.status, ready);
    const { memory } = ghost;
    for (const entry of entries) {
      const before = memory.at(-1);
      if (entry.lsn !== memory.length + 1) broken('contract', `${ghost.id} appends ${entry.lsn} to ${memory.length}`);
      this.#history.appended(entry, before?.term ?? term(0));
      memory.push(entry);
    }
  }

  /** A batch is durable: a snapshot that it made whole is the log from now on. */
  persisted(ghost: Ghost, batch: number, before: ReplicaStatus, ready: Ready): void {
    const { installing, memory } = ghost;
    if (installing === null || batch < installing.batch) return;
    ghost.installing = null;
    const committed = this.#history.committedTo(installing.position);
    const kept = committed.findIndex(({ term }, index) => term !== memory[index]?.term);
    const from = (kept < 0 ? committed.length : kept) + 1;
    if (from <= memory.length) this.#drops(ghost, from as Lsn, before, ready);
    ghost.memory = [...committed];
  }

  /** A process starts with a log that its disk held. */
  starts(ghost: Ghost, status: ReplicaStatus): void {
    let before = term(0);
    for (const entry of ghost.memory) {
      this.#history.appended(entry, before);
      before = entry.term;
    }
    ghost.batches = 0;
    ghost.installing = null;
    ghost.lineage = null;
    if (status.term !== ghost.durable.term) broken('status', `${ghost.id} starts in term ${status.term}, not its own`);
    if (status.durableLsn !== ghost.memory.length) broken('status', `${ghost.id} starts with ${status.durableLsn}`);
    this.#commits(ghost, 0, status);
    this.#says(ghost, status);
  }

  stepped(ghost: Ghost, before: ReplicaStatus, status: ReplicaStatus): void {
    if (status.term < before.term) broken('term-monotone', `${ghost.id} goes back from term ${before.term}`);
    if (status.committedLsn !== before.committedLsn) this.#commits(ghost, before.committedLsn, status);
    this.#says(ghost, status);
  }

  /** A step hands out a part of a snapshot. What it committed is known by now. */
  snapshots(ghost: Ghost, batch: number, { position, last, installs }: SnapshotPart): void {
    const isOwn = ghost.holds(position) && position.lsn <= (ghost.status?.committedLsn ?? 0);
    if (!(installs || isOwn) || !this.#history.isCommitted(position)) {
      broken('snapshot', `${ghost.id} has a snapshot at ${formatPosition(position)}, which it has not committed`);
    }
    if (installs && last) ghost.installing = { batch, position };
  }

  /** In a message that was made in this step, and may have to wait for the disk. */
  matches(ghost: Ghost, to: Ghost, message: AppendAccepted | HeartbeatReply): void {
    if (this.#leads(to, message.term) && ghost.termAt(message.matchedLsn) !== to.termAt(message.matchedLsn)) {
      broken('match', `${ghost.id} tells ${to.id} that ${message.matchedLsn} matches, and it does not`);
    }
  }

  /** A message leaves: what it says is on the sender's disk must be there. */
  released(ghost: Ghost, to: Ghost, message: AppendAccepted | HeartbeatReply): void {
    const { durableLsn, matchedLsn } = message;
    const { terms } = ghost.durable;
    if (durableLsn > matchedLsn || durableLsn > terms.length) {
      broken(
        'ack-not-durable',
        `${ghost.id} tells ${to.id} that ${durableLsn} is durable; on disk are ${terms.length}`,
      );
    }
    if (durableLsn > 0 && this.#leads(to, message.term) && terms[durableLsn - 1] !== to.termAt(durableLsn)) {
      broken('ack-not-durable', `${ghost.id} tells ${to.id} that its ${durableLsn} is durable, and another is`);
    }
  }

  #drops(ghost: Ghost, from: Lsn, status: ReplicaStatus | null, ready: Ready): void {
    const committed = status?.committedLsn ?? 0;
    if (from <= committed) broken('committed-truncated', `${ghost.id} drops ${from}, and committed ${committed}`);
    const dropped = ghost.memory.splice(from - 1);
    const told = ready.events.find((event) => event.type === 'rolled-back');
    const lost = dropped.flatMap(({ id }) => (id === null ? [] : [id]));
    const isTold =
      told?.firstLsn === dropped[0]?.lsn &&
      told?.lastLsn === dropped.at(-1)?.lsn &&
      told?.dropped.map(({ id }) => id).join() === lost.slice(0, DROPPED_WRITES_MAX).join();
    if (!isTold) broken('rollback-reported', `${ghost.id} drops ${from} and on (${lost}), and reports something else`);
  }

  #says(ghost: Ghost, { position, durableLsn, committedLsn, lineage, role, leader }: ReplicaStatus): void {
    const { memory, durable, last, id } = ghost;
    if (position.lsn !== last.lsn || position.term !== last.term) {
      broken('status', `${id} says that its log ends at ${formatPosition(position)}, not ${formatPosition(last)}`);
    }
    if ((leader === id) !== (role === 'leader')) broken('status', `${id}, a ${role}, says that ${leader} leads`);
    if (committedLsn > position.lsn) broken('status', `${id} commits ${committedLsn}, beyond its log`);
    // Between the disk's having the leader's snapshot and the replica's hearing of it the two differ.
    if (
      ghost.installing === null &&
      durableLsn > 0 &&
      durable.terms[durableLsn - 1] !== (memory[durableLsn - 1]?.term ?? null)
    ) {
      broken('durable', `${id} calls ${durableLsn} durable; its disk has ${durable.terms.length} entries`);
    }
    if (lineage === ghost.lineage) return;
    ghost.lineage = lineage;
    for (const [index, { term: of, firstLsn }] of lineage.entries()) {
      const isTrue = ghost.termAt(firstLsn) === of && ghost.termAt(firstLsn - 1) === (lineage[index - 1]?.term ?? 0);
      if (!isTrue) broken('status', `the lineage of ${id} is wrong at ${of}:${firstLsn}`);
    }
    if ((lineage.at(-1)?.term ?? 0) !== last.term) broken('status', `the lineage of ${id} is not whole`);
  }

  #commits(ghost: Ghost, known: number, { committedLsn, durableLsn, term: inTerm, role }: ReplicaStatus): void {
    const { id, durable } = ghost;
    if (committedLsn < known) broken('commit-monotone', `${id} takes back its commit of ${known}: ${committedLsn}`);
    // A leader's own disk may be the slow one; a follower's must hold what it commits.
    if (role !== 'leader' && committedLsn > durableLsn) broken('durable', `${id} commits beyond ${durableLsn}`);
    // Entries of earlier terms are committed by way of one of its own: alone they can still be replaced (figure 8).
    if (role === 'leader' && committedLsn > known && ghost.termAt(committedLsn) !== inTerm) {
      broken('own-term-commit', `${id}, leading term ${inTerm}, commits up to ${committedLsn}, of an earlier term`);
    }
    for (let lsn = known + 1; lsn <= committedLsn; lsn++) {
      const of = ghost.termAt(lsn) as Term;
      if (!this.#history.commit(lsn, of, inTerm)) continue;
      const holders = this.#ghosts.filter((other) => other.durable.held(lsn, of));
      if (2 * holders.length <= this.#ghosts.length) {
        const names = holders.map((holder) => holder.id).join(' ');
        broken('commit-durable', `${id} commits ${of}:${lsn}, durable on ${names || 'none'} only`);
      }
      if (role !== 'leader' && !durable.has(lsn, of)) broken('commit-durable', `${id} commits ${of}:${lsn}, unwritten`);
      this.#onCommit(lsn as Lsn, of);
    }
  }

  #leads(ghost: Ghost, of: Term): boolean {
    return ghost.status?.role === 'leader' && ghost.status.term === of && this.#elections.leaderOf(of) === ghost;
  }
}
