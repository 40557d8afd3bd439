import type { Command } from 'commander';
import type { Client } from '../../core/cluster/client.ts';
import type { ClusterSnapshot, ReplicaSnapshot } from '../../core/observe/snapshot.ts';
import { type AddressOptions, takesAddress, withExamples } from '../arguments.ts';
import { ask, withCluster } from '../connection.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../failure.ts';
import { follow } from '../follow.ts';
import { EXIT_OF_SIGNAL } from '../io.ts';
import { statusLines } from '../status-table.ts';

interface StatusFlags extends AddressOptions {
  readonly watch?: true;
}

export function addStatusCommand(program: Command, context: Context): void {
  const command = program
    .command('status')
    .description('show every replica: role, position, lag')
    .option('-w, --watch', 'go on showing it until stopped')
    .action(
      context.action((flags: StatusFlags) =>
        withCluster(context, { ...flags, reconnect: flags.watch ?? false }, (client) =>
          flags.watch ? watch(context, client, flags) : once(context, client, flags),
        ),
      ),
    );
  withExamples(
    takesAddress(command),
    'lockstep status',
    'lockstep status --watch',
    `lockstep status --json | jq -r '.replicas[] | [.id, .role, .lsn] | @tsv'`,
  );
}

async function once(context: Context, client: Client, { json }: StatusFlags): Promise<number> {
  const snapshot = await ask(client, { op: 'status' }, EXIT.noCluster);
  if (json) context.json(snapshot);
  else context.say(...statusLines(snapshot, context.io.columns()));
  return EXIT.done;
}

const AGE_STEP_MS = 500;

const inSteps = (replica: ReplicaSnapshot): ReplicaSnapshot => ({
  ...replica,
  heartbeatAgeMs: replica.heartbeatAgeMs && Math.floor(replica.heartbeatAgeMs / AGE_STEP_MS) * AGE_STEP_MS,
});

/** JSON has every snapshot; people get a new table when it says something new, on a terminal in place of the old one. */
async function watch(context: Context, client: Client, { json }: StatusFlags): Promise<number> {
  let shown: readonly string[] = [];
  const show = (snapshot: ClusterSnapshot): void => {
    // How long ago a replica was heard changes all the time. In steps like these it is news.
    const calm = { ...snapshot, replicas: snapshot.replicas.map(inSteps) };
    const lines = statusLines(calm, context.io.columns());
    if (lines.join('\n') === shown.join('\n')) return;
    if (shown.length > 0) context.io.out(context.io.isTerminal ? `\x1b[${shown.length}A\x1b[J` : '\n');
    context.say(...lines);
    shown = lines;
  };
  const signal = await follow(context, client, (change) => {
    if (change.type !== 'snapshot') return;
    if (json) context.json(change.snapshot);
    else show(change.snapshot);
  });
  return EXIT_OF_SIGNAL[signal];
}
