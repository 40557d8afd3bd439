import type { WriteMode } from '../../../core/protocol/entry.ts';
import type { Ready } from '../../../core/protocol/io.ts';
import type { VotePhase } from '../../../core/protocol/messages.ts';
import { lsn, type ReplicaId, replicaId, type Term, term, writeId } from '../../../core/protocol/position.ts';
import type { ReadLevel, WriteRequest } from '../../../core/protocol/requests.ts';
import { LabCluster } from './lab-cluster.ts';
import type { Link } from './lab-network.ts';
import { outcomeText, positionOf } from './lab-text.ts';

export interface WriteOptions {
  readonly at?: string;
  readonly term?: number;
  readonly key?: string;
  readonly value?: string;
  readonly session?: string;
  readonly seq?: number;
  readonly deletes?: boolean;
  /** What the client has seen, as in `1:2`. */
  readonly token?: string;
}

/** The laboratory with the verbs that stories are told in. */
export class Lab extends LabCluster {
  readonly #heldDisks = new Set<ReplicaId>();
  #requests = 0;

  /** The leader of the latest term among those that run; null: none. */
  leader(): ReplicaId | null {
    const leaders = this.ids.filter((id) => this.isRunning(id) && this.status(id).role === 'leader');
    return leaders.toSorted((a, b) => this.status(b).term - this.status(a).term)[0] ?? null;
  }

  /** The log of a replica as it believes it to be, as in `1:1 1:2 2:3`. */
  log(id: string): string {
    return this.disk(id)
      .memory.map((entry) => `${entry.term}:${entry.lsn}`)
      .join(' ');
  }

  /** How far each replica knows the log to be committed, in the order of their ids. */
  committed(): readonly number[] {
    return this.ids.map((id) => this.status(id).committedLsn);
  }

  /** The types of the messages on their way from one to the other, oldest first. */
  onWay(from: string, to: string): readonly string[] {
    return this.network.link(from, to).queue.map((message) => message.type);
  }

  /** The reply to a request in short, as in `ok 1:2`; `waiting` if there is none yet. */
  outcome(request: string): string {
    return outcomeText(this.replies.get(request));
  }

  /** Everything on its way to a disk or a replica arrives, and what comes of it, until nothing moves. */
  settle(): void {
    for (let rounds = 0; this.#settleOnce(); rounds++) {
      if (rounds > 1000) throw new Error(`it never settles\n${this.story()}`);
    }
  }

  /** Time passes for everyone, a heartbeat at a time, and everything settles after each. */
  run(ms: number): void {
    for (let left = ms; left > 0; left -= this.timing.heartbeatMs) {
      this.pass(Math.min(left, this.timing.heartbeatMs));
      this.settle();
    }
  }

  /** Time passes for `id` alone, a heartbeat at a time, and nothing else happens. */
  wait(id: string, ms: number): void {
    for (let left = ms; left > 0; left -= this.timing.heartbeatMs) {
      this.tick(id, Math.min(left, this.timing.heartbeatMs));
    }
  }

  /** A candidate, n1 unless told, whose log ends at `last` asks `to` for its vote. */
  askForVote(to: string, phase: VotePhase, forTerm: number, last = '0:0', candidate = 'n1'): Ready {
    const message = { type: 'vote-request', phase, term: term(forTerm), last: positionOf(last) } as const;
    return this.step(to, { type: 'receive', from: replicaId(candidate), message });
  }

  /**
   * Makes `id` lead: it runs out of patience, and those who refuse because they hear a leader hear none for as long as
   * they must. (A leader’s own clock stands still meanwhile.)
   */
  elect(id: string): void {
    const votes = (voter: string) => this.events(voter, 'vote');
    for (let beats = 0; beats < 40; beats++) {
      const known = this.ids.map((voter) => votes(voter).length);
      this.wait(id, this.timing.heartbeatMs);
      this.settle();
      if (this.status(id).role === 'leader') return;
      for (const [index, voter] of this.ids.entries()) {
        const refuses = votes(voter)
          .slice(known[index])
          .some((event) => event.reason === 'leader-alive');
        if (refuses && this.status(voter).role === 'follower') this.wait(voter, this.timing.electionMinMs);
      }
    }
    throw new Error(`${id} was not elected`);
  }

  /** `id` runs out of patience and is elected by `voters`, one message at a time; what it sends as leader stays on its way. */
  winVotes(id: string, voters: readonly string[]): void {
    for (let beats = 0; beats < 10 && this.status(id).role === 'follower'; beats++) {
      this.tick(id, this.timing.heartbeatMs);
    }
    for (const _phase of ['pre-vote', 'vote']) {
      this.sync(id);
      for (const voter of voters) {
        this.deliver(id, voter);
        this.sync(voter);
      }
      for (const voter of voters) this.deliver(voter, id);
    }
    if (this.status(id).role !== 'leader') throw new Error(`${id} was not elected`);
  }

  /** Sends a write to the leader, or to `at`, in its term; returns its id. Nothing settles. */
  write(mode: WriteMode, options: WriteOptions = {}): string {
    return this.writeAll([{ mode, ...options }])[0] as string;
  }

  /** Several writes in one step, to where the first one goes. */
  writeAll(writes: readonly (WriteOptions & { readonly mode: WriteMode })[]): readonly string[] {
    const at = writes[0]?.at ?? this.leader();
    if (at === null) throw new Error('nobody leads');
    const requests = writes.map((write) => this.#requestOf(write, this.status(at).term));
    this.step(at, { type: 'propose', writes: requests });
    return requests.map((request) => request.id);
  }

  /** Reads at `at`, or at the leader; returns the id of the read. */
  read(level: ReadLevel, options: { at?: string; key?: string; token?: string } = {}): string {
    const { at = this.leader(), key = 'x', token = '0:0' } = options;
    if (at === null) throw new Error('nobody leads');
    const id = `r${++this.#requests}`;
    this.step(at, { type: 'read', read: { id, key, level, token: positionOf(token) } });
    return id;
  }

  /** Asks `at` for writes that an earlier leader was sent in `inTerm`. */
  locate(
    at: string,
    inTerm: number,
    writes: readonly { readonly id: string; readonly session?: string; readonly seq?: number }[],
  ): string {
    const id = `l${++this.#requests}`;
    const wanted = writes.map(({ id: write, session, seq = 1 }) => ({
      id: writeId(write),
      session: session === undefined ? null : { session, seq },
    }));
    this.step(at, { type: 'locate', locate: { id, term: term(inTerm), after: lsn(0), writes: wanted } });
    return id;
  }

  /** Delivers what is on its way on a link now, and not what comes of it. */
  deliverLink(from: string, to: string): void {
    for (let left = this.network.link(from, to).queue.length; left > 0; left--) this.deliver(from, to);
  }

  /** Cuts both ways between `a` and `b`, or between `a` and everybody. */
  cut(a: string, b?: string): void {
    for (const { from, to } of this.#between(a, b)) this.network.cut(from, to);
  }

  heal(): void {
    for (const link of this.network.links) {
      link.cut = false;
      link.isHeld = false;
    }
  }

  /** `settle` leaves the disk of `id` alone from now on. */
  holdDisk(id: string): void {
    this.#heldDisks.add(replicaId(id));
  }

  releaseDisk(id: string): void {
    this.#heldDisks.delete(replicaId(id));
  }

  /** `settle` leaves what is sent from one to the other on its way, until `heal`. */
  hold(from: string, to: string): void {
    this.network.link(from, to).isHeld = true;
  }

  #requestOf(write: WriteOptions & { readonly mode: WriteMode }, current: Term): WriteRequest {
    const { mode, key = 'x', session, seq = 1, token } = write;
    const id = writeId(`w${++this.#requests}`);
    return {
      id,
      term: write.term === undefined ? current : term(write.term),
      command: write.deletes ? { op: 'delete', key } : { op: 'put', key, value: write.value ?? id },
      mode,
      session: session === undefined ? null : { session, seq },
      ...(token === undefined ? {} : { token: positionOf(token) }),
    };
  }

  #settleOnce(): boolean {
    let moved = false;
    for (const id of this.ids) {
      if (this.isRunning(id) && !this.#heldDisks.has(id) && this.sync(id) > 0) moved = true;
    }
    for (const { from, to, queue, isHeld } of this.network.links) {
      if (queue.length === 0 || isHeld || !this.isRunning(to)) continue;
      this.deliverLink(from, to);
      moved = true;
    }
    return moved;
  }

  #between(a: string, b?: string): readonly Link[] {
    const others = this.network.links.filter((link) => link.from === a || link.to === a);
    return b === undefined ? others : others.filter((link) => link.from === b || link.to === b);
  }
}
