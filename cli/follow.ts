import type { Client } from '../core/cluster/client.ts';
import type { ClusterChange } from '../core/observe/cluster.ts';
import type { Context } from './context.ts';
import { EXIT, Failure } from './failure.ts';
import { complain, type StopSignal } from './io.ts';

/**
 * Hands on what happens in a cluster until a signal comes. The client should reconnect: a connection that is lost is
 * waited for, and given up after a while, with a `Failure`.
 *
 * @param complains whether it says on stderr that it was lost.
 */
export function follow(
  context: Context,
  client: Client,
  onChange: (change: ClusterChange) => void,
  { complains = true }: { readonly complains?: boolean } = {},
): Promise<StopSignal> {
  return new Promise((resolve, reject) => {
    let giveUp: NodeJS.Timeout | undefined;
    const end = (settle: () => void): void => {
      clearTimeout(giveUp);
      unsubscribe();
      release();
      settle();
    };
    const release = context.io.onStop((signal) => end(() => resolve(signal)));
    const unsubscribe = client.subscribe((change) => {
      if (change.type === 'connection') {
        clearTimeout(giveUp);
        if (!change.connected) {
          if (complains) complain(context.io, `the connection was lost (${change.message}); trying again`);
          giveUp = setTimeout(() => end(() => reject(noClusterAnyMore(change.message))), GIVE_UP_MS);
        }
      }
      onChange(change);
    });
  });
}

const GIVE_UP_MS = 5000;

function noClusterAnyMore(message: string): Failure {
  return new Failure(`the cluster is gone (${message})`, { exit: EXIT.noCluster, code: 'no-cluster' });
}
