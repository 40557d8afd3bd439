// A replica whose log is damaged or gone is begun anew: what it may do until it has everything again, and after.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { type ReplicaId, replicaId } from '../../core/protocol/position.ts';
import { logFile, rot } from './log-files.ts';
import { isSettled, Running, replica } from './running.ts';
import { Sandbox } from './sandbox.ts';

const KEYS = Array.from({ length: 20 }, (_, n) => `key-${n}`);

async function writeAll(cluster: Running): Promise<void> {
  for (const key of KEYS) expect(await cluster.write(key, `value of ${key}`)).toMatchObject({ outcome: 'ok' });
  await cluster.until(isSettled);
}

async function missing(cluster: Running): Promise<string[]> {
  const gone: string[] = [];
  for (const key of KEYS) {
    const read = await cluster.client.ask({ op: 'read', key, level: 'linearizable' });
    if (read.value !== `value of ${key}`) gone.push(key);
  }
  return gone;
}

async function aFollower(cluster: Running): Promise<ReplicaId> {
  const [id] = await cluster.followers();
  if (id === undefined) throw new Error('no follower');
  return id;
}

test('a rotten log: refused with what to type; begun anew it catches up, and votes again', async () => {
  await using sandbox = new Sandbox();
  const data = join(sandbox.folder, 'cluster');
  await using cluster = await Running.up(['--data', data], sandbox);
  await writeAll(cluster);
  const rotten = await aFollower(cluster);
  await cluster.act('stop', rotten);
  const bytes = rot(data, rotten, 'key-7');
  const file = basename(logFile(data, rotten));

  const refused = await cluster.cli('start', rotten);
  expect(refused.code).toBe(1);
  expect(refused.record.error.message).toContain(`"lockstep start ${rotten} --rebuild --addr ${cluster.addr}"`);
  expect(await cluster.happened('died')).toMatchObject({ id: rotten, rebuildable: true });

  const started = await cluster.cli('start', rotten, '--rebuild');
  expect(started).toMatchObject({ code: 0, record: { ok: true, replicas: [rotten] } });
  const aside = join(data, rotten, 'damaged-1');
  const { rebuilt, standing } = await cluster.happened('recovered', (what) => what.rebuilt !== null);
  expect(rebuilt?.folder).toBe(aside);
  expect(rebuilt?.because).toContain(file);
  expect(standing).toBe('rejoining');
  expect(readFileSync(join(aside, file)).equals(bytes)).toBe(true);
  await cluster.happened('replica', ({ id, event }) => id === rotten && event.type === 'caught-up' && event.votes);
  await cluster.until((now) => isSettled(now) && replica(now, rotten).standing === 'voter');

  // Of the two who are left, neither is elected without the vote of the other.
  await cluster.act('kill', 'leader');
  expect(await cluster.writeUntilOk('after', 'the failover')).toMatchObject({ outcome: 'ok' });
  expect(await missing(cluster)).toEqual([]);
  expect((await cluster.client.ask({ op: 'status' })).fates.lost).toBe(0);
});

test('a log that is gone: begun anew it counts again, and never votes', async () => {
  await using sandbox = new Sandbox();
  const data = join(sandbox.folder, 'cluster');
  {
    await using cluster = await Running.up(['--data', data], sandbox);
    await writeAll(cluster);
    cluster.program.signal('SIGTERM');
    await cluster.program.exit();
  }
  rmSync(join(data, 'n2'), { recursive: true });
  await using cluster = await Running.up(['--data', data], sandbox);
  const n2 = replicaId('n2');
  expect(await cluster.happened('died')).toMatchObject({ id: n2, rebuildable: true });
  expect((await cluster.cli('start', n2)).record.error.message).toContain('the log is missing');

  const started = await cluster.cli('start', n2, '--rebuild');
  expect(started.record.message).toContain('without a vote');
  const { rebuilt, standing } = await cluster.happened('recovered', ({ id }) => id === n2);
  expect(rebuilt?.folder).toBeNull();
  expect(standing).toBe('barred');
  await cluster.happened('replica', ({ id, event }) => id === n2 && event.type === 'caught-up' && !event.votes);
  const leader = await cluster.leader();
  const other = (await cluster.followers()).find((id) => id !== n2) as ReplicaId;
  expect(replica(await cluster.until(isSettled), n2).standing).toBe('barred');
  // It counts: with it there is a majority on disk.
  await cluster.act('kill', other);
  expect(await cluster.write('counted', 'yes')).toMatchObject({ outcome: 'ok', durableOn: [leader, n2].sort() });
  // It has no vote: without the leader nobody is elected, until one is back who has.
  await cluster.act('start', other);
  await cluster.until(isSettled);
  const from = cluster.events.length;
  await cluster.act('kill', leader);
  await cluster.happened('replica', ({ id, event }) => id === n2 && isRefusal(event), from);
  expect((await cluster.client.ask({ op: 'status' })).leader).toBeNull();
  await cluster.act('start', leader);
  await cluster.writeUntilOk('after', 'all of that');
  expect(await missing(cluster)).toEqual([]);
});

const isRefusal = (event: { readonly type: string; readonly reason?: string }): boolean =>
  event.type === 'vote' && event.reason === 'no-vote';

test('a log that is sound is not given up, nor that of a replica which runs', async () => {
  await using sandbox = new Sandbox();
  const data = join(sandbox.folder, 'cluster');
  await using cluster = await Running.up(['--data', data], sandbox);
  await writeAll(cluster);
  const id = await aFollower(cluster);
  expect((await cluster.cli('start', id, '--rebuild')).record.error.message).toBe(`${id} runs already`);
  await cluster.act('stop', id);
  const started = await cluster.cli('start', id, '--rebuild');
  expect(started.record).toMatchObject({
    ok: true,
    message: `${id} started; its log is sound, and was not begun anew`,
  });
  expect(readdirSync(join(data, id)).filter((name) => name.startsWith('damaged'))).toEqual([]);
  expect(await cluster.cli('start', 'all', '--rebuild')).toMatchObject({ code: 2 });
});

test('one replica alone has nobody to begin anew from', async () => {
  await using sandbox = new Sandbox();
  const data = join(sandbox.folder, 'cluster');
  await using cluster = await Running.up(['--replicas', '1', '--data', data], sandbox);
  await writeAll(cluster);
  await cluster.act('stop', 'all');
  const bytes = rot(data, 'n1', 'key-7');
  const refused = await cluster.cli('start', 'n1');
  expect(refused.record.error.message).not.toContain('--rebuild');
  const anew = await cluster.cli('start', 'n1', '--rebuild');
  expect(anew).toMatchObject({ code: 1, record: { error: { code: 'control-failed' } } });
  expect(anew.record.error.message).toContain('alone');
  expect(readFileSync(logFile(data, 'n1')).equals(bytes)).toBe(true);
});

test('of two replicas none is begun anew: it takes both votes to elect a leader', async () => {
  await using sandbox = new Sandbox();
  const data = join(sandbox.folder, 'cluster');
  await using cluster = await Running.up(['--replicas', '2', '--data', data], sandbox);
  await writeAll(cluster);
  const rotten = await aFollower(cluster);
  await cluster.act('stop', rotten);
  rot(data, rotten, 'key-7');
  await cluster.until(({ leader }) => leader === null);
  const refused = await cluster.cli('start', rotten, '--rebuild');
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.record.error.message).toContain('it takes both votes');
  expect(readdirSync(join(data, rotten)).filter((name) => name.startsWith('damaged'))).toEqual([]);
});
