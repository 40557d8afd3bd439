import { FATES, type FateCounts, type OutcomeCounts } from '../observe/ledger.ts';
import { timingOf } from '../protocol/timing.ts';
import { Chaos } from './chaos.ts';
import { broken, Violation } from './checks/violation.ts';
import type { Note } from './chronicle.ts';
import { drawOptions, type GivenOptions, type SimOptions } from './options.ts';
import { Progress } from './progress.ts';
import { World } from './world.ts';

export interface SimRequest {
  readonly seed: number;
  /** In place of what the seed draws. */
  readonly options?: GivenOptions;
  /** Freezes every message, so that whoever changes one is found out. Costs time. Default false. */
  readonly freezes?: boolean;
}

/** What a run came to: plain data, which can be sent to another thread. */
export interface Result {
  readonly seed: number;
  /** All of them: those of the seed, and what was put over them. */
  readonly options: SimOptions;
  /** Sixteen hex digits over everything that happened. */
  readonly digest: string;
  /** How many events it had, and how much virtual time they took, in ms. */
  readonly events: number;
  readonly ms: number;
  readonly failure: Failure | null;
  readonly notes: readonly Note[];
  /** How often things happened, by what they are in words. */
  readonly counts: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
  /** Of the last router's ledger. */
  readonly outcomes: OutcomeCounts;
  readonly fates: FateCounts;
}

export interface Failure {
  /** `safety`: something was that must never be. `liveness`: no progress. `crash`: the code itself gave up. */
  readonly kind: 'safety' | 'liveness' | 'crash';
  /** What was violated: the same word for the same thing in every run. */
  readonly check: string;
  readonly message: string;
  /** The number of the event that did it, and its virtual time in ms. */
  readonly step: number;
  readonly atMs: number;
  /** Where in the code, if that gave up. */
  readonly stack: string | null;
}

/** One run from its seed: chaos, then everything is healed, then progress. The same seed and options, the same run. */
export function simulate({ seed, options: given, freezes = false }: SimRequest): Result {
  const options = drawOptions(seed, given);
  const world = new World(seed, options, freezes);
  const run = new Run(world, seed);
  const failure = run.go();
  const { chronicle, schedule, router, digest } = world;
  const { outcomes, fates } = router.ledger;
  for (const count of [...Object.values(outcomes), ...FATES.map((fate) => fates[fate])]) digest.mix(count);
  chronicle.count('messages', world.network.sent);
  chronicle.count('messages lost', world.network.dropped);
  chronicle.count('messages repeated', world.network.duplicated);
  return {
    seed,
    options,
    digest: digest.toString(),
    events: run.steps,
    ms: schedule.nowMs,
    failure,
    notes: chronicle.notes,
    counts: Object.fromEntries(chronicle.counts),
    faults: Object.fromEntries(chronicle.faults),
    outcomes,
    fates,
  };
}

/** So many events of a healed cluster are more than it could ever need. */
const HEALED_EVENTS_MAX = 200_000;

class Run {
  readonly #world: World;
  readonly #chaos: Chaos;
  steps = 0;

  constructor(world: World, seed: number) {
    this.#world = world;
    this.#chaos = new Chaos(world, seed);
  }

  go(): Failure | null {
    const { events, tempo } = this.#world.options;
    try {
      this.#world.begin();
      while (this.steps < events) this.#step();
      this.#chaos.end();
      this.#world.witness.note(`all is healed; the tempo is ${tempo}, ${timingOf(tempo).heartbeatMs} ms a heartbeat`);
      this.#world.heal();
      const progress = new Progress(this.#world);
      while (!progress.isDone) this.#step();
      this.#end();
      return null;
    } catch (error) {
      return this.#failureOf(error);
    }
  }

  #step(): void {
    this.steps += 1;
    if (!this.#world.schedule.step()) broken('simulator', 'nothing is to happen any more');
    const { events } = this.#world.options;
    if (this.steps > events + HEALED_EVENTS_MAX) broken('progress', 'all is healed, and events go on and on');
  }

  #end(): void {
    const { router, clientChecks, chronicle } = this.#world;
    clientChecks.end(router.ledger);
    const lights = Object.entries(router.guarantees.lights(router.ledger.kept));
    for (const [name, { light, example }] of lights) {
      if (light === 'red') broken('guarantees', `the light of ${name} is red: ${example}`);
      chronicle.count(`lights ${light}`);
    }
  }

  #failureOf(error: unknown): Failure {
    const { nowMs: atMs } = this.#world.schedule;
    const { steps: step } = this;
    const message = error instanceof Error ? error.message : String(error);
    if (!(error instanceof Violation)) {
      const [stack = null] = error instanceof Error && error.stack ? [error.stack] : [];
      return { kind: 'crash', check: 'crash', message, step, atMs, stack };
    }
    const kind = error.check === 'progress' ? 'liveness' : 'safety';
    return { kind, check: error.check, message, step, atMs, stack: null };
  }
}
