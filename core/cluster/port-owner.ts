import { formatHostPort } from '../observe/host-port.ts';
import type { Address } from '../wire/dialer.ts';
import { Client } from './client.ts';
import { findRunning } from './running.ts';

/** How long whoever holds the port may take to show that it is a lockstep, in ms. */
const TIMEOUT_MS = 500;

/** Who wants the port. */
export interface Wanting {
  /** What else it can do than to end whoever has it. */
  readonly advice: string;
  /** A cluster that this is the router of, with its secret; null: a new one. */
  readonly router: { readonly cluster: string; readonly secretFile: string } | null;
}

const NEW_CLUSTER: Wanting = { advice: 'give another --port (0 takes any that is free)', router: null };

/** Says by whom a port is taken, and what to do. */
export async function describeOwner(
  address: Address,
  { advice, router }: Wanting = NEW_CLUSTER,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<string> {
  const { host, port } = address;
  // Elsewhere than on this machine alone it does not talk without its secret.
  const running = findRunning(address, env);
  const secretFile = router?.secretFile ?? running?.secretFile ?? null;
  const at = formatHostPort(address);
  try {
    const client = await Client.connect({ host, port, secretFile, isTls: running?.isTls, timeoutMs: TIMEOUT_MS });
    try {
      const { cluster, supervised } = await client.ask({ op: 'status' });
      const look = `look at it with "lockstep attach --addr ${at}"`;
      if (supervised) {
        const stop = `stop it with "lockstep down --addr ${at}"`;
        return `port ${port} is taken by another lockstep (cluster ${cluster}): ${look}, ${stop}, or ${advice}`;
      }
      const end = 'end its process with Ctrl-C or SIGTERM';
      if (cluster !== router?.cluster) {
        return `port ${port} is taken by the router of cluster ${cluster}: ${look}, ${end}, or ${advice}`;
      }
      return `the router of cluster ${cluster} runs at ${at} already, and it has one: ${look}; to start it anew, first ${end}`;
    } finally {
      client.close();
    }
  } catch {
    return `port ${port} is taken by another program: ${advice}`;
  }
}
