import { FAULT_NAMES, type Fault } from './faults.ts';
import type { SimOptions } from './options.ts';
import { type Result, simulate } from './simulate.ts';

/** So many runs are tried, unless told otherwise. */
const RUNS_MAX = 300;

/**
 * The smallest run found in which the same thing is violated: fewer events, kinds of faults, replicas, clients. Greedy:
 * whatever can be left out is left out, until nothing can.
 *
 * @param failed a run that failed.
 */
export function shrink(failed: Result, runsMax: number = RUNS_MAX): Result {
  let smallest = cutShort(failed);
  let runs = 0;
  for (let isSmaller = true; isSmaller && runs < runsMax; ) {
    isSmaller = false;
    for (const change of changes(smallest.options, failed.options.events)) {
      if (runs >= runsMax) break;
      runs += 1;
      const options = { ...smallest.options, ...change };
      const result = simulate({ seed: failed.seed, options });
      if (!isSame(result, failed)) continue;
      smallest = cutShort(result);
      isSmaller = true;
      break;
    }
  }
  return smallest;
}

/** Nothing after the failing event has to happen; what failed after all was healed needs its healing. */
function cutShort(failed: Result): Result {
  const { failure, options, seed } = failed;
  if (failure === null || failure.step >= options.events) return failed;
  const shorter = simulate({ seed, options: { ...options, events: failure.step } });
  return isSame(shorter, failed) ? shorter : failed;
}

const isSame = ({ failure }: Result, wanted: Result): boolean =>
  failure !== null && failure.kind === wanted.failure?.kind && failure.check === wanted.failure.check;

/**
 * What to leave out next, the most first. What is left may take longer to go wrong, so it has all the events that the
 * run had at first; in the end they are as few as can be.
 */
function* changes(options: SimOptions, eventsAtFirst: number): Generator<Partial<SimOptions>> {
  const { events, replicas, clients, modes, batch, network, faults } = options;
  const hard = FAULT_NAMES.filter((fault) => faults[fault] > 0);
  const half = Math.ceil(hard.length / 2);
  const fewer: Partial<SimOptions>[] = [hard, hard.slice(0, half), hard.slice(half)]
    .filter((gone) => gone.length > 1)
    .map((gone) => without(options, gone));
  for (const fault of hard) fewer.push(without(options, [fault]));
  for (let count = 1; count < replicas; count++) fewer.push({ replicas: count });
  for (let count = 1; count < clients; count++) fewer.push({ clients: count });
  if (modes.length > 1) for (const mode of modes) fewer.push({ modes: [mode] });
  if (batch > 1) fewer.push({ batch: 1 });
  if (network !== 'tcp') fewer.push({ network: 'tcp' });
  for (const change of fewer) yield { ...change, events: eventsAtFirst };
  for (const part of [0.25, 0.5, 0.75, 0.9, 0.97]) if (events > 20) yield { events: Math.floor(events * part) };
}

function without({ faults }: SimOptions, gone: readonly Fault[]): Partial<SimOptions> {
  return { faults: { ...faults, ...Object.fromEntries(gone.map((fault) => [fault, 0])) } };
}
