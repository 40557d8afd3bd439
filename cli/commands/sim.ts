import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import type { WriteMode } from '../../core/protocol/entry.ts';
import { WRITE_MODES } from '../../core/protocol/entry.ts';
import { TEMPOS, type Tempo } from '../../core/protocol/timing.ts';
import type { Fault } from '../../core/sim/faults.ts';
import type { GivenOptions, SimOptions } from '../../core/sim/options.ts';
import type { Failure, Result } from '../../core/sim/simulate.ts';
import { type OutputOptions, parseWhole, parseWord, takesOutputOptions, withExamples } from '../arguments.ts';
import { MODES, TEMPOS as TEMPO_WORDS, WordOption } from '../choices.ts';
import type { Context } from '../context.ts';
import { EXIT, UsageError } from '../failure.ts';
import { EXIT_OF_SIGNAL } from '../io.ts';
import { NOTHING, type Tally } from '../sim/tally.ts';
import { listenForStop } from '../stop.ts';

interface SimFlags extends OutputOptions {
  readonly seed?: number;
  readonly runs?: number;
  readonly jobs?: number;
  readonly events?: number;
  readonly replicas?: number;
  readonly clients?: number;
  readonly batch?: number;
  readonly mode?: WriteMode;
  readonly tempo?: Tempo;
  readonly network?: SimOptions['network'];
  readonly without?: string;
}

/** What is found, the worst first. */
const EXIT_OF_FAILURE: Readonly<Record<Failure['kind'], number>> = { safety: 10, crash: 12, liveness: 11 };

const RUNS = 1000;
const RUNS_MAX = 1_000_000_000;
const SEEDS = 1_000_000_000;
const EVENTS_MAX = 10_000_000;
/** As in core/sim, which is loaded only when it is used. */
const REPLICAS_MAX = 7;
const CLIENTS_MAX = 20;
const BATCH_MAX = 100;
const JOBS_MAX = 256;
const NETWORKS = { tcp: 'messages keep their order', datagrams: 'they overtake each other, and may come twice' };
/** Of this many things that were violated, one run each is shrunk. */
const SHRUNK_MAX = 3;

export function addSimCommand(program: Command, context: Context): void {
  const whole = (name: string, low: number, high: number) => (text: string) => parseWhole(text, name, low, high);
  const command = program
    .command('sim')
    .description('simulate clusters under faults, from seeds, and check every step')
    .option('--seed <n>', 'the first seed; without --runs, that run and its story', whole('--seed', 0, 10 * SEEDS))
    .option('--runs <n>', `so many seeds (${RUNS})`, whole('--runs', 1, RUNS_MAX))
    .option('--jobs <n>', 'threads (one for each core)', whole('--jobs', 1, JOBS_MAX))
    .option('--events <n>', 'so many events of chaos in a run', whole('--events', 1, EVENTS_MAX))
    .option('--replicas <n>', 'instead of what the seed draws', whole('--replicas', 1, REPLICAS_MAX))
    .option('--clients <n>', 'likewise', whole('--clients', 0, CLIENTS_MAX))
    .option('--batch <n>', 'writes that a client sends at once, likewise', whole('--batch', 1, BATCH_MAX))
    .addOption(
      new WordOption('--mode <mode>', 'async, quorum or sync, likewise', MODES, (text) =>
        parseWord(text, '--mode', WRITE_MODES),
      ),
    )
    .addOption(
      new WordOption('--tempo <tempo>', 'slow, normal or fast, likewise', TEMPO_WORDS, (text) =>
        parseWord(text, '--tempo', TEMPOS),
      ),
    )
    .addOption(
      new WordOption('--network <kind>', 'tcp or datagrams, likewise', NETWORKS, (text) =>
        parseWord(text, '--network', ['tcp', 'datagrams'] as const),
      ),
    )
    .option('--without <faults>', 'these kinds of faults do not happen: cut,rot,…')
    .action(context.action((flags: SimFlags) => sim(context, flags)));
  withExamples(
    takesOutputOptions(command),
    'lockstep sim                          a thousand seeds, on all cores',
    'lockstep sim --seed 7                 one run, and its story',
    'lockstep sim --runs 100000 --mode sync --replicas 5',
  ).addHelpText('after', '\nExit codes: 0 clean, 10 a promise was broken, 11 no progress, 12 the code gave up.');
}

async function sim(context: Context, flags: SimFlags): Promise<number> {
  const options = await optionsOf(flags);
  if (flags.seed !== undefined && flags.runs === undefined) return runOne(context, flags, flags.seed, options);
  // Any seeds will do, as long as it is told which they were.
  const from = flags.seed ?? Math.floor(Math.random() * SEEDS);
  return runMany(context, flags, { from, count: flags.runs ?? RUNS, options });
}

async function runOne(context: Context, { json }: SimFlags, seed: number, options: GivenOptions): Promise<number> {
  const { simulate } = await import('../../core/sim/simulate.ts');
  const { storyOf } = await import('../../core/sim/story.ts');
  const result = simulate({ seed, options });
  if (json) context.json({ v: 1, ...result });
  else context.say(...storyOf(result));
  if (!isFailed(result)) return EXIT.done;
  await tellFailure(context, json ?? false, result, true);
  return EXIT_OF_FAILURE[result.failure.kind];
}

interface Many {
  readonly from: number;
  readonly count: number;
  readonly options: GivenOptions;
}

async function runMany(context: Context, flags: SimFlags, many: Many): Promise<number> {
  const { jobs } = flags;
  const json = flags.json ?? false;
  const { farm } = await import('../sim/farm.ts');
  const { summaryLines } = await import('../sim/report.ts');
  const stop = listenForStop(context.io);
  const startedAt = performance.now();
  const seconds = (): number => (performance.now() - startedAt) / 1000;
  if (!json) context.say(`seeds ${many.from} to ${many.from + many.count - 1}`);
  const bar = await openBar(context, json, many.count, seconds);
  const onProgress = (tally: Tally, { failures }: Tally): void => {
    for (const { seed, failure } of json ? [] : failures) {
      bar.clear();
      context.say(`seed ${seed} fails: ${failure?.check}, ${failure?.message}`);
    }
    bar.draw(tally);
  };
  try {
    const tally = await farm({ ...many, jobs: jobs ?? availableParallelism(), onProgress, stopped: stop.first });
    bar.clear();
    const took = seconds();
    await tellFailures(context, json, tally);
    if (json) context.json({ v: 1, event: 'summary', from: many.from, seconds: took, ...summary(tally) });
    else context.say(...summaryLines(tally, took));
    const kinds = new Set(tally.failures.map(({ failure }) => failure?.kind));
    const worst = (Object.keys(EXIT_OF_FAILURE) as Failure['kind'][]).find((kind) => kinds.has(kind));
    if (worst !== undefined) return EXIT_OF_FAILURE[worst];
    return tally.seeds === many.count ? EXIT.done : EXIT_OF_SIGNAL[await stop.first];
  } finally {
    stop.release();
  }
}

/** One run of each thing that was violated is shrunk; of the others the seed is enough. */
async function tellFailures(context: Context, json: boolean, { failures }: Tally): Promise<void> {
  const seen = new Set<string>();
  for (const failed of failures.filter(isFailed)) {
    const { check } = failed.failure;
    const isNew = !seen.has(check) && seen.size < SHRUNK_MAX;
    seen.add(check);
    if (isNew || json) await tellFailure(context, json, failed, isNew);
  }
}

async function tellFailure(
  context: Context,
  json: boolean,
  failed: Result & { readonly failure: Failure },
  isShrunk: boolean,
): Promise<void> {
  const { failureLines, replayCommand } = await import('../sim/report.ts');
  const { shrink } = await import('../../core/sim/shrink.ts');
  const smallest = isShrunk ? shrink(failed) : null;
  if (!json) {
    context.say(...failureLines(failed, smallest));
    return;
  }
  const { seed, options, failure, digest } = failed;
  const shrunk = smallest && { options: smallest.options, failure: smallest.failure, replay: replayCommand(smallest) };
  const replay = replayCommand(failed);
  context.json({ v: 1, event: 'failure', seed, digest, options, failure, replay, smallest: shrunk });
}

function summary({ seeds, events, ms, counts, faults, failures }: Tally): object {
  return { seeds, events, ms, counts, faults, failed: failures.map(({ seed }) => seed) };
}

/** The bar on a terminal; elsewhere nothing. */
async function openBar(context: Context, json: boolean, count: number, seconds: () => number) {
  if (!context.io.isTerminal || json) return { draw: () => {}, clear: () => {} };
  const { progressLine } = await import('../sim/report.ts');
  let width = 0;
  const print = (line: string): void => {
    context.io.out(`\r${line.padEnd(width)}\r`);
    width = line.length;
  };
  const draw = (tally: Tally): void => print(progressLine(tally, count, seconds(), context.io.columns()));
  draw(NOTHING);
  return { draw, clear: () => print('') };
}

const isFailed = (result: Result): result is Result & { readonly failure: Failure } => result.failure !== null;

/** What the flags put in place of what a seed draws. */
async function optionsOf(flags: SimFlags): Promise<GivenOptions> {
  const { events, replicas, clients, batch, mode, tempo, network, without } = flags;
  const given = { events, replicas, clients, batch, tempo, network, modes: mode && [mode] };
  const faults = without === undefined ? undefined : await withoutFaults(without);
  return Object.fromEntries(Object.entries({ ...given, without: faults }).filter(([, value]) => value !== undefined));
}

async function withoutFaults(text: string): Promise<readonly Fault[]> {
  const { FAULT_NAMES } = await import('../../core/sim/faults.ts');
  return text.split(',').map((name) => {
    const fault = FAULT_NAMES.find((each) => each === name);
    if (fault === undefined) throw new UsageError(`--without: no fault "${name}"; there are ${FAULT_NAMES.join(', ')}`);
    return fault;
  });
}
