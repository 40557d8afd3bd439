import type { Command } from 'commander';
import { WRITE_MODES, type WriteMode } from '../../core/protocol/entry.ts';
import { type OutputOptions, parseWhole, parseWord, takesOutputOptions, withExamples } from '../arguments.ts';
import type { BenchSettings } from '../bench/bench.ts';
import type { Case } from '../bench/cases.ts';
import type { Path } from '../bench/load-plan.ts';
import type { Context } from '../context.ts';
import { EXIT, UsageError } from '../failure.ts';
import { EXIT_OF_SIGNAL } from '../io.ts';
import { asFailure } from '../run-cluster.ts';
import { listenForStop } from '../stop.ts';

interface BenchFlags extends OutputOptions {
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
  readonly mode?: readonly WriteMode[];
  readonly path?: readonly Path[];
}

const PATHS = ['router', 'leader'] as const satisfies readonly Path[];

export function addBenchCommand(program: Command, context: Context): void {
  const whole = (name: string, low: number, high: number) => (text: string) => parseWhole(text, name, low, high);
  const command = program
    .command('bench')
    .description('measure a cluster of its own, under load of processes of its own')
    .option('--case <names>', 'these cases: NAME,… (see --list)')
    .option('--all', 'every case there is, in every mode')
    .option('--list', 'name the cases, and run none')
    .option('--seconds <s>', 'of each round (1)', (text) => parseSeconds(text, '--seconds'), 1)
    .option('--warm-up <s>', 'before the first round (1)', (text) => parseSeconds(text, '--warm-up'), 1)
    .option('--rounds <n>', 'how many, of which the median is told (3)', whole('--rounds', 1, 1000), 3)
    .option('--replicas <n>', 'of the cluster (3)', whole('--replicas', 1, 9), 3)
    .option('--value-bytes <n>', 'of each value (64)', whole('--value-bytes', 1, 1024 * 1024), 64)
    .option('--mode <modes>', 'of the writes: async,quorum,sync', (text) => parseList(text, '--mode', WRITE_MODES))
    .option('--path <paths>', 'router, leader: through the router, or past it', (text) =>
      parseList(text, '--path', PATHS),
    )
    .option('--clients <n>', 'processes that share the connections (1)', whole('--clients', 1, 64), 1)
    .option('--rate <n>', 'writes a second of the case write-open (1000)', whole('--rate', 1, 1_000_000), 1000)
    .action(context.action((flags: BenchFlags) => bench(context, flags)));
  withExamples(
    takesOutputOptions(command),
    'lockstep bench',
    'lockstep bench --case write-64x1 --path router --rounds 1 --json',
  );
}

async function bench(context: Context, flags: BenchFlags): Promise<number> {
  const json = flags.json ?? false;
  const { Bench } = await import('../bench/bench.ts');
  const cases = await casesOf(flags);
  const { seconds, rounds, replicas, valueBytes, clients, rate, warmUp } = flags;
  const settings: BenchSettings = {
    ...{ seconds, rounds, replicas, valueBytes, clients, rate, warmUpSeconds: warmUp },
    modes: flags.mode ?? (flags.all ? WRITE_MODES : ['quorum']),
    paths: flags.path ?? PATHS,
  };
  const run = new Bench(settings, {
    onFloor: (floor) => context.json({ v: 1, event: 'floor', ...floor }),
    onResult: (result) => context.json({ v: 1, event: 'case', ...result }),
    onProgress: () => {},
  });
  void json;
  const stop = listenForStop(context.io);
  try {
    const running = run.run(cases).then(() => null);
    const signal = await Promise.race([running.catch(asFailure), stop.first]);
    if (signal === null) return EXIT.done;
    running.catch(() => {});
    await Promise.race([run.stop(), stop.second]);
    return EXIT_OF_SIGNAL[signal];
  } finally {
    stop.release();
  }
}

async function casesOf(flags: BenchFlags): Promise<readonly Case[]> {
  const { CASES } = await import('../bench/cases.ts');
  if (flags.case === undefined) return CASES;
  return flags.case.split(',').map((name) => {
    const found = CASES.find((each) => each.name === name);
    if (found === undefined) throw new UsageError(`--case: there is no case "${name}"; see "lockstep bench --list"`);
    return found;
  });
}

function parseSeconds(text: string, name: string): number {
  const value = /^\d{1,6}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 0.1 && value <= 86_400) return value;
  throw new UsageError(`${name} must be a number of seconds from 0.1 to 86400, not ${JSON.stringify(text)}`);
}

function parseList<Word extends string>(text: string, name: string, words: readonly Word[]): readonly Word[] {
  return text.split(',').map((word) => parseWord(word, name, words));
}
