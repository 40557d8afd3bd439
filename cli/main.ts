import { CommanderError } from 'commander';
import { DoorError, NoClusterError, SecretError } from '../core/cluster/client.ts';
import { Context, toJson } from './context.ts';
import { EXIT, Failure, UsageError } from './failure.ts';
import { complain, type Io, processIo } from './io.ts';
import { buildProgram } from './program.ts';

/**
 * Runs one command line, and gives its exit code. What goes wrong is said in one line: on stderr, or with `--json` as an
 * object on stdout. It never rejects.
 *
 * @param argv the words after the program's name.
 */
export async function main(argv: readonly string[], io: Io = processIo()): Promise<number> {
  try {
    const context = new Context(io, main);
    await buildProgram(context).parseAsync(withCommand(argv), { from: 'user' });
    return context.exit;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.done;
    const failure = asFailure(error, argv);
    tell(io, failure, isJson(argv));
    if (io.env.LOCKSTEP_DEBUG && error instanceof Error) io.err(`${error.stack}\n`);
    return failure.exit;
  }
}

/** Without a command it is `play`, and without one of `config`'s it is `get`. commander would call a wrong one an argument. */
function withCommand(argv: readonly string[]): readonly string[] {
  const isNamed = (word: string | undefined): boolean =>
    word !== undefined && (!word.startsWith('-') || PROGRAM_OPTIONS.includes(word));
  if (!isNamed(argv[0])) return ['play', ...argv];
  return argv[0] === 'config' && !isNamed(argv[1]) ? ['config', 'get', ...argv.slice(1)] : argv;
}

const PROGRAM_OPTIONS = ['-h', '--help', '-V', '--version'];

function isJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return argv.slice(0, end < 0 ? argv.length : end).includes('--json');
}

function asFailure(error: unknown, argv: readonly string[]): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof NoClusterError) {
    return new Failure(error.message, { exit: EXIT.noCluster, code: 'no-cluster', cause: error });
  }
  if (error instanceof SecretError || error instanceof DoorError) {
    return new Failure(error.message, { exit: EXIT.failed, code: 'no-secret', cause: error });
  }
  if (error instanceof CommanderError) return new UsageError(usageMessage(error, argv));
  const message = error instanceof Error ? error.message : String(error);
  return new Failure(`unexpected: ${message}; LOCKSTEP_DEBUG=1 shows where`, {
    exit: EXIT.failed,
    code: 'unexpected',
    cause: error,
  });
}

/** commander's message in one line, and where to look. */
function usageMessage(error: CommanderError, argv: readonly string[]): string {
  const first = argv[0];
  const message = error.message
    .replace(/^error: /, '')
    .replace(/\.$/, '')
    .replace(/\n\(Did you mean (.*)\?\)$/, ' (did you mean $1?)');
  if (first?.startsWith('-') && error.code === 'commander.excessArguments') {
    return `${message}; options come after the command, as in "lockstep status --json"`;
  }
  const isWrong = error.code === 'commander.unknownCommand' && first !== 'config';
  const command = first === undefined || first.startsWith('-') || isWrong ? '' : `${first} `;
  return `${message}; see "lockstep ${command}--help"`;
}

function tell(io: Io, { code, message }: Failure, json: boolean): void {
  const line = toJson({ v: 1, error: { code, message } });
  io.tellParent?.(line);
  if (json) io.out(`${line}\n`);
  else complain(io, message);
}
