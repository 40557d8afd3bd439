// Disks without room, and files that may not grow: nothing is acknowledged that is not there; whoever leads gives way;
// with room again all goes on, and nobody has died of it.
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ReplicaId } from '../../../core/protocol/position.ts';
import { isSettled, Running, replica } from '../../process/running.ts';
import { Sandbox } from '../../process/sandbox.ts';
import { Recording } from '../recording.ts';
import { needs } from './needs.ts';

/** No file of this process may grow past `bytes` from now on; it may raise that again, and so may we. */
function limitFiles(pid: number, bytes: number | 'unlimited'): void {
  command('prlimit', `--fsize=${bytes}:unlimited`, '--pid', `${pid}`);
}

/** Of the newest file of its log, in bytes. */
function logBytes(folder: string): number {
  const files = readdirSync(folder)
    .filter((name) => name.startsWith('wal-'))
    .sort();
  return statSync(join(folder, files.at(-1) ?? '')).size;
}

test.for(['leader', 'follower'] as const)(
  'no file of the %s may grow any more, and then it may',
  async (role, context) => {
    needs('prlimit', context);
    await using sandbox = new Sandbox();
    const data = join(sandbox.folder, 'data');
    await using cluster = await Running.up(['--data', data], sandbox);
    const victim = role === 'leader' ? await cluster.leader() : ((await cluster.followers())[0] as ReplicaId);
    const pid = replica(await cluster.until(isSettled), victim).pid ?? 0;
    const recording = await Recording.start(cluster, { mode: 'quorum', seed: 1, sessions: 4, keys: 2 });
    await cluster.until((now) => now.writes.ok > 20);
    // In mid-line, somewhere: a write comes back short first.
    limitFiles(pid, logBytes(join(data, victim)) + 1001);
    if (role === 'leader') {
      await cluster.happened('replica', ({ id, event }) => id === victim && event.type === 'stepped-down');
      await cluster.until((now) => now.leader !== null && now.leader !== victim);
    }
    const { writes } = await cluster.client.ask({ op: 'status' });
    await cluster.until((now) => now.writes.ok > writes.ok + 50);
    const full = await cluster.client.ask({ op: 'status' });
    expect(replica(full, victim).durableLsn).toBeLessThan(
      Math.max(...full.replicas.map(({ durableLsn }) => durableLsn)),
    );
    limitFiles(pid, 'unlimited');
    const { violations } = await recording.finish();
    expect(violations).toEqual([]);
  },
);

/**
 * Each replica's folder is a small file system of its own, that only the program under test sees; `data` holds a cluster
 * that has stopped.
 */
function onSmallDisks(data: string): readonly string[] {
  const mount = 'mount -t tmpfs -o size=16m,mode=700 tmpfs "$folder" && cp -a "$folder.kept/." "$folder"';
  const all = `for folder in '${data}'/n?; do cp -a "$folder" "$folder.kept" && ${mount} || exit; done`;
  return ['unshare', '-m', 'sh', '-c', `${all}; rm -r '${data}'/n?.kept; exec "$@"`, 'sh'];
}

test.for(['the leader', 'everybody', 'everybody, who are killed and started'] as const)(
  'no room for %s, and then there is',
  async (whom, context) => {
    needs('mounts', context);
    await using sandbox = new Sandbox();
    const data = join(sandbox.folder, 'data');
    await stoppedCluster(sandbox, data);
    await using cluster = await Running.up(['--data', data], sandbox, { via: onSmallDisks(data) });
    const leader = await cluster.leader();
    const recording = await Recording.start(cluster, { mode: 'quorum', seed: 2, sessions: 4, keys: 2 });
    await cluster.until((now) => now.writes.ok > 20);

    // From outside, the file systems are reached through one who sees them.
    const folders = whom === 'the leader' ? [leader] : ['n1', 'n2', 'n3'];
    const ballast = folders.map((id) => join(`/proc/${cluster.program.pid}/root${data}`, id, 'ballast'));
    ballast.forEach(fill);
    await cluster.happened('replica', ({ id, event }) => id === leader && event.type === 'stepped-down');
    if (whom === 'the leader') {
      const { writes } = await cluster.until((now) => now.leader !== null && now.leader !== leader);
      await cluster.until((now) => now.writes.ok > writes.ok + 50);
    } else await cluster.until((now) => now.writes.rejected > 20);
    if (whom === 'everybody, who are killed and started') {
      await cluster.act('kill', 'all');
      // Whoever needs room to start says so, and stays down.
      await cluster.client.ask({ op: 'start', target: 'all' });
    } else expect(cluster.all('died')).toEqual([]);
    for (const file of ballast) rmSync(file);
    await cluster.client.ask({ op: 'heal' });
    const { violations } = await recording.finish(cluster.all('died').map(({ id }) => id));
    expect(violations).toEqual([]);
  },
);

async function stoppedCluster(sandbox: Sandbox, data: string): Promise<void> {
  await using cluster = await Running.up(['--data', data], sandbox);
  await cluster.leader();
  cluster.program.signal('SIGTERM');
  await cluster.program.exit();
}

/** Takes all the room there is, to the last page. */
function fill(file: string): void {
  const handle = openSync(file, 'w');
  try {
    for (const bytes of [65_536, 1]) {
      try {
        for (;;) writeSync(handle, Buffer.alloc(bytes));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    }
  } finally {
    closeSync(handle);
  }
}

function command(program: string, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
}
