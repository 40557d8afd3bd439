import type { ClusterOptions, LocalCluster } from '../core/cluster/local.ts';
import { StartError } from '../core/cluster/start-error.ts';
import { escapeText } from '../core/observe/escape.ts';
import type { ClusterEvent } from '../core/observe/events.ts';
import type { Context } from './context.ts';
import { toJson } from './context.ts';
import { printEvent } from './events.ts';
import { EXIT, Failure } from './failure.ts';
import { EXIT_OF_SIGNAL } from './io.ts';
import { listenForStop, type StopRequest } from './stop.ts';

/** Runs a cluster in the foreground, and prints what happens in it, until it is stopped. Resolves with the exit code. */
export async function runCluster(context: Context, options: ClusterOptions, json: boolean): Promise<number> {
  const { startCluster } = await import('../core/cluster/local.ts');
  const stop = listenForStop(context.io);
  // The line that says it is ready comes first, for whoever waits for it.
  let held: ClusterEvent[] | null = json ? [] : null;
  const onEvent = (event: ClusterEvent): void => {
    if (held === null) printEvent(context, json, event);
    else held.push(event);
  };
  try {
    const starting = startCluster(options, onEvent);
    const started = await Promise.race([starting.catch(asFailure), stop.first]);
    if (typeof started === 'string') {
      await stopCluster(starting, stop);
      return EXIT_OF_SIGNAL[started];
    }
    printReady(context, json, started);
    for (const event of held ?? []) printEvent(context, json, event);
    held = null;
    return await untilStopped(context, started, stop, json);
  } finally {
    stop.release();
  }
}

/** A cluster that could not start ends the command with its own code and message. */
export function asFailure(error: unknown): never {
  if (!(error instanceof StartError)) throw error;
  throw new Failure(error.message, { exit: EXIT.failed, code: error.code, cause: error });
}

/**
 * Stops a cluster that may be only starting, or over already. The second signal is not to wait for that: its processes
 * end with this one anyway.
 */
export async function stopCluster(starting: Promise<LocalCluster>, stop: StopRequest): Promise<void> {
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(late.resolve, START_MS_MAX, null);
  const started = await Promise.race([starting.catch(() => null), stop.second, late.promise]);
  clearTimeout(timer);
  if (started !== null && typeof started === 'object') await Promise.race([started.stop(), stop.second]);
}

/** How long a cluster that is to stop may take to get started first. */
const START_MS_MAX = 3000;

async function untilStopped(
  context: Context,
  cluster: LocalCluster,
  stop: StopRequest,
  json: boolean,
): Promise<number> {
  const end = await Promise.race([cluster.ended, stop.first]);
  if (typeof end === 'string') {
    if (!json) context.say('stopping…');
    await Promise.race([cluster.stop(), stop.second]);
    return EXIT_OF_SIGNAL[end];
  }
  if (end.failed) throw new Failure(end.reason, { exit: EXIT.failed, code: 'cluster-failed' });
  if (!json) context.say(escapeText(end.reason));
  return EXIT.done;
}

/** The line that says where it is and that it takes writes: the first one of a machine's, and for whoever started it. */
export function printReady(context: Context, json: boolean, cluster: LocalCluster): void {
  const { addr, port, replicas, data, secretFile, unlisted, down } = cluster;
  const ready = { v: 1, event: 'ready', addr, port, replicas, secretFile, down };
  context.io.tellParent?.(toJson(ready));
  if (json) context.json(ready);
  else {
    context.say(
      `ready at ${addr}: ${replicas.join(' ')}, data in ${escapeText(data)}`,
      `try:  lockstep status --addr ${addr}`,
      `      lockstep write x 1 --addr ${addr}`,
      'Ctrl-C stops it.',
    );
    if (unlisted !== null) {
      context.say(escapeText(`what changes it needs --secret-file ${secretFile}, for it is on no list: ${unlisted}`));
    }
  }
}
