import type { Command } from 'commander';
import { Client } from '../../core/cluster/client.ts';
import type { ClusterOptions } from '../../core/cluster/local.ts';
import type { Address } from '../address.ts';
import { withExamples } from '../arguments.ts';
import { type ClusterFlags, clusterOptions, takesClusterFlags } from '../cluster-flags.ts';
import type { Context } from '../context.ts';
import { loadDashboard, showDashboard } from '../dashboard.ts';
import { EXIT, Failure } from '../failure.ts';
import { EXIT_OF_SIGNAL } from '../io.ts';
import { asFailure, runCluster, stopCluster } from '../run-cluster.ts';
import { listenForStop } from '../stop.ts';

export function addPlayCommand(program: Command, context: Context): void {
  const command = program
    .command('play')
    .description('open the dashboard on a new cluster (the default)')
    .action(context.action((flags: ClusterFlags) => play(context, flags)));
  withExamples(
    takesClusterFlags(command),
    'lockstep',
    'lockstep --replicas 5 --tempo slow',
    'lockstep play --data ./mine        kept, and found again the next time',
  );
}

/** Without a terminal to draw on, or with `--json`, it is what `up` is. */
async function play(context: Context, flags: ClusterFlags): Promise<number> {
  const options = await clusterOptions(context, flags);
  if (flags.json || !context.io.isTerminal) return runCluster(context, options, flags.json ?? false);
  return playOnDashboard(context, options, context.isColourless(flags));
}

/** Shows the cluster as it comes up, so the dashboard opens as soon as the router can be reached, before a leader. */
async function playOnDashboard(context: Context, options: ClusterOptions, noColor: boolean): Promise<number> {
  const { startCluster } = await import('../../core/cluster/local.ts');
  const stop = listenForStop(context.io);
  const listening = Promise.withResolvers<Address>();
  const starting = startCluster(options, undefined, listening.resolve);
  const over = Promise.race([starting.catch(asFailure).then((cluster) => cluster.ended), stop.first]);
  over.catch(listening.reject);
  let client: Client | null = null;
  try {
    const [address, open] = await Promise.all([Promise.race([listening.promise, stop.first]), loadDashboard(noColor)]);
    if (typeof address === 'string') return EXIT_OF_SIGNAL[address];
    client = await Client.connect({ ...address, reconnect: true });
    const end = await showDashboard(open, client, { address, noColor }, over);
    if (end === 'quit') return EXIT.done;
    if (typeof end === 'string') return EXIT_OF_SIGNAL[end];
    if (end.failed) throw new Failure(end.reason, { exit: EXIT.failed, code: 'cluster-failed' });
    return EXIT.done;
  } finally {
    client?.close();
    await stopCluster(starting, stop);
    stop.release();
  }
}
