import type { Input, Ready } from '../../protocol/io.ts';
import type { AppendAccepted, HeartbeatReply } from '../../protocol/messages.ts';
import type { Lsn, ReplicaId, Term } from '../../protocol/position.ts';
import type { Timing } from '../../protocol/timing.ts';

/** Sums of fractions come out a little off. */
export const HAIR_MS = 0.001;

/** When a heartbeat round or a request for votes began: in which step of the run, and by the replica's own clock. */
interface Began {
  readonly step: number;
  clockMs: number;
}

/** What a peer said of its log. A process that lost it begins anew, and names itself. */
interface Told {
  /** Up to where it is on its disk. */
  readonly durableLsn: number;
  /** Whether that counts towards a majority. */
  readonly counts: boolean;
  readonly nonce: number | null;
  /** The last heartbeat round begun when it was first heard. */
  readonly askedAtRound: number;
}

const NOTHING_TOLD: Told = { durableLsn: 0, counts: true, nonce: null, askedAtRound: 0 };

/** What one replica asked in its latest term as a candidate or leader, and which question each peer answered last. */
class Asked {
  readonly term: Term;
  readonly rounds = new Map<number, Began>();
  votes: Began | null = null;
  readonly answers = new Map<string, Began>();
  /** When each peer last said anything. */
  readonly heard = new Map<string, Began>();
  /** By peer that answered anything but a vote: what it said, in this term, of its log. */
  readonly told = new Map<string, Told>();

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
  /** When it last woke from a gap while it led. */
  #woke: Began = { step: 0, clockMs: Number.NEGATIVE_INFINITY };

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
      if (hasLed && input.elapsedMs >= this.#timing.electionMinMs) this.#woke = { step, clockMs: this.#clockMs };
    }
    if (this.#asked?.term !== term) this.#asked = new Asked(term);
    const asked = this.#asked;
    if (input.type === 'retime') this.#retimed(asked, input.timing);
    if (input.type === 'receive') this.#answered(asked, input);
    const now = (): Began => ({ step, clockMs: this.#clockMs });
    if (input.type === 'receive' && input.message.term === term) asked.heard.set(input.from, now());
    for (const event of ready.events) {
      if (event.type === 'campaign' && event.phase === 'vote') asked.votes = now();
      if (event.type === 'elected') for (const voter of event.votes) asked.heard.set(voter, now());
    }
    for (const { message } of ready.send) {
      if (message.type !== 'heartbeat' || asked.rounds.has(message.round)) continue;
      asked.rounds.set(message.round, now());
    }
  }

  /**
   * Whether a majority, itself among it, answered a question that began less than `withinMs` ago, and not before it last
   * woke: while it was away another may have been elected.
   */
  isWithin(withinMs: number): boolean {
    return this.#isQuorum((began) => this.#clockMs - began.clockMs < withinMs && began.step >= this.#woke.step);
  }

  /** Whether it may lead still: a majority answered, or it was elected or woke, within an election timeout. */
  get mayLead(): boolean {
    const isRecent = ({ clockMs }: Began): boolean => this.#clockMs - clockMs < this.#timing.electionMaxMs + HAIR_MS;
    const votes = this.#asked?.votes;
    return this.#isQuorum(isRecent) || isRecent(this.#woke) || (votes ? isRecent(votes) : false);
  }

  /** How many others said anything in its term within a minimum election timeout. */
  heardOf(self: ReplicaId): number {
    const heard = [...(this.#asked?.heard ?? [])];
    return heard.filter(([peer, { clockMs }]) => peer !== self && this.#clockMs - clockMs < this.#timing.electionMinMs)
      .length;
  }

  /** Whether a majority, itself among it, answered a question that began in or after `step`. */
  isConfirmedSince(step: number): boolean {
    return this.#isQuorum((began) => began.step >= step);
  }

  /** Up to where this peer said, in this term, that it has the log on disk; null: it said nothing about its log. */
  toldBy(peer: ReplicaId): number | null {
    return this.#asked?.told.get(peer)?.durableLsn ?? null;
  }

  /** Whether a majority said, in this term, that it has the log up to `lsn` on disk. `ownLsn`: what itself has. */
  isToldDurable(lsn: Lsn, ownLsn: Lsn): boolean {
    let count = ownLsn >= lsn ? 1 : 0;
    if (this.#asked) {
      for (const told of this.#asked.told.values()) if (told.counts && told.durableLsn >= lsn) count += 1;
    }
    return 2 * count > this.#members;
  }

  /** Who goes faster is not out of contact because its rounds were as slow as they should be. */
  #retimed({ rounds, votes, answers, heard }: Asked, timing: Timing): void {
    const ratio = Math.min(1, timing.electionMinMs / this.#timing.electionMinMs);
    const all = [...rounds.values(), ...answers.values(), ...heard.values(), this.#woke, ...(votes ? [votes] : [])];
    for (const began of new Set(all)) began.clockMs = this.#clockMs - (this.#clockMs - began.clockMs) * ratio;
    this.#timing = timing;
  }

  #answered(asked: Asked, { from, message }: Extract<Input, { type: 'receive' }>): void {
    if (message.term !== asked.term) return;
    const before = asked.told.get(from) ?? NOTHING_TOLD;
    if (message.type === 'append-refused') asked.told.set(from, before);
    if (message.type === 'append-accepted' || message.type === 'heartbeat-reply') {
      const isAnswer = message.type === 'heartbeat-reply';
      asked.told.set(from, isAnswer ? answered(before, message, asked.rounds.size) : accepted(before, message));
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

function accepted(before: Told, { durableLsn, counts }: AppendAccepted): Told {
  return { ...before, durableLsn: Math.max(durableLsn, before.durableLsn), counts: before.counts && counts };
}

/** What was said before a process came without its log is void. `round`: the last one begun. */
function answered(before: Told, reply: HeartbeatReply, round: number): Told {
  const { durableLsn, counts, rejoin } = reply;
  if (rejoin !== null && rejoin.nonce !== before.nonce) {
    return { durableLsn, counts, nonce: rejoin.nonce, askedAtRound: round };
  }
  // One that counts may be late, and of the process before.
  const isLate = counts && reply.round <= before.askedAtRound;
  return { ...before, durableLsn: Math.max(durableLsn, before.durableLsn), counts: isLate ? before.counts : counts };
}
