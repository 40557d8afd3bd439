import type { Command } from 'commander';
import { type AddressOptions, takesAddress, withExamples } from '../arguments.ts';
import { withCluster } from '../connection.ts';
import type { Context } from '../context.ts';
import { loadDashboard, showDashboard } from '../dashboard.ts';
import { EXIT } from '../failure.ts';
import { follow } from '../follow.ts';
import { EXIT_OF_SIGNAL } from '../io.ts';
import { type LooksFlags, resolveLooks, takesLooks } from '../looks.ts';
import { hasKeys, isPlain, loadPlain } from '../plain.ts';
import { listenForStop } from '../stop.ts';

interface AttachFlags extends AddressOptions, LooksFlags {}

export function addAttachCommand(program: Command, context: Context): void {
  const command = program
    .command('attach')
    .description('open the dashboard on a running cluster')
    .action(context.action((flags: AttachFlags) => attach(context, program, flags)));
  withExamples(takesLooks(takesAddress(command)), 'lockstep attach', 'lockstep attach --addr 127.0.0.1:7401');
}

/** Lines instead of a dashboard where nothing can be drawn, and with `--plain` or `--json`. */
function attach(context: Context, program: Command, flags: AttachFlags): Promise<number> {
  return withCluster(context, { ...flags, reconnect: true }, async (client, place) => {
    const stop = listenForStop(context.io);
    try {
      const looks = await resolveLooks(context, flags);
      const open = await (isPlain(context, flags) ? loadPlain(context, flags) : loadDashboard(looks));
      // Where nobody can press q, a cluster that is gone ends it.
      const isWatched = hasKeys(context, flags);
      const over = () =>
        isWatched ? stop.first : follow(context, client, () => {}, { complains: flags.json ?? false });
      const end = await showDashboard(open, client, { context, program, place, looks }, over);
      return end === 'quit' ? EXIT.done : EXIT_OF_SIGNAL[end];
    } finally {
      stop.release();
    }
  });
}
