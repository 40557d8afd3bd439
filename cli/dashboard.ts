import type { Command } from 'commander';
import type { Cluster } from '../core/observe/cluster.ts';
import type { Commander } from '../views/commander.ts';
import type { OpenEnd } from '../views/open.tsx';
import { formatAddress } from './address.ts';
import type { Context } from './context.ts';
import type { Looks } from './looks.ts';
import type { Place } from './place.ts';

/** Shows a cluster until the user leaves or `signal` is aborted, and gives the terminal back. */
export type OpenDashboard = (
  cluster: Cluster,
  options: {
    readonly title: string;
    readonly looks: Looks;
    readonly commander: Commander;
    readonly signal: AbortSignal;
  },
) => Promise<OpenEnd>;

/** Loads the dashboard with its libraries, and settles first what they look at only as they are loaded. */
export async function loadDashboard({ noColor }: Looks): Promise<OpenDashboard> {
  // React's development build is slower, and keeps performance entries without bound.
  process.env.NODE_ENV ||= 'production';
  // Ink does not know NO_COLOR.
  if (noColor) process.env.FORCE_COLOR = '0';
  const views = await import('../views/open.tsx');
  return views.openDashboard;
}

export interface Shown {
  readonly context: Context;
  /** Whose commands the dashboard's command line has. */
  readonly program: Command;
  readonly place: Place;
  readonly looks: Looks;
}

/**
 * Shows the dashboard until the user quits or what `over` gives settles; the terminal is given back before this settles.
 *
 * @param over called once the dashboard listens: whoever listens to the cluster first is told what happened before.
 */
export async function showDashboard<End>(
  open: OpenDashboard,
  cluster: Cluster,
  { context, program, place, looks }: Shown,
  over: () => Promise<End>,
): Promise<End | 'quit' | 'SIGINT' | 'SIGHUP'> {
  // All that other commands do not need is loaded late: it would slow their start.
  const { DashboardCommands } = await import('./dashboard-commands.ts');
  const closing = new AbortController();
  const title = formatAddress(place);
  let replicas: readonly string[] = [];
  const unsubscribe = cluster.subscribe((change) => {
    if (change.type === 'snapshot') replicas = change.snapshot.replicas.map(({ id }) => id);
  });
  const { io, run } = context;
  const { secretFile } = place;
  const env = secretFile === null ? io.env : { ...io.env, LOCKSTEP_SECRET_FILE: secretFile };
  const commander = new DashboardCommands({ program, run, env, addr: title, replicas: () => replicas });
  const shown = open(cluster, { title, looks, commander, signal: closing.signal });
  try {
    return await Promise.race([shown.then((end) => ENDS[end]), over()]);
  } finally {
    closing.abort();
    await shown;
    unsubscribe();
    commander.close();
  }
}

/** As the same thing would reach a program that does not draw. */
const ENDS = { quit: 'quit', interrupted: 'SIGINT', 'hung-up': 'SIGHUP' } as const satisfies Record<OpenEnd, string>;
