import type { Command } from 'commander';
import { type Client, ConnectionLostError } from '../../core/cluster/client.ts';
import type { WriteOrDelete } from '../../core/observe/api.ts';
import { WRITE_MODES, type WriteMode } from '../../core/protocol/entry.ts';
import { type AddressOptions, checked, parseWhole, parseWord, takesAddress, withExamples } from '../arguments.ts';
import { MODES, WordOption } from '../choices.ts';
import { withCluster } from '../connection.ts';
import type { Context } from '../context.ts';
import { Failure } from '../failure.ts';
import { describeWrite, LOST, type Outcome, WriteTally } from '../outcome.ts';

interface WriteFlags extends AddressOptions {
  readonly mode?: WriteMode;
  readonly count?: number;
  readonly token?: string;
}

/** `write` and `delete`. */
export function addWriteCommands(program: Command, context: Context): void {
  const write = program
    .command('write')
    .alias('put')
    .description('write a value, and say where it stands')
    .argument('<key>')
    .argument('<value>')
    .addOption(new WordOption('--mode <mode>', 'async, quorum or sync, for this write only', MODES, parseMode))
    .option('--token <token>', 'write only to a history that has this position')
    .option('--count <n>', 'write KEY n times, with the number after VALUE', (text) =>
      parseWhole(text, '--count', 1, COUNT_MAX),
    )
    .action(context.action((key: string, value: string, flags: WriteFlags) => writeAll(context, key, value, flags)));
  withExamples(
    takesAddress(write),
    'lockstep write x 1',
    'lockstep write x 1 --mode sync',
    'lockstep write x 2 --token 2:17      fails if what you saw was rolled back',
    'lockstep write x v --count 100       v1, v2 … v100',
    'lockstep write --json x 1 | jq -r .token',
  );

  const remove = program
    .command('delete')
    .alias('del')
    .description('delete a key: a write like any other')
    .argument('<key>')
    .addOption(new WordOption('--mode <mode>', 'async, quorum or sync, for this write only', MODES, parseMode))
    .option('--token <token>', 'delete only from a history that has this position')
    .action(
      context.action((key: string, flags: WriteFlags) =>
        issue(context, flags, 1, () => checked({ op: 'delete', key, mode: flags.mode, token: flags.token })),
      ),
    );
  withExamples(takesAddress(remove), 'lockstep delete x', 'lockstep delete x --mode async');
}

const COUNT_MAX = 1_000_000;
/** Writes that may be under way at once: enough to fill a group commit, few enough to be in doubt about. */
const IN_FLIGHT_MAX = 64;
/** More results than this are summed up for people. */
const SHOWN_MAX = 20;

const parseMode = (text: string): WriteMode => parseWord(text, '--mode', WRITE_MODES);

function writeAll(context: Context, key: string, value: string, flags: WriteFlags): Promise<number> {
  const { count = 1, mode, token } = flags;
  const requestOf = (n: number): WriteOrDelete =>
    checked({ op: 'write', key, value: count === 1 ? value : `${value}${n}`, mode, token });
  return issue(context, flags, count, requestOf);
}

/** Issues writes 1 to `count`, in order, over one connection. The exit code is the worst of theirs. */
function issue(
  context: Context,
  flags: WriteFlags,
  count: number,
  requestOf: (n: number) => WriteOrDelete,
): Promise<number> {
  // The last value is the longest: if that one is well-formed, all are, and nothing is sent before it is known.
  requestOf(count);
  return withCluster(context, flags, async (client) => {
    const tally = new WriteTally();
    const isTold = count <= SHOWN_MAX;
    const waiting: Promise<Outcome>[] = [];
    let issued = 0;
    while (waiting.length > 0 || (issued < count && !tally.isLost)) {
      while (issued < count && waiting.length < IN_FLIGHT_MAX && !tally.isLost) {
        issued++;
        waiting.push(outcomeOf(client, requestOf(issued), flags.mode ?? null));
      }
      const outcome = (await waiting.shift()) as Outcome;
      tally.add(outcome);
      if (flags.json) context.json(outcome);
      else if (isTold) context.say(...describeWrite(outcome));
    }
    if (!flags.json && !isTold) context.say(...tally.summary());
    if (issued < count) {
      const message = `the connection was lost: ${count - issued} writes were not sent`;
      throw new Failure(message, { exit: tally.exit, code: LOST });
    }
    return tally.exit;
  });
}

/** A write whose connection went before the answer may have been made. */
async function outcomeOf(client: Client, request: WriteOrDelete, mode: WriteMode | null): Promise<Outcome> {
  const startedAt = performance.now();
  try {
    return await client.ask(request);
  } catch (error) {
    if (!(error instanceof ConnectionLostError)) throw error;
    const ms = Math.round(performance.now() - startedAt);
    const { message } = error;
    return { v: 1, outcome: 'unknown', position: null, mode, durableOn: [], ms, error: { code: LOST, message } };
  }
}
