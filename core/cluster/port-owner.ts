import { Client } from './client.ts';

/** How long whoever holds the port may take to show that it is a lockstep, in ms. */
const TIMEOUT_MS = 500;

const OTHER_PORT = 'give another --port (0 takes any that is free)';

/**
 * Says by whom a port is taken, and what to do.
 *
 * @param advice what else than to end that one.
 * @param secretFile a secret that it may have, too: elsewhere than on this machine alone it does not talk without.
 */
export async function describeOwner(
  host: string,
  port: number,
  advice: string = OTHER_PORT,
  secretFile: string | null = null,
): Promise<string> {
  try {
    const client = await Client.connect({ host, port, secretFile, timeoutMs: TIMEOUT_MS });
    try {
      const { cluster } = await client.ask({ op: 'status' });
      const ways = `look at it with "lockstep attach --addr ${host}:${port}", stop it with "lockstep down --addr ${host}:${port}"`;
      return `port ${port} is taken by another lockstep (cluster ${cluster}): ${ways}, or ${advice}`;
    } finally {
      client.close();
    }
  } catch {
    return `port ${port} is taken by another program: ${advice}`;
  }
}
