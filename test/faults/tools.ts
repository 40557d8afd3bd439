import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';

/** What some faults are injected with, and not every machine has. */
export type Tool = 'strace' | 'mounts' | 'network namespaces' | 'prlimit' | 'libfaketime';

/** Why a tool cannot be used here; null: it can. */
export function lacks(tool: Tool): string | null {
  switch (tool) {
    case 'strace':
      return works('strace', '-qq', '-e', 'inject=fdatasync:error=EIO', 'true');
    case 'mounts':
      return works('unshare', '-m', 'sh', '-c', 'mount -t tmpfs -o size=1m tmpfs /mnt');
    case 'network namespaces':
      return works(
        'unshare',
        '-n',
        'sh',
        '-c',
        'ip link set lo up && ip rule add pref 9 sport 1 ipproto tcp blackhole',
      );
    case 'prlimit':
      return works('prlimit', '--fsize=1000000:', 'true');
    case 'libfaketime':
      return faketimeLibrary() === null ? 'libfaketime.so.1 is not installed' : null;
    default:
      return tool satisfies never;
  }
}

export function faketimeLibrary(): string | null {
  const folders = ['/usr/lib', '/usr/local/lib', '/usr/lib64'].filter(existsSync);
  const architectures = readdirSync('/usr/lib').filter((name) => name.includes('-linux-'));
  const candidates = [...folders, ...architectures.map((name) => `/usr/lib/${name}`)];
  return candidates.map((folder) => `${folder}/faketime/libfaketime.so.1`).find(existsSync) ?? null;
}

/**
 * Lets a process, and every thread of it, feel what strace injects into its fsyncs, until disposed of: say `error=EIO`.
 * Resolves when strace is attached. Its fsyncs, and how they ended, are written to `file`, a line each.
 */
export async function faultyFsync(pid: number, injection: string, file = '/dev/null'): Promise<Disposable> {
  const filters = ['-e', 'trace=fdatasync,fsync', '-e', `inject=fdatasync,fsync:${injection}`];
  const strace = spawn('strace', ['-f', '-p', `${pid}`, '-o', file, ...filters], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [first] = (await once(strace.stderr, 'data')) as [Buffer];
  if (!`${first}`.includes('attached')) throw new Error(`strace does not attach: ${first}`);
  // It says so again for every thread that there will be.
  strace.stderr.resume();
  return { [Symbol.dispose]: () => void strace.kill('SIGINT') };
}

function works(program: string, ...args: string[]): string | null {
  const { status, error, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (error) return `${program} is not installed`;
  return status === 0 ? null : `${program} may not be used here: ${stderr.trim().split('\n').at(-1)}`;
}
