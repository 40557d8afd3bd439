// Disks that fail to fsync, or take long: by strace, on one replica of a cluster in use.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ReplicaId } from '../../../core/protocol/position.ts';
import { isSettled, Running, replica } from '../../process/running.ts';
import { Recording } from '../recording.ts';
import { faultyFsync } from '../tools.ts';
import { needs } from './needs.ts';

/** Of each replica all fsyncs are made by one thread, so that they can be counted. */
const env = { UV_THREADPOOL_SIZE: '1' };

async function pidOf(cluster: Running, id: ReplicaId): Promise<number> {
  return replica(await cluster.until(isSettled), id).pid ?? 0;
}

test.for(['leader', 'follower'] as const)(
  'an fsync of the %s fails with EIO: it stops, and says so',
  async (role, context) => {
    needs('strace', context);
    await using cluster = await Running.up([], undefined, { env });
    const victim = role === 'leader' ? await cluster.leader() : ((await cluster.followers())[0] as ReplicaId);
    const recording = await Recording.start(cluster, { mode: 'quorum', seed: 1, sessions: 4, keys: 2 });
    const trace = join(cluster.sandbox.folder, 'trace');
    const pid = await pidOf(cluster, victim);
    {
      using _ = await faultyFsync(pid, 'error=EIO:when=3', trace);
      const { reason } = await cluster.happened('died', ({ id }) => id === victim);
      expect(reason).toMatch(/EIO/);
    }
    // Nothing is tried again: whatever an fsync says after one that failed, it is not to be trusted.
    const fsyncs = readFileSync(trace, 'utf8')
      .split('\n')
      .filter((line) => /fsync|fdatasync/.test(line));
    expect(fsyncs.findIndex((line) => line.includes('EIO'))).toBe(2);
    expect(fsyncs).toHaveLength(3);

    const { writes } = await cluster.until(
      (now) => (now.leader !== null && now.leader !== victim) || role === 'follower',
    );
    await cluster.until((now) => now.writes.ok > writes.ok + 20);
    await cluster.act('start', victim);
    await cluster.happened('recovered', ({ id }) => id === victim);
    const { violations } = await recording.finish([victim]);
    expect(violations).toEqual([]);
  },
);

test('every fsync of one follower takes 1.5 s: quorum writes do not wait for it, and it is not taken for dead', async (context) => {
  needs('strace', context);
  await using cluster = await Running.up([], undefined, { env });
  const [slow] = (await cluster.followers()) as [ReplicaId];
  const { term } = await cluster.until(isSettled);
  {
    using _ = await faultyFsync(await pidOf(cluster, slow), 'delay_enter=1500000');
    for (let n = 0; n < 50; n++) {
      const { outcome, durableOn } = await cluster.write('key', `${n}`);
      expect(outcome).toBe('ok');
      if (n > 0) expect(durableOn).not.toContain(slow);
    }
    const all = await cluster.write('key', 'by all', { mode: 'sync' });
    expect(['ok', 'unknown']).toContain(all.outcome);
    expect(await cluster.client.ask({ op: 'status' })).toMatchObject({ term });
  }
  expect(await cluster.writeUntilOk('key', 'by all', { mode: 'sync' })).toMatchObject({
    durableOn: ['n1', 'n2', 'n3'],
  });
});

test('every fsync of the leader takes 1.5 s: what the followers have is committed without it', async (context) => {
  needs('strace', context);
  await using cluster = await Running.up([], undefined, { env });
  const leader = await cluster.leader();
  const { term } = await cluster.until(isSettled);
  const recording = await Recording.start(cluster, { mode: 'quorum', seed: 2, sessions: 4, keys: 2 });
  {
    using _ = await faultyFsync(await pidOf(cluster, leader), 'delay_enter=1500000');
    const { writes } = await cluster.client.ask({ op: 'status' });
    await cluster.until((now) => now.writes.ok > writes.ok + 50);
    await cluster.until((now) => replica(now, leader).committedLsn > replica(now, leader).durableLsn);
  }
  const { violations, counts } = await recording.finish();
  expect(violations).toEqual([]);
  expect(counts).toMatchObject({ lost: 0, discarded: 0, 'last term': term });
});
