import { Command } from 'commander';
import { addAttachCommand } from './commands/attach.ts';
import { addBenchCommand } from './commands/bench.ts';
import { addConfigCommand } from './commands/config.ts';
import { addControlCommands } from './commands/control.ts';
import { addDownCommand } from './commands/down.ts';
import { addLedgerCommand } from './commands/ledger.ts';
import { addLoadCommand } from './commands/load.ts';
import { addLogCommand } from './commands/log.ts';
import { addLoneCommands } from './commands/lone.ts';
import { addPlayCommand } from './commands/play.ts';
import { addReadCommand } from './commands/read.ts';
import { addSimCommand } from './commands/sim.ts';
import { addStatusCommand } from './commands/status.ts';
import { addUpCommand } from './commands/up.ts';
import { addWriteCommands } from './commands/write.ts';
import type { Context } from './context.ts';
import { UsageError } from './failure.ts';
import { version } from './version.ts';

/** The command line. It throws commander's errors instead of ending the process, and prints help only. */
export function buildProgram(context: Context): Command {
  const program = new Command('lockstep')
    .description('A playground for leader-follower replication. Without a command: play.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.io.out(text),
      outputError: () => {},
      getOutHelpWidth: () => (context.io.columns() < Number.POSITIVE_INFINITY ? context.io.columns() : HELP_COLUMNS),
    })
    .hook('preAction', (_program, command) => {
      const refusal = context.io.refusal?.(command.name());
      if (refusal) throw new UsageError(refusal);
    })
    .addHelpText('after', EPILOGUE);
  program.commandsGroup('A cluster:');
  addPlayCommand(program, context);
  addUpCommand(program, context);
  addDownCommand(program, context);
  addAttachCommand(program, context);
  program.commandsGroup('A cluster on several hosts, process by process:');
  addLoneCommands(program, context);
  program.commandsGroup('Its data:');
  addWriteCommands(program, context);
  addReadCommand(program, context);
  addLoadCommand(program, context);
  addLedgerCommand(program, context);
  program.commandsGroup('What it looks like:');
  addStatusCommand(program, context);
  addLogCommand(program, context);
  program.commandsGroup('What happens to it:');
  addControlCommands(program, context);
  program.commandsGroup('Its correctness, and its speed:');
  addSimCommand(program, context);
  addBenchCommand(program, context);
  program.commandsGroup('Settings:');
  addConfigCommand(program, context);
  return program;
}

/** Where nothing says how many there are. */
const HELP_COLUMNS = 80;

const EPILOGUE = `
Examples:
  lockstep                      a cluster of three, and its dashboard
  lockstep up --detach          a cluster in the background
  lockstep write x 1            to the cluster at 127.0.0.1:7400
  lockstep kill leader          and see who leads next: lockstep status

--addr HOST:PORT is plain TCP on this machine alone (127.0.0.1, ::1, localhost), and TLS with the cluster's secret
elsewhere; tls://HOST:PORT is TLS anywhere, as at the beginning of a tunnel.
Environment: LOCKSTEP_ADDR, LOCKSTEP_SECRET_FILE; LOCKSTEP_REPLICAS, LOCKSTEP_MODE, LOCKSTEP_PORT, LOCKSTEP_TEMPO for new clusters;
LOCKSTEP_THEME, LOCKSTEP_MOUSE, LOCKSTEP_ASCII for the dashboard.
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no cluster there, 4 outcome unknown;
130 stopped by Ctrl-C, 143 by SIGTERM.`;
