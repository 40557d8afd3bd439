import type { Command } from 'commander';
import type { ReadResult } from '../../core/observe/api.ts';
import { escapeText } from '../../core/observe/escape.ts';
import { formatMs } from '../../core/observe/words.ts';
import { type AddressOptions, checked, parseWhole, takesAddress, withExamples } from '../arguments.ts';
import { type Choices, REPLICA, WordOption } from '../choices.ts';
import { ask, withCluster } from '../connection.ts';
import type { Context } from '../context.ts';
import { EXIT, UsageError } from '../failure.ts';

interface ReadFlags extends AddressOptions {
  readonly token?: string;
  readonly linearizable?: true;
  readonly from?: string;
  readonly timeout?: number;
}

export function addReadCommand(program: Command, context: Context): void {
  const command = program
    .command('read')
    .alias('get')
    .description('read a key: from any replica, or with a promise')
    .argument('<key>')
    .option('--token <token>', 'see at least this position, such as 2:17: your own writes')
    .option('--linearizable', 'see everything acknowledged before; asks the leader')
    .addOption(new WordOption('--from <who>', 'only followers, leader, or one replica', FROM))
    .option('--timeout <ms>', 'how long to wait for a replica to catch up (1000)', (text) =>
      parseWhole(text, '--timeout', 0, TIMEOUT_MS_MAX),
    )
    .action(context.action((key: string, flags: ReadFlags) => read(context, key, flags)));
  withExamples(
    takesAddress(command),
    'lockstep read x                         whoever is there: may be stale',
    'lockstep read x --token 2:17            your own write, from a follower if one has it',
    'lockstep read x --token 2:17 --from followers --timeout 5000',
    'lockstep read x --linearizable          never stale',
  );
}

const TIMEOUT_MS_MAX = 60_000;
const FROM: Choices = { followers: 'not the leader', leader: 'whoever leads', ...REPLICA };

function read(context: Context, key: string, flags: ReadFlags): Promise<number> {
  const { token, linearizable, from, timeout } = flags;
  if (token !== undefined && linearizable) throw new UsageError('--token and --linearizable exclude each other');
  const level = linearizable ? 'linearizable' : token === undefined ? 'any' : 'token';
  const request = checked({ op: 'read', key, level, token, from, timeoutMs: timeout });
  return withCluster(context, flags, async (client) => {
    const result = await ask(client, request, EXIT.noCluster);
    if (flags.json) context.json(result);
    else context.say(...describeRead(key, result));
    return result.error ? EXIT.failed : EXIT.done;
  });
}

function describeRead(key: string, result: ReadResult): string[] {
  const { error, found, value, position, committed, servedBy, waitedMs, why, token } = result;
  const goOn = token ? [`token ${token}`] : [];
  if (error) return [`${error.code}: ${escapeText(error.message)}`, ...goOn];
  const waited = waitedMs > 0 ? `, in ${formatMs(waitedMs)}` : '';
  return [
    found ? `${escapeText(key)} = ${escapeText(value ?? '')}` : `${escapeText(key)} is not there`,
    `at ${position}${committed ? '' : ' (not all of it committed)'}, from ${servedBy}${waited}: ${escapeText(why)}`,
    ...goOn,
  ];
}
