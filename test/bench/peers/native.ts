import type { Sandbox } from '../../process/sandbox.ts';
import type { Dialect, Measured } from './client/job.ts';
import { runClient } from './client.ts';
import type { Case, Pace } from './engine.ts';

/** Three nodes that are up, as the client sees them. */
export interface Trio {
  readonly dialect: Dialect;
  readonly leaderPort: number;
  readonly replicaPorts: readonly number[];
  readonly serverPids: readonly number[];
}

/** Has the client do the case: what only the leader can do at the leader, and replica reads at both replicas. */
export function runCase(of: Case, { warmUpMs, measureMs }: Pace, trio: Trio, sandbox: Sandbox): Promise<Measured> {
  const { dialect, leaderPort, replicaPorts, serverPids } = trio;
  const { operation, connections, inFlight, together } = of;
  const ports = operation === 'replica-read' ? replicaPorts : [leaderPort];
  const load = { operation, connections, inFlight, together };
  return runClient({ dialect, ports, ...load, warmUpMs, measureMs, serverPids }, sandbox);
}

/** Writes all keys, so that there is something to read. */
export async function fill(trio: Trio, sandbox: Sandbox): Promise<void> {
  const load = { operation: 'write', connections: 1, inFlight: 50, together: 50 } as const;
  await runCase({ name: 'fill', says: '', ...load }, { warmUpMs: 0, measureMs: FILL_MS }, trio, sandbox);
}

const FILL_MS = 500;
