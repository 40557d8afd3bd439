import type { BenchCluster } from './cluster.ts';
import { readProc } from './proc.ts';

/** What the processes of a cluster take of the cores. Read from /proc: empty where there is none. */
export class CpuOfCluster {
  readonly #pids: ReadonlyMap<string, number>;
  readonly #sinceMs = performance.now();
  readonly #before: ReadonlyMap<string, number>;

  static async of(cluster: BenchCluster): Promise<CpuOfCluster> {
    return new CpuOfCluster(await cluster.pids());
  }

  private constructor(pids: ReadonlyMap<string, number>) {
    this.#pids = pids;
    this.#before = secondsOf(pids);
  }

  /** Since it was made, in cores, by the processes' names. */
  taken(): Record<string, number> {
    const seconds = (performance.now() - this.#sinceMs) / 1000;
    const after = secondsOf(this.#pids);
    return Object.fromEntries(
      [...after].map(([name, cpu]) => [name, Number(((cpu - (this.#before.get(name) ?? 0)) / seconds).toFixed(2))]),
    );
  }
}

/** What /proc counts in, on every Linux there is. */
const TICKS_PER_SECOND = 100;

function secondsOf(pids: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const [name, pid] of pids) {
    const stat = readProc(pid, 'stat');
    // `pid (name) state …`: user and system time are the 14th and the 15th field, in ticks.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    if (stat !== '') found.set(name, ticks / TICKS_PER_SECOND);
  }
  return found;
}
