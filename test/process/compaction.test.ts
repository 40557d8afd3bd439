// Logs that grow beyond what is kept of them, with the real limits: who was away is sent a snapshot, and is back.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { COMPACTION } from '../../core/protocol/compaction.ts';
import type { ReplicaId } from '../../core/protocol/position.ts';
import { SEGMENT_BYTES_MAX } from '../../core/wal/writer.ts';
import { isSettled, Running, replica } from './running.ts';
import { Sandbox } from './sandbox.ts';

const MIB = 1024 * 1024;
const WRITES = 40;
/** The values go to so many keys in turn: so much a snapshot holds. */
const KEYS = 4;

const bigValue = (n: number): string => String(n).padEnd(MIB - 100, 'x');

const bytesIn = (folder: string): number =>
  readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);

test('a follower that was away for long is sent a snapshot; nothing is elected, lost or kept for ever', async () => {
  await using sandbox = new Sandbox();
  const data = join(sandbox.folder, 'cluster');
  {
    // Slow, for that nobody is elected must not hang on how busy this machine is.
    await using cluster = await Running.up(['--data', data, '--tempo', 'slow'], sandbox);
    const first = await cluster.write('first', 'of all', { session: 's', seq: 1 });
    const leader = await cluster.leader();
    const [away] = (await cluster.followers()) as [ReplicaId];
    await cluster.act('stop', away);
    const begun = cluster.events.length;
    for (let n = 0; n < WRITES; n++) {
      expect(await cluster.write(`key-${n % KEYS}`, bigValue(n))).toMatchObject({ outcome: 'ok' });
    }
    const behind = await cluster.until(({ replicas }) =>
      replicas.every(({ id, baseLsn, lsn }) => id === away || lsn - baseLsn < WRITES / 2),
    );
    expect(replica(behind, away).lsn).toBeLessThan(replica(behind, leader).baseLsn);

    await cluster.act('start', away);
    await cluster.happened('replica', ({ id, event }) => id === away && event.type === 'installed', begun);
    // At most one of them before it was known to be away: what is sent to nobody is no news.
    const sent = cluster.all('replica', begun).filter(({ event }) => event.type === 'snapshot-sent');
    expect(sent.length).toBeLessThanOrEqual(2);
    const { term } = await cluster.until(isSettled);
    expect(term).toBe(1);
    const unsettling = ['elected', 'stepped-down', 'rolled-back'];
    expect(cluster.all('replica', begun).filter(({ event }) => unsettling.includes(event.type))).toEqual([]);
    const read = { op: 'read', level: 'any', from: away } as const;
    expect(await cluster.client.ask({ ...read, key: 'first' })).toMatchObject({ value: 'of all' });
    expect((await cluster.client.ask({ ...read, key: 'key-3' })).value).toBe(bigValue(WRITES - 1));

    // What the snapshot replaces is gone from the disks: at most it, a segment that is half in it, and the log behind.
    await cluster.until(({ replicas }) => replicas.every(({ baseLsn }) => baseLsn > 0));
    for (const id of ['n1', 'n2', 'n3']) {
      expect(bytesIn(join(data, id))).toBeLessThan(KEYS * MIB + SEGMENT_BYTES_MAX + 2 * COMPACTION.logBytes);
    }
    const shown = await cluster.cli('log', leader);
    expect(shown.records.length).toBeLessThan(WRITES);
    expect(first.position).toBe('1:2');
    cluster.program.signal('SIGTERM');
    await cluster.program.exit();
  }
  await using again = await Running.up(['--data', data], sandbox);
  for (const id of ['n1', 'n2', 'n3'] as ReplicaId[]) {
    expect((await again.happened('recovered', (what) => what.id === id)).snapshot).not.toBeNull();
  }
  await again.until(isSettled);
  for (let n = WRITES - KEYS; n < WRITES; n++) {
    const read = await again.client.ask({ op: 'read', key: `key-${n % KEYS}`, level: 'linearizable' });
    expect(read.value).toBe(bigValue(n));
  }
  // The write is known by its session, though its entry is gone: it is not applied once more.
  const retried = await again.write('first', 'of all', { session: 's', seq: 1 });
  expect(retried).toMatchObject({ outcome: 'ok', position: '1:2' });
});
