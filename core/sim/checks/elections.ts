import type { PeerMessage } from '../../protocol/messages.ts';
import { formatPosition, type ReplicaId, type Term } from '../../protocol/position.ts';
import type { Ghost } from './ghost.ts';
import type { History } from './history.ts';
import { broken } from './violation.ts';

/**
 * Who voted for whom, and who led, as seen on the wire. A restart does not make it forgotten here.
 *
 * 1. A term has one leader.
 * 2. A replica votes once in a term, and its vote is on its disk before anybody hears of it.
 * 3. Whoever leads has the votes of a majority, its own on disk among them.
 * 4. Whoever asks for votes was told by a majority that it would get them: so nobody who is cut off raises a term.
 * 5. Who lost part of its log has no vote, neither for others nor for itself.
 * 6. A leader holds everything that was committed in earlier terms.
 */
export class ElectionChecks {
  readonly #ghosts: readonly Ghost[];
  readonly #history: History;
  readonly #leaders = new Map<Term, number>();
  /** By term, for each replica: whom it voted for. */
  readonly #votes = new Map<Term, (number | undefined)[]>();
  /** By term, for each candidate: who told it that it would vote for it. */
  readonly #promises = new Map<Term, (Set<number> | undefined)[]>();

  constructor(ghosts: readonly Ghost[], history: History) {
    this.#ghosts = ghosts;
    this.#history = history;
  }

  /** Who leads or led `term`; null: nobody yet. */
  leaderOf(term: Term): Ghost | null {
    const index = this.#leaders.get(term);
    return index === undefined ? null : (this.#ghosts[index] as Ghost);
  }

  /** A message leaves. */
  released(from: Ghost, to: Ghost, message: PeerMessage): void {
    switch (message.type) {
      case 'vote-request':
        if (message.phase === 'vote') this.#asks(from, message.term);
        return;
      case 'vote-reply':
        if (!message.granted) return;
        this.#mayVote(from, message.forTerm);
        if (message.phase === 'vote') this.#votesFor(from, message.forTerm, to);
        else this.#promisesTo(from, message.forTerm, to);
        return;
      case 'append':
      case 'heartbeat':
      case 'snapshot':
        if (this.leaderOf(message.term) === from) return;
        return broken('one-leader', `${from.id} sends a ${message.type} of term ${message.term}, and did not lead it`);
      case 'append-accepted':
      case 'append-refused':
      case 'heartbeat-reply':
      case 'snapshot-reply':
        return;
      default:
        message satisfies never;
    }
  }

  /** `ghost` says that it leads `term`. */
  leads(ghost: Ghost, term: Term): void {
    const known = this.#leaders.get(term);
    if (known === ghost.index) return;
    if (known !== undefined) broken('one-leader', `${this.#idOf(known)} and ${ghost.id} both lead term ${term}`);
    this.#leaders.set(term, ghost.index);
    const { durable, id } = ghost;
    const votes = this.#votes.get(term) ?? [];
    const voters = this.#ghosts.filter(({ index }) => index !== ghost.index && votes[index] === ghost.index);
    const isElected = durable.term === term && durable.votedFor === id && this.#isQuorum(voters.length + 1);
    if (!isElected) {
      const names = voters.map((voter) => voter.id).join(' ');
      broken('elected-by-majority', `${id} leads term ${term} by the votes of ${names || 'nobody else'}`);
    }
    // A stale candidate may win an old term late: it need not hold what later terms committed.
    const committed = this.#history.lastCommittedBefore(term);
    if (committed !== null && !ghost.holds(committed)) {
      broken(
        'leader-completeness',
        `${id} leads term ${term} without ${formatPosition(committed)}, which is committed`,
      );
    }
  }

  #asks(candidate: Ghost, term: Term): void {
    this.#mayVote(candidate, term);
    this.#votesFor(candidate, term, candidate);
    const promised = this.#promises.get(term)?.[candidate.index];
    if (this.#isQuorum((promised?.size ?? 0) + 1)) return;
    broken('pre-vote', `${candidate.id} asks for votes in term ${term}, and no majority said it would vote for it`);
  }

  #mayVote({ id, durable }: Ghost, term: Term): void {
    if (durable.standing !== 'voter') broken('no-vote', `${id} votes in term ${term}, and is ${durable.standing}`);
  }

  #votesFor(voter: Ghost, term: Term, candidate: Ghost): void {
    const { durable } = voter;
    const isDurable = durable.term > term || (durable.term === term && durable.votedFor === candidate.id);
    if (!isDurable) {
      const disk = `its disk says ${durable.votedFor} in ${durable.term}`;
      broken('vote-not-durable', `${voter.id} votes for ${candidate.id} in term ${term}; ${disk}`);
    }
    const votes = this.#votes.get(term) ?? [];
    this.#votes.set(term, votes);
    const known = votes[voter.index] ?? candidate.index;
    if (known !== candidate.index) {
      broken('one-vote', `${voter.id} votes for ${this.#idOf(known)} and ${candidate.id} in term ${term}`);
    }
    votes[voter.index] = candidate.index;
  }

  #promisesTo(voter: Ghost, term: Term, candidate: Ghost): void {
    const promises = this.#promises.get(term) ?? [];
    this.#promises.set(term, promises);
    const promised = promises[candidate.index] ?? new Set<number>();
    promises[candidate.index] = promised.add(voter.index);
  }

  #isQuorum(count: number): boolean {
    return 2 * count > this.#ghosts.length;
  }

  #idOf(index: number): ReplicaId | undefined {
    return this.#ghosts[index]?.id;
  }
}
