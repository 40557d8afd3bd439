import type { Command } from 'commander';
import { type AddressOptions, takesAddress, withExamples } from '../arguments.ts';
import { withCluster } from '../connection.ts';
import type { Context } from '../context.ts';
import { loadDashboard, showDashboard } from '../dashboard.ts';
import { printEvent } from '../events.ts';
import { EXIT } from '../failure.ts';
import { follow } from '../follow.ts';
import { EXIT_OF_SIGNAL } from '../io.ts';
import { listenForStop } from '../stop.ts';

export function addAttachCommand(program: Command, context: Context): void {
  const command = program
    .command('attach')
    .description('open the dashboard on a running cluster')
    .action(context.action((flags: AddressOptions) => attach(context, flags)));
  withExamples(takesAddress(command), 'lockstep attach', 'lockstep attach --addr 127.0.0.1:7401');
}

/** Without a terminal to draw on, or with `--json`, it prints what happens, a line each. */
function attach(context: Context, flags: AddressOptions): Promise<number> {
  return withCluster(context, { ...flags, reconnect: true }, async (client, address) => {
    if (flags.json || !context.io.isTerminal) {
      const signal = await follow(context, client, (change) => {
        if (change.type === 'event') printEvent(context, flags.json ?? false, change.event);
      });
      return EXIT_OF_SIGNAL[signal];
    }
    const stop = listenForStop(context.io);
    try {
      const noColor = context.isColourless(flags);
      const open = await loadDashboard(noColor);
      const end = await showDashboard(open, client, { address, noColor }, stop.first);
      return end === 'quit' ? EXIT.done : EXIT_OF_SIGNAL[end];
    } finally {
      stop.release();
    }
  });
}
