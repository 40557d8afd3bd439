import type { Input, Ready } from '../../protocol/io.ts';
import type { Lsn, ReplicaId, Term } from '../../protocol/position.ts';
import type { Timing } from '../../protocol/timing.ts';

/** When a heartbeat round or a request for votes began: in which step of the run, and by the replica's own clock. */
interface Began {
  readonly step: number;
  clockMs: number;
}

/** What one replica asked in its latest term as a candidate or leader, and which question each peer answered last. */
class Asked {
  readonly term: Term;
  readonly rounds = new Map<number, Began>();
  votes: Began | null = null;
  readonly answers = new Map<string, Began>();
  /** By peer that answered anything but a vote: up to where it said, in this term, that the log is on its disk. */
  readonly told = new Map<string, number>();

  constructor(term: Term) {
    this.term = term;
  }
}

/**
 * When one leader last heard of its quorum, counted outside of it, from the questions it sent and the answers it got: it
 * acknowledges nothing and serves no linearizable read without. And what it was told of their disks, in its term: it
 * commits nothing on the word of an earlier one.
 */
export class Contact {
  readonly #members: number;
  #timing: Timing;
  #clockMs = 0;
  #asked: Asked | null = null;
  /** The step in which it last woke from a gap while it led. */
  #wokeStep = 0;

  constructor(members: number, timing: Timing) {
    this.#members = members;
    this.#timing = timing;
  }

  /** Since the process started, by its own ticks. */
  get clockMs(): number {
    return this.#clockMs;
  }

  /** What it lives by. */
  get timing(): Timing {
    return this.#timing;
  }

  /** Before the replies of a step are checked. `hasLed`: it led before that step. */
  stepped(input: Input, ready: Ready, term: Term, step: number, hasLed: boolean): void {
    if (input.type === 'tick') {
      this.#clockMs += input.elapsedMs;
      if (hasLed && input.elapsedMs >= this.#timing.electionMinMs) this.#wokeStep = step;
    }
    if (this.#asked?.term !== term) this.#asked = new Asked(term);
    const asked = this.#asked;
    if (input.type === 'retime') this.#retimed(asked, input.timing);
    if (input.type === 'receive') this.#answered(asked, input);
    for (const event of ready.events) {
      if (event.type === 'campaign' && event.phase === 'vote') asked.votes = { step, clockMs: this.#clockMs };
    }
    for (const { message } of ready.send) {
      if (message.type !== 'heartbeat' || asked.rounds.has(message.round)) continue;
      asked.rounds.set(message.round, { step, clockMs: this.#clockMs });
    }
  }

  /**
   * Whether a majority, itself among it, answered a question that began less than `withinMs` ago, and not before it last
   * woke: while it was away another may have been elected.
   */
  isWithin(withinMs: number): boolean {
    return this.#isQuorum((began) => this.#clockMs - began.clockMs < withinMs && began.step >= this.#wokeStep);
  }

  /** Whether a majority, itself among it, answered a question that began in or after `step`. */
  isConfirmedSince(step: number): boolean {
    return this.#isQuorum((began) => began.step >= step);
  }

  /** Up to where this peer said, in this term, that it has the log on disk; null: it said nothing about its log. */
  toldBy(peer: ReplicaId): number | null {
    return this.#asked?.told.get(peer) ?? null;
  }

  /** Whether a majority said, in this term, that it has the log up to `lsn` on disk. `ownLsn`: what itself has. */
  isToldDurable(lsn: Lsn, ownLsn: Lsn): boolean {
    let count = ownLsn >= lsn ? 1 : 0;
    if (this.#asked) for (const told of this.#asked.told.values()) if (told >= lsn) count += 1;
    return 2 * count > this.#members;
  }

  /** Who goes faster is not out of contact because its rounds were as slow as they should be. */
  #retimed({ rounds, votes, answers }: Asked, timing: Timing): void {
    const ratio = Math.min(1, timing.electionMinMs / this.#timing.electionMinMs);
    const all = new Set([...rounds.values(), ...answers.values(), ...(votes ? [votes] : [])]);
    for (const began of all) began.clockMs = this.#clockMs - (this.#clockMs - began.clockMs) * ratio;
    this.#timing = timing;
  }

  #answered(asked: Asked, { from, message }: Extract<Input, { type: 'receive' }>): void {
    if (message.term !== asked.term) return;
    if (message.type === 'append-refused') asked.told.set(from, asked.told.get(from) ?? 0);
    if (message.type === 'append-accepted' || message.type === 'heartbeat-reply') {
      asked.told.set(from, Math.max(message.durableLsn, asked.told.get(from) ?? 0));
    }
    let began: Began | null | undefined;
    if (message.type === 'heartbeat-reply') began = asked.rounds.get(message.round);
    if (message.type === 'vote-reply' && message.phase === 'vote' && message.granted) began = asked.votes;
    if (began && began.step > (asked.answers.get(from)?.step ?? -1)) asked.answers.set(from, began);
  }

  #isQuorum(counts: (began: Began) => boolean): boolean {
    let count = 1;
    if (this.#asked) for (const began of this.#asked.answers.values()) if (counts(began)) count += 1;
    return 2 * count > this.#members;
  }
}
