import type { ClusterEvent, Happening } from '../core/observe/events.ts';
import type { Context } from './context.ts';
import { printEvent } from './events.ts';
import { EXIT, Failure } from './failure.ts';
import { EXIT_OF_SIGNAL } from './io.ts';
import { listenForStop } from './stop.ts';

/** One process of a cluster, once it is ready. */
export interface Lone {
  /** Said first: the record, and the same for people. */
  readonly ready: { readonly record: object; readonly lines: readonly string[] };
  /** Settles if it cannot go on; left out: that does not happen. */
  readonly failed?: Promise<Error>;
  stop(): Promise<void>;
}

/** Where what happens is told; only what was not numbered is numbered here. */
export type Tell = (what: Happening | ClusterEvent) => void;

/** Runs one process of a cluster in the foreground until it is stopped, and prints what happens. Gives the exit code. */
export async function runLone(context: Context, json: boolean, start: (tell: Tell) => Promise<Lone>): Promise<number> {
  const stop = listenForStop(context.io);
  // The line that says it is ready comes first, for whoever waits for it.
  let held: ClusterEvent[] | null = [];
  let count = 0;
  const tell: Tell = (told) => {
    count += 1;
    const event = 'what' in told ? told : { n: count, at: Date.now(), what: told };
    if (held === null) printEvent(context, json, event);
    else held.push(event);
  };
  try {
    const starting = start(tell);
    const started = await Promise.race([starting, stop.first]);
    if (typeof started === 'string') {
      const stopped = starting.then(
        (late) => late.stop(),
        () => {},
      );
      await Promise.race([stopped, stop.second]);
      return EXIT_OF_SIGNAL[started];
    }
    const { ready, failed } = started;
    if (json) context.json(ready.record);
    else context.say(...ready.lines, 'Ctrl-C stops it.');
    for (const event of held) printEvent(context, json, event);
    held = null;
    const end = await Promise.race(failed ? [stop.first, failed] : [stop.first]);
    if (typeof end !== 'string') {
      await Promise.race([started.stop(), stop.second]);
      throw new Failure(`it cannot go on: ${end.message}`, { exit: EXIT.failed, code: 'replica-failed', cause: end });
    }
    if (!json) context.say('stopping…');
    await Promise.race([started.stop(), stop.second]);
    return EXIT_OF_SIGNAL[end];
  } finally {
    stop.release();
  }
}
