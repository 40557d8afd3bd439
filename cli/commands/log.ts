import type { Command } from 'commander';
import type { LogEntryView } from '../../core/observe/api.ts';
import { escapeText } from '../../core/observe/escape.ts';
import { parsePosition } from '../../core/protocol/position.ts';
import { type AddressOptions, checked, parseWhole, takesAddress, withExamples } from '../arguments.ts';
import { REPLICA, WordArgument } from '../choices.ts';
import { ask, withCluster } from '../connection.ts';
import type { Context } from '../context.ts';
import { EXIT, Failure } from '../failure.ts';

interface LogFlags extends AddressOptions {
  readonly from?: number;
}

export function addLogCommand(program: Command, context: Context): void {
  const command = program
    .command('log')
    .description('print a replica’s log, entry by entry')
    .addArgument(new WordArgument('<replica>', 'such as n2', REPLICA))
    .option('--from <lsn>', 'the first entry to print', (text) =>
      parseWhole(text, '--from', 1, Number.MAX_SAFE_INTEGER),
    )
    .action(context.action((replica: string, flags: LogFlags) => log(context, replica, flags)));
  withExamples(
    takesAddress(command),
    'lockstep log n1',
    'lockstep log n1 --from 100',
    'lockstep log n1 --json | jq -c .',
  );
}

const PAGE_ENTRIES = 1000;

/** Asks page by page, up to the end that the log has as it begins: under load it may grow faster than it is read. */
function log(context: Context, replica: string, flags: LogFlags): Promise<number> {
  const request = checked({ op: 'log', replica, from: flags.from, limit: PAGE_ENTRIES });
  return withCluster(context, flags, async (client) => {
    let end = Number.POSITIVE_INFINITY;
    for (let from = flags.from ?? 1; ; ) {
      const { entries, lastLsn, error } = await ask(client, { ...request, from }, EXIT.noCluster);
      if (error) throw new Failure(error.message, { exit: EXIT.failed, code: error.code });
      const first = parsePosition(entries[0]?.position ?? '')?.lsn ?? lastLsn + 1;
      if (!flags.json && first > from) context.say(`entries up to ${first - 1} are in a snapshot`);
      for (const entry of entries) {
        if (flags.json) context.json({ v: 1, ...entry });
        else context.say(describeEntry(entry));
      }
      end = Math.min(end, lastLsn);
      const last = parsePosition(entries.at(-1)?.position ?? '');
      if (last === null || last.lsn >= end) return EXIT.done;
      from = last.lsn + 1;
    }
  });
}

function describeEntry({ position, op, key, value, mode, committed, durable }: LogEntryView): string {
  const what = { noop: '(a leader’s first entry)', put: `${key} = ${value}`, delete: `${key} deleted` }[op];
  const state = committed ? 'committed' : durable ? 'durable' : 'not durable yet';
  return `${position.padEnd(8)}  ${state.padEnd(9)}  ${(mode ?? '').padEnd(6)}  ${escapeText(what)}`;
}
