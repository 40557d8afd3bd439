import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** A process that can be told from a later one with the same pid. */
export interface ProcessMark {
  readonly pid: number;
  /** When it started, as the system writes it; null if that cannot be told. */
  readonly started: string | null;
}

export const markOf = (pid: number): ProcessMark => ({ pid, started: startOf(pid) });

/** Whether that very process is alive. A zombie is not. */
export function isAlive({ pid, started }: ProcessMark): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return started === null || startOf(pid) === started;
}

/** Ends that very process, if it is still there. */
export function killMarked(mark: ProcessMark): void {
  if (mark.started === null || !isAlive(mark)) return;
  try {
    process.kill(mark.pid, 'SIGKILL');
  } catch {
    // It went by itself.
  }
}

function startOf(pid: number): string | null {
  try {
    if (existsSync('/proc/self/stat')) return startInProc(pid);
    return execFileSync('ps', ['-o', 'lstart=', '-p', `${pid}`], { encoding: 'utf8' }).trim() || null;
  } catch {
    return null;
  }
}

/** Field 22 of /proc/PID/stat, in clock ticks since boot; field 2, the name, may hold anything but a last `)`. */
function startInProc(pid: number): string | null {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? null : (fields[19] ?? null);
}
