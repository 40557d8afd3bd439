import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';

interface Process {
  readonly pid: number;
  readonly parent: number;
}

/** Whether a process lives. One that has ended and was not yet reaped by its parent does not. */
export function isLive(pid: number): boolean {
  return processTable().some((row) => row.pid === pid);
}

/** The live children of a process, their children and so on. */
export function descendants(pid: number): number[] {
  const table = processTable();
  const found = [pid];
  for (const parent of found) found.push(...table.filter((row) => row.parent === parent).map((row) => row.pid));
  return found.slice(1);
}

/**
 * The live processes that were started with `mark` in their environment. It is inherited, also by orphans. A process
 * shows it a moment after its start, and hides it a moment before its end.
 */
export function markedProcesses(mark: string): number[] {
  if (process.platform === 'linux') {
    return processTable().flatMap(({ pid }) => (readProc(`${pid}/environ`).includes(mark) ? [pid] : []));
  }
  const marked = new Set(
    ps('-A', '-E', '-ww', '-o', 'pid=,command=')
      .filter((line) => line.includes(mark))
      .map((line) => Number.parseInt(line, 10)),
  );
  return processTable().flatMap(({ pid }) => (marked.has(pid) ? [pid] : []));
}

/** Kills what `list` names, and what it names then, until it names nothing and all of them are gone. */
export async function killAll(list: () => readonly number[], deadlineMs = 5_000): Promise<void> {
  const end = performance.now() + deadlineMs;
  for (let pids = list(); pids.length > 0; pids = [...new Set([...list(), ...pids.filter(isLive)])]) {
    if (performance.now() > end) throw new Error(`still alive after kill -9: ${pids.join(', ')}`);
    for (const pid of pids) kill(pid);
    await turn();
  }
}

/** `kill -9`, of a process that may be gone already. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function processTable(): Process[] {
  const rows = process.platform === 'linux' ? linuxRows() : ps('-A', '-o', 'pid=,ppid=,stat=');
  return rows.flatMap((row) => {
    const [pid = '', parent = '', state = ''] = row.trim().split(/\s+/);
    return pid === '' || state.startsWith('Z') ? [] : [{ pid: Number(pid), parent: Number(parent) }];
  });
}

/** `pid parent state` of each process. */
function linuxRows(): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map((pid) => {
    const stat = readProc(`${pid}/stat`);
    // `pid (name) state parent …`, where the name may hold anything, parentheses and spaces too.
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return stat === '' ? '' : `${pid} ${parent} ${state}`;
  });
}

/** A file of /proc, empty when its process has just ended or is not ours. */
function readProc(file: string): string {
  try {
    return readFileSync(`/proc/${file}`, 'utf8');
  } catch {
    return '';
  }
}

function ps(...args: string[]): string[] {
  return spawnSync('ps', args, { encoding: 'utf8' }).stdout.split('\n').filter(Boolean);
}
