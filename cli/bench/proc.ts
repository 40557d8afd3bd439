import { readFileSync } from 'node:fs';

/** A file of a process in /proc. Empty where there is no such file: on another system, or of a process that is gone. */
export function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

/** Children of this process that were started with all of that in their command line. */
export function childrenWith(...texts: readonly string[]): readonly number[] {
  const children = readProc(process.pid, `task/${process.pid}/children`).split(' ').filter(Boolean).map(Number);
  return children.filter((pid) => {
    const line = readProc(pid, 'cmdline');
    return texts.every((text) => line.includes(text));
  });
}
