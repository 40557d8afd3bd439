import { formatHostPort } from '../observe/host-port.ts';
import type { ReplicaSnapshot } from '../observe/snapshot.ts';
import { parsePosition, type ReplicaId } from '../protocol/position.ts';
import { whyNoRebuild } from '../routing/rebuild.ts';
import { Client, NoClusterError } from './client.ts';
import type { ClusterFile } from './cluster-file.ts';

/** How long the router may take to be reached, in ms. */
const TIMEOUT_MS = 3000;

/**
 * Why the log of one replica of a cluster without a supervisor is not begun anew now; null: it may be. The router knows
 * the others; without it nobody here does, and a vote that is given up is gone for ever.
 */
export async function whyNoLoneRebuild(target: ReplicaId, file: ClusterFile): Promise<string | null> {
  const { router, secretFile, replicas, cluster } = file;
  let client: Client | null = null;
  try {
    client = await Client.connect({ ...router, secretFile, timeoutMs: TIMEOUT_MS });
    const snapshot = await client.ask({ op: 'status' });
    if (snapshot.cluster !== cluster)
      return `at ${formatHostPort(router)} is the router of cluster ${snapshot.cluster}`;
    const others = new Map(snapshot.replicas.map((replica) => [replica.id, witness(replica)]));
    return whyNoRebuild(target, [...replicas.keys()], (id) => others.get(id) ?? null);
  } catch (error) {
    const why = `the router at ${formatHostPort(router)} must say that the others can do without its vote`;
    // What a message about no cluster advises is for who looks for one.
    return `${why}${error instanceof NoClusterError ? '' : ` (${(error as Error).message})`}: start it first`;
  } finally {
    client?.close();
  }
}

function witness({ process, role, standing, position }: ReplicaSnapshot) {
  const last = parsePosition(position);
  return process === 'up' && role !== null && last !== null ? { standing, position: last } : null;
}
