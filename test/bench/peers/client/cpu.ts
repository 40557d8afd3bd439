import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { descendants } from '../../../process/pids.ts';

/** What processes and their children have used so far, in seconds of one core. Null where there is no /proc. */
export function cpuSeconds(pids: readonly number[]): number | null {
  if (process.platform !== 'linux') return null;
  return pids.flatMap((pid) => [pid, ...descendants(pid)]).reduce((sum, pid) => sum + ownSeconds(pid), 0);
}

function ownSeconds(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // `pid (name) state …`: user and system time are the 14th and the 15th field, in ticks.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  } catch {
    return 0; // It has just ended.
  }
}

const TICKS_PER_SECOND = Number(spawnSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }).stdout) || 100;
