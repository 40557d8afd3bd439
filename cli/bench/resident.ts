import type { BenchCluster } from './cluster.ts';
import { readProc } from './proc.ts';

/** Of a cluster's processes, in MiB, by their parts: the largest of the followers stands for all. Empty without /proc. */
export interface Resident {
  readonly leader?: number;
  readonly follower?: number;
  readonly router?: number;
}

/** @param of what they have now (`VmRSS`), or the most that they ever had (`VmHWM`). */
export async function residentOf(cluster: BenchCluster, of: 'VmRSS' | 'VmHWM'): Promise<Resident> {
  const [{ leader }, pids] = [await cluster.status(), await cluster.pids()];
  const most: { -readonly [Name in keyof Resident]: number } = {};
  for (const [name, pid] of pids) {
    const kB = new RegExp(`^${of}:\\s+(\\d+) kB$`, 'm').exec(readProc(pid, 'status'))?.[1];
    const part = name === 'router' ? 'router' : name === leader ? 'leader' : 'follower';
    if (kB !== undefined) most[part] = Math.max(most[part] ?? 0, Number(kB) / 1024);
  }
  return most;
}

/** As measures: `leaderMiB`, `followerMiB`, `routerMiB`. */
export function asMeasures(resident: Resident, suffix = 'MiB'): Record<string, number> {
  return Object.fromEntries(Object.entries(resident).map(([part, mib]) => [`${part}${suffix}`, mib]));
}
