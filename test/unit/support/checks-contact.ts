import type { Input, Ready } from '../../../core/protocol/io.ts';
import type { ReplicaId, Term } from '../../../core/protocol/position.ts';
import type { ReplicaStatus } from '../../../core/protocol/status.ts';
import type { Timing } from '../../../core/protocol/timing.ts';

/** When a heartbeat round or a request for votes began. */
interface Began {
  readonly step: number;
  clockMs: number;
}

/** What one replica asked in its latest term as a candidate or leader, and who answered, seen from outside. */
interface Asked {
  readonly term: Term;
  readonly rounds: Map<number, Began>;
  votes: Began | null;
  /** The latest question that each peer answered. */
  readonly answers: Map<ReplicaId, Began>;
}

/**
 * When each leader last heard of its quorum, counted outside of it, from the questions it sent and the answers it got: a
 * leader acknowledges nothing and serves no linearizable read without.
 */
export class ContactChecks {
  readonly #quorum: number;
  readonly #clocksMs = new Map<ReplicaId, number>();
  readonly #timings = new Map<ReplicaId, Timing>();
  readonly #asked = new Map<ReplicaId, Asked>();

  constructor(members: number) {
    this.#quorum = Math.floor(members / 2) + 1;
  }

  started(id: ReplicaId, timing: Timing): void {
    this.#clocksMs.set(id, 0);
    this.#timings.set(id, timing);
    this.#asked.delete(id);
  }

  /** The time since the replica started, by its own ticks. */
  clockMs(id: ReplicaId): number {
    return this.#clocksMs.get(id) ?? 0;
  }

  /** What it lives by. */
  timing(id: ReplicaId): Timing {
    return this.#timings.get(id) as Timing;
  }

  /** Before the replies of the step are checked. */
  stepped(id: ReplicaId, input: Input, ready: Ready, { term }: ReplicaStatus, step: number): void {
    if (input.type === 'tick') this.#clocksMs.set(id, this.clockMs(id) + input.elapsedMs);
    const clockMs = this.clockMs(id);
    let asked = this.#asked.get(id);
    if (asked?.term !== term) {
      asked = { term, rounds: new Map(), votes: null, answers: new Map() };
      this.#asked.set(id, asked);
    }
    if (input.type === 'retime') this.#retimed(id, asked, input.timing);
    if (input.type === 'receive') this.#answered(asked, input.from, input.message);
    for (const event of ready.events) {
      if (event.type === 'campaign' && event.phase === 'vote') asked.votes = { step, clockMs };
    }
    for (const { message } of ready.send) {
      if (message.type === 'heartbeat' && !asked.rounds.has(message.round))
        asked.rounds.set(message.round, { step, clockMs });
    }
  }

  /** Whether a majority, `id` among it, answered a question that began less than `withinMs` ago. */
  isInContact(id: ReplicaId, withinMs: number): boolean {
    const nowMs = this.clockMs(id);
    return this.#countAnswers(id, (began) => nowMs - began.clockMs < withinMs) >= this.#quorum;
  }

  /** Whether a majority, `id` among it, answered a question that began in or after `step`. */
  isConfirmedSince(id: ReplicaId, step: number): boolean {
    return this.#countAnswers(id, (began) => began.step >= step) >= this.#quorum;
  }

  /** Who goes faster is not out of contact because its rounds were as slow as they should be. */
  #retimed(id: ReplicaId, { rounds, votes, answers }: Asked, timing: Timing): void {
    const ratio = Math.min(1, timing.electionMinMs / this.timing(id).electionMinMs);
    const nowMs = this.clockMs(id);
    const all = new Set([...rounds.values(), ...answers.values(), ...(votes ? [votes] : [])]);
    for (const began of all) began.clockMs = nowMs - (nowMs - began.clockMs) * ratio;
    this.#timings.set(id, timing);
  }

  #answered(asked: Asked, from: ReplicaId, message: Extract<Input, { type: 'receive' }>['message']): void {
    if (message.term !== asked.term) return;
    let began: Began | null | undefined;
    if (message.type === 'heartbeat-reply') began = asked.rounds.get(message.round);
    if (message.type === 'vote-reply' && message.phase === 'vote' && message.granted) began = asked.votes;
    if (began && began.step > (asked.answers.get(from)?.step ?? -1)) asked.answers.set(from, began);
  }

  #countAnswers(id: ReplicaId, counts: (began: Began) => boolean): number {
    return 1 + [...(this.#asked.get(id)?.answers.values() ?? [])].filter(counts).length;
  }
}
