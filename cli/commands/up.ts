import type { Command } from 'commander';
import { withExamples } from '../arguments.ts';
import { type ClusterFlags, clusterOptions, flagWords, takesClusterFlags } from '../cluster-flags.ts';
import type { Context } from '../context.ts';
import { removeOutput, runDetached } from '../detach.ts';
import { runCluster } from '../run-cluster.ts';

interface UpFlags extends ClusterFlags {
  readonly detach?: true;
}

export function addUpCommand(program: Command, context: Context): void {
  const command = program
    .command('up')
    .description('run a new cluster without a dashboard, until it is stopped')
    .option('--detach', 'return as soon as it is ready, and leave it running; exit 1 if a replica did not start')
    .action(context.action((flags: UpFlags) => up(context, flags)));
  withExamples(
    takesClusterFlags(command),
    'lockstep up',
    'lockstep up --detach && lockstep write x 1 && lockstep down',
    'lockstep up --replicas 5 --mode sync --data ./five',
    'lockstep up --host 0.0.0.0           reached from elsewhere too: by TLS, with a copy of its secret',
    'lockstep up --port 0 --json          the first line says which port it took',
  );
}

async function up(context: Context, flags: UpFlags): Promise<number> {
  const options = await clusterOptions(context, flags);
  const json = flags.json ?? false;
  if (flags.detach) return runDetached(context, ['up', '--json', ...flagWords(flags)], json);
  const exit = await runCluster(context, options, json);
  if (context.io.detachedOutput) removeOutput(context.io.detachedOutput);
  return exit;
}
