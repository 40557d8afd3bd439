import type { Command } from 'commander';
import { type Client, ConnectionLostError } from '../../core/cluster/client.ts';
import type { ControlResult } from '../../core/observe/api.ts';
import { type AddressOptions, takesAddress, withExamples } from '../arguments.ts';
import { tellControl, withCluster } from '../connection.ts';
import type { Context } from '../context.ts';
import { EXIT, Failure } from '../failure.ts';

export function addDownCommand(program: Command, context: Context): void {
  const command = program
    .command('down')
    .description('stop a running cluster, and wait until it has stopped')
    .action(
      context.action((flags: AddressOptions) =>
        withCluster(context, { ...flags, needsSecret: true }, (client) => down(context, client, flags)),
      ),
    );
  withExamples(takesAddress(command), 'lockstep down', 'lockstep down --addr 127.0.0.1:7401');
}

/** A cluster that is down closes its connections: that is the answer, whether another came before it or not. */
async function down(context: Context, client: Client, flags: AddressOptions): Promise<number> {
  const closed = connectionClosed(client);
  const answer = await client.ask({ op: 'down' }).catch((error: unknown): ControlResult => {
    if (!(error instanceof ConnectionLostError)) throw error;
    return { v: 1, ok: true };
  });
  if (answer.ok && !(await closed)) {
    const message = `the cluster said it would stop, and did not within ${CLOSED_MS_MAX / 1000} s`;
    throw new Failure(message, { exit: EXIT.failed, code: 'control-failed' });
  }
  return tellControl(context, flags, answer.ok ? { ...answer, message: 'stopped' } : answer);
}

const CLOSED_MS_MAX = 10_000;

/** Whether the connection was closed in time. */
function connectionClosed(client: Client): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, CLOSED_MS_MAX, false).unref();
    client.subscribe((change) => {
      if (change.type !== 'connection' || change.connected) return;
      clearTimeout(timer);
      resolve(true);
    });
  });
}
