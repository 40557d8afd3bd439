import type { Command } from 'commander';
import { FATES, type Fate } from '../../core/observe/ledger.ts';
import { LEDGER_WRITES_MAX } from '../../core/observe/ledger-view.ts';
import { type AddressOptions, checked, parseWhole, parseWord, takesAddress, withExamples } from '../arguments.ts';
import { WordOption } from '../choices.ts';
import { ask, withCluster } from '../connection.ts';
import type { Context } from '../context.ts';
import { EXIT, Failure, UsageError } from '../failure.ts';

interface LedgerFlags extends AddressOptions {
  readonly lost?: true;
  readonly fate?: Fate;
  readonly limit?: number;
}

export function addLedgerCommand(program: Command, context: Context): void {
  const command = program
    .command('ledger')
    .description('list the last writes, and what became of them')
    .option('--lost', 'only those acknowledged and rolled back: the same as --fate lost')
    .addOption(
      new WordOption('--fate <fate>', 'only pending, committed, lost or discarded ones', FATE_WORDS, (text) =>
        parseWord(text, '--fate', FATES),
      ),
    )
    .option('--limit <n>', 'at most so many, the newest (100)', (text) =>
      parseWhole(text, '--limit', 1, LEDGER_WRITES_MAX),
    )
    .action(context.action((flags: LedgerFlags) => ledger(context, flags)));
  withExamples(
    takesAddress(command),
    'lockstep ledger                  the last hundred writes',
    'lockstep ledger --lost           what a failover cost',
    'lockstep ledger --fate pending   what is not settled yet',
    `lockstep ledger --lost --json | jq -r '.writes[].key'`,
  );
}

const FATE_WORDS: Readonly<Record<Fate, string>> = {
  pending: 'not settled yet',
  committed: 'there to stay',
  lost: 'acknowledged, and rolled back',
  discarded: 'unknown, and rolled back or never written',
};

function ledger(context: Context, flags: LedgerFlags): Promise<number> {
  if (flags.lost && flags.fate !== undefined) throw new UsageError('--lost and --fate exclude each other');
  const fate = flags.lost ? 'lost' : flags.fate;
  const request = checked({ op: 'ledger', limit: flags.limit, fate });
  return withCluster(context, flags, async (client) => {
    const result = await ask(client, request, EXIT.noCluster);
    if (result.error) throw new Failure(result.error.message, { exit: EXIT.failed, code: result.error.code });
    if (flags.json) context.json(result);
    else if (result.writes.length === 0) context.say(fate ? `no write is ${fate}` : 'no write has been answered yet');
    else {
      // What measures text takes a while to load, and no other command needs it.
      const { ledgerLines } = await import('../ledger-table.ts');
      context.say(...ledgerLines(result.writes, context.io.columns()));
    }
    return EXIT.done;
  });
}
