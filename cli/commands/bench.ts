import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, platform } from 'node:os';
import type { Command } from 'commander';
import { StartError } from '../../core/cluster/start-error.ts';
import { escapeText } from '../../core/observe/escape.ts';
import { WRITE_MODES, type WriteMode } from '../../core/protocol/entry.ts';
import { type OutputOptions, parseWhole, parseWord, takesOutputOptions, withExamples } from '../arguments.ts';
import type { BenchSettings } from '../bench/bench.ts';
import type { Case } from '../bench/cases.ts';
import type { RunningPlace } from '../bench/cluster.ts';
import { keyOfResult, parseResults, ratiosOf } from '../bench/compare.ts';
import type { Path } from '../bench/load-plan.ts';
import { chartLines, floorLines, progressLine, resultLines } from '../bench/report.ts';
import type { CaseResult } from '../bench/result.ts';
import { MODES, WordOption } from '../choices.ts';
import type { Context } from '../context.ts';
import { EXIT, Failure, UsageError } from '../failure.ts';
import { EXIT_OF_SIGNAL } from '../io.ts';
import { resolvePlace } from '../place.ts';
import { asFailure } from '../run-cluster.ts';
import { listenForStop } from '../stop.ts';

interface BenchFlags extends OutputOptions {
  readonly addr?: string;
  readonly secretFile?: string;
  readonly case?: string;
  readonly all?: true;
  readonly list?: true;
  readonly seconds: number;
  readonly warmUp: number;
  readonly rounds: number;
  readonly replicas: number;
  readonly valueBytes: number;
  readonly clients: number;
  readonly rate: number;
  readonly times?: number;
  readonly entries: number;
  readonly pauseSeconds: number;
  readonly compare?: string;
  readonly mode?: readonly WriteMode[];
  readonly path?: readonly Path[];
}

/** How often a leader is killed, or a cluster started, if the command line does not say: without `--all`, and with it. */
const TIMES = 5;
const TIMES_OF_ALL = 20;
/** The most that a write may have. */
const VALUE_BYTES_MAX = 1024 * 1024;
const PATHS: Readonly<Record<Path, string>> = {
  router: 'as every client goes',
  leader: 'past it, to the port of the leader',
};
const PATH_NAMES = ['router', 'leader'] as const satisfies readonly Path[];

export function addBenchCommand(program: Command, context: Context): void {
  const whole = (name: string, low: number, high: number) => (text: string) => parseWhole(text, name, low, high);
  const command = program
    .command('bench')
    .description('measure a cluster of its own, under load from processes of their own')
    .option('--case <names>', 'these cases: NAME,…')
    .option('--all', 'every case, in every mode, and more often')
    .option('--list', 'name the cases, and run none')
    .option('--compare <file>', 'a former --json output: how many times as much it is now')
    .option('--seconds <s>', 'of each round', (text) => parseSeconds(text, '--seconds'), 1)
    .option('--warm-up <s>', 'before the first round', (text) => parseSeconds(text, '--warm-up'), 1)
    .option('--rounds <n>', 'how many; their median is told', whole('--rounds', 1, 1000), 3)
    .option('--replicas <n>', 'of the cluster', whole('--replicas', 1, 9), 3)
    .option('--value-bytes <n>', 'of each value', whole('--value-bytes', 1, VALUE_BYTES_MAX), 64)
    .addOption(
      new WordOption('--mode <modes>', 'of the writes: async,quorum,sync (quorum)', MODES, (text) =>
        parseList(text, '--mode', WRITE_MODES),
      ),
    )
    .addOption(
      new WordOption('--path <paths>', 'router,leader: through the router, past it (both)', PATHS, (text) =>
        parseList(text, '--path', PATH_NAMES),
      ),
    )
    .option('--addr <host:port>', 'load a cluster that runs on this machine, instead of one of its own')
    .option('--secret-file <file>', 'its secret, to load its leader past the router')
    .option('--clients <n>', 'processes that share the connections', whole('--clients', 1, 64), 1)
    .option('--rate <n>', 'writes a second in write-open', whole('--rate', 1, 1_000_000), 1000)
    .option(
      '--times <n>',
      'how often in failover, start-up, catch-up, recovery (5; --all: 20)',
      whole('--times', 1, 1000),
    )
    .option(
      '--entries <n>',
      'of the log in recovery, and at most in catch-up',
      whole('--entries', 1000, 100_000_000),
      1_000_000,
    )
    .option(
      '--pause-seconds <n>',
      'how long the follower stands still in paused',
      whole('--pause-seconds', 1, 3600),
      10,
    )
    .action(context.action((flags: BenchFlags) => bench(context, flags)));
  withExamples(
    takesOutputOptions(command),
    'lockstep bench                                    one or two minutes',
    'lockstep bench --case write-64x1 --path router --rounds 1',
    'lockstep bench --case write-64x1 --addr :7400     a cluster that is up; it keeps the keys bench-N',
    'lockstep bench --json > before.json               and after a change:',
    'lockstep bench --compare before.json',
  ).addHelpText('after', NOTES);
}

const NOTES = `
The cluster stands in a temporary folder (TMPDIR says where, and so on which disk) and goes with the benchmark. The cases
called NxM are closed loops: N connections with M requests each, and every answer is followed by another request. They
tell how much a cluster takes; but while it stands still they ask nothing, so their latencies hide such moments. Those of
write-open count from the time at which each write was due, sent late or not. Only what is ok counts in either.`;

/**
 * With `--json` each line has `v` and `event`: first `machine` (`node`, `platform`, `cores`, `cpu`) and `floor` (as
 * `Floor`), then a `case` for each case and each way in which it was run: as `LoadResult`, which has `opsPerSecond`, or
 * as `TimesResult`, which has `measures`. With `--compare` a `case` has `ratios` too, to the medians and percentiles of
 * the same case before, by the figures' names; null if it was not among them.
 */
async function bench(context: Context, flags: BenchFlags): Promise<number> {
  const json = flags.json ?? false;
  const { CASES, SHORT } = await import('../bench/cases.ts');
  if (flags.list) return list(context, json, CASES);
  const usual = flags.all ? CASES : SHORT;
  const others = flags.addr === undefined ? usual : usual.filter(isOfRunning);
  const cases = flags.case === undefined ? others : namedCases(flags.case, CASES);
  const before = flags.compare === undefined ? null : formerResults(flags.compare);
  const { Bench } = await import('../bench/bench.ts');
  const place = flags.addr === undefined ? null : await placeOf(context, flags, cases);
  const results: CaseResult[] = [];
  const bar = openBar(context);
  const run = new Bench(
    { ...settingsOf(flags), place },
    {
      onProgress: (words, share) => bar.draw(words, share),
      onFloor: (floor) => {
        bar.clear();
        if (json) context.json({ v: 1, event: 'floor', ...floor });
        else context.say(...floorLines(floor));
      },
      onResult: (result) => {
        bar.clear();
        results.push(result);
        const former = before?.get(keyOfResult(result));
        const ratios = former ? ratiosOf(result, former) : null;
        if (json) context.json({ v: 1, event: 'case', ...result, ...(before && { ratios }) });
        else context.say(...resultLines(result, ratios), ...(before && !former ? [NOT_COMPARED] : []));
      },
    },
  );
  if (json) context.json({ v: 1, event: 'machine', ...machine() });
  else context.say(machineLine());
  const stop = listenForStop(context.io);
  try {
    const running = run.run(cases).catch(asBenchFailure);
    const end = await Promise.race([running, stop.first]);
    bar.clear();
    if (typeof end === 'string') {
      await Promise.race([Promise.allSettled([run.stop(), running]), stop.second]);
      return EXIT_OF_SIGNAL[end];
    }
    if (!json) context.say(...chartLines(results, context.io.columns()));
    return EXIT.done;
  } finally {
    bar.clear();
    stop.release();
  }
}

/** Of a cluster that runs already: only load can be put on it. */
async function placeOf(context: Context, flags: BenchFlags, cases: readonly Case[]): Promise<RunningPlace> {
  const other = cases.find((each) => !isOfRunning(each));
  if (other) throw new UsageError(`${other.name} needs clusters of its own: leave --addr out, or name other cases`);
  const { host, port, secretFile, isTls } = await resolvePlace(flags, context);
  if (isTls) throw new UsageError('--addr: the load goes by plain TCP, to a cluster of this machine alone');
  return { host, port, secretFile };
}

/** Whether it can be measured on a cluster that runs already, as it is. */
const isOfRunning = (each: Case): boolean => each.kind === 'load' && each.replicas === undefined;

/** A case that could not be measured ends the command with what it says. */
function asBenchFailure(error: unknown): never {
  if (error instanceof StartError || !(error instanceof Error)) return asFailure(error);
  throw new Failure(error.message, { exit: EXIT.failed, code: 'bench-failed', cause: error });
}

function settingsOf(flags: BenchFlags): Omit<BenchSettings, 'place'> {
  const { seconds, rounds, replicas, valueBytes, clients, rate, warmUp, entries, pauseSeconds } = flags;
  return {
    ...{ seconds, rounds, replicas, valueBytes, clients, rate, warmUpSeconds: warmUp, entries, pauseSeconds },
    times: flags.times ?? (flags.all ? TIMES_OF_ALL : TIMES),
    modes: flags.mode ?? (flags.all ? WRITE_MODES : ['quorum']),
    paths: flags.path ?? PATH_NAMES,
  };
}

function list(context: Context, json: boolean, cases: readonly Case[]): number {
  for (const { name, words, kind } of cases) {
    if (json) context.json({ v: 1, event: 'listed', case: name, kind, words });
    else context.say(`${name.padEnd(NAME_COLUMNS)} ${words}`);
  }
  return EXIT.done;
}

const NAME_COLUMNS = 26;

function namedCases(text: string, cases: readonly Case[]): readonly Case[] {
  return text.split(',').map((name) => {
    const found = cases.find((each) => each.name === name);
    if (found === undefined) throw new UsageError(`--case: there is no case ${JSON.stringify(name)}; see --list`);
    return found;
  });
}

/** The results in a file that a run with `--json` has left. */
function formerResults(file: string): ReadonlyMap<string, CaseResult> {
  const results = parseResults(readText(file));
  if (results.size > 0) return results;
  throw new UsageError(`--compare: no results in ${escapeText(file)}: make it with "lockstep bench --json > FILE"`);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UsageError(`--compare: cannot read ${escapeText(file)} (${code ?? message})`, { cause: error });
  }
}

const NOT_COMPARED = '  not compared: it was not measured then, or on other replicas or values';

/** The bar on a terminal, beside whatever stdout is; elsewhere nothing. */
function openBar({ io }: Context) {
  const { errColumns } = io;
  if (errColumns === undefined) return { draw: () => {}, clear: () => {} };
  let width = 0;
  const print = (line: string): void => {
    if (line === '' && width === 0) return;
    io.err(`\r${line.padEnd(width)}\r`);
    width = line.length;
  };
  return {
    draw: (words: string, share: number) => print(progressLine(words, share, errColumns())),
    clear: () => print(''),
  };
}

/** What the figures depend on. */
function machine() {
  const [cpu] = cpus();
  return { node: process.version, platform: `${platform()} ${arch()}`, cores: availableParallelism(), cpu: cpu?.model };
}

function machineLine(): string {
  const { node, platform, cores, cpu } = machine();
  return `Node ${node}, ${platform}, ${cores} cores (${escapeText(cpu ?? 'unknown')}): the cluster and its clients share them`;
}

function parseSeconds(text: string, name: string): number {
  const value = /^\d{1,6}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 0.1 && value <= 86_400) return value;
  throw new UsageError(`${name} must be a number of seconds from 0.1 to 86400, not ${JSON.stringify(text)}`);
}

function parseList<Word extends string>(text: string, name: string, words: readonly Word[]): readonly Word[] {
  return text.split(',').map((word) => parseWord(word, name, words));
}
