import type { Command } from 'commander';
import { Client } from '../../core/cluster/client.ts';
import type { ClusterOptions, LocalCluster } from '../../core/cluster/local.ts';
import { escapeText } from '../../core/observe/escape.ts';
import { withExamples } from '../arguments.ts';
import { type ClusterFlags, clusterOptions, takesClusterFlags } from '../cluster-flags.ts';
import type { Context } from '../context.ts';
import { loadDashboard, type OpenDashboard, showDashboard } from '../dashboard.ts';
import { EXIT, Failure } from '../failure.ts';
import { EXIT_OF_SIGNAL } from '../io.ts';
import { type Looks, type LooksFlags, resolveLooks, takesLooks } from '../looks.ts';
import type { Place } from '../place.ts';
import { isPlain, loadPlain } from '../plain.ts';
import { asFailure, printReady, stopCluster } from '../run-cluster.ts';
import { listenForStop } from '../stop.ts';

interface PlayFlags extends ClusterFlags, LooksFlags {}

export function addPlayCommand(program: Command, context: Context): void {
  const command = program
    .command('play')
    .description('open the dashboard on a new cluster (the default)')
    .action(context.action((flags: PlayFlags) => play(context, program, flags)));
  withExamples(
    takesLooks(takesClusterFlags(command)),
    'lockstep',
    'lockstep --replicas 5 --tempo slow',
    'lockstep play --data ./mine        kept, and found again the next time',
  );
}

/** Lines instead of a dashboard where nothing can be drawn, and with `--plain` or `--json`. */
async function play(context: Context, program: Command, flags: PlayFlags): Promise<number> {
  const options = await clusterOptions(context, flags);
  const looks = await resolveLooks(context, flags);
  if (!isPlain(context, flags)) return playOn(context, program, options, { looks, load: () => loadDashboard(looks) });
  const ready = Promise.withResolvers<void>();
  const json = flags.json ?? false;
  const say = (text: string): void => {
    if (!json) context.say(text);
  };
  return playOn(context, program, options, {
    looks,
    load: () => loadPlain(context, flags, ready.promise),
    onReady: (cluster) => {
      printReady(context, json, cluster);
      ready.resolve();
    },
    onStop: () => say('stopping…'),
    onEnd: (reason) => say(escapeText(reason)),
  });
}

/** How a cluster is shown, and what is said of its start and end where that is not seen. */
interface View {
  readonly looks: Looks;
  readonly load: () => Promise<OpenDashboard>;
  readonly onReady?: (cluster: LocalCluster) => void;
  readonly onStop?: () => void;
  readonly onEnd?: (reason: string) => void;
}

/** Shows the cluster as it comes up, so the dashboard opens as soon as the router can be reached, before a leader. */
async function playOn(
  context: Context,
  program: Command,
  options: ClusterOptions,
  { looks, load, onReady, onStop, onEnd }: View,
): Promise<number> {
  const { startCluster } = await import('../../core/cluster/local.ts');
  const stop = listenForStop(context.io);
  const listening = Promise.withResolvers<Place>();
  const starting = startCluster(options, undefined, listening.resolve);
  let isLeaving = false;
  const started = starting.catch(asFailure).then((cluster) => {
    if (!isLeaving) onReady?.(cluster);
    return cluster.ended;
  });
  const over = Promise.race([started, stop.first]);
  over.catch(listening.reject);
  let client: Client | null = null;
  try {
    const [place, open] = await Promise.all([Promise.race([listening.promise, stop.first]), load()]);
    if (typeof place === 'string') return EXIT_OF_SIGNAL[place];
    client = await Client.connect({ ...place, reconnect: true });
    const end = await showDashboard(open, client, { context, program, place, looks }, () => over);
    if (typeof end === 'string') {
      onStop?.();
      return end === 'quit' ? EXIT.done : EXIT_OF_SIGNAL[end];
    }
    if (end.failed) throw new Failure(end.reason, { exit: EXIT.failed, code: 'cluster-failed' });
    onEnd?.(end.reason);
    return EXIT.done;
  } finally {
    isLeaving = true;
    client?.close();
    await stopCluster(starting, stop);
    stop.release();
  }
}
