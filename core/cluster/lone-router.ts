import { randomBytes } from 'node:crypto';
import type { ClusterEvent } from '../observe/events.ts';
import type { RouterReport } from '../router/config.ts';
import { Router } from '../router/router.ts';
import type { Address } from '../wire/dialer.ts';
import { Secret } from '../wire/secret.ts';
import { keepHeapSmall } from '../wire/small-heap.ts';
import type { ClusterFile } from './cluster-file.ts';
import { listenError } from './listen-error.ts';
import { describeOwner, type Wanting } from './port-owner.ts';
import { type RunningCluster, registerRunning } from './running.ts';
import { StartError } from './start-error.ts';

/** The router of a cluster that nobody supervises, in this process; what it holds ends with that. */
export interface LoneRouter {
  /** Why this user's commands do not find the secret by themselves; null if they do. */
  readonly unlisted: string | null;
  /** From now on they do not. */
  unlist(): void;
}

/**
 * Starts it; resolves once it listens.
 *
 * @param onEvent is told everything that happens, from the start.
 * @throws StartError or SecretError
 */
export async function startLoneRouter(
  { cluster, secretFile, replicas, router: own, mode, tempo }: ClusterFile,
  onEvent: (event: ClusterEvent) => void,
): Promise<LoneRouter> {
  keepHeapSmall();
  const listening = Promise.withResolvers<void>();
  const router = new Router(
    {
      ...{ cluster, secretFile, members: [...replicas.keys()], ...own, mode, tempo },
      // No two routers give a request the same id, though nothing is kept of the one before.
      ...{ runs: randomBytes(4).toString('hex'), restarts: 0, temporary: null, supervised: false },
    },
    Secret.load(secretFile),
    (report: RouterReport) => {
      if (report.type === 'listening') listening.resolve();
      if (report.type === 'refused') void refusal(own, { cluster, secretFile }, report).then(listening.reject);
    },
  );
  router.watch({
    send: (record) => {
      if (record.type === 'event') onEvent(record.event);
      return true;
    },
  });
  router.listen();
  await listening.promise;
  const places = [...replicas].map(([id, address]) => [id, { process: null, pid: null, address }] as const);
  router.setWorld(Object.fromEntries(places), []);
  return list(cluster, { ...own, secretFile });
}

/** So that this user's commands on this host find the secret at the address. */
function list(cluster: string, place: RunningCluster): LoneRouter {
  try {
    return { unlisted: null, unlist: registerRunning(cluster, place, process.env) };
  } catch (error) {
    return { unlisted: (error as Error).message, unlist: () => {} };
  }
}

async function refusal(
  own: Address,
  router: Wanting['router'],
  { errno: code, message }: ListenFailed,
): Promise<StartError> {
  if (code !== 'EADDRINUSE') return listenError('the router', own, { code, message });
  const advice = 'give the router another address in the cluster file';
  return new StartError(await describeOwner(own, { advice, router }), { code: 'port-in-use' });
}

type ListenFailed = Extract<RouterReport, { type: 'refused' }>;
