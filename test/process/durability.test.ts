// What the disk keeps: over power cuts, kills of everything, torn and rotten files.
import { appendFileSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { PositionText, ReplicaId } from '../../core/protocol/position.ts';
import { Lockstep, run } from './lockstep.ts';
import { logFile, rot } from './log-files.ts';
import { kill } from './pids.ts';
import { isSettled, Running, replica } from './running.ts';
import { Sandbox } from './sandbox.ts';

test('a power cut of all, under load: nothing acknowledged is missing', async () => {
  await using cluster = await Running.up();
  await cluster.leader();
  const acknowledged: string[] = [];
  let cutting = false;
  const writer = async (name: string): Promise<void> => {
    for (let n = 0; !cutting; n++) {
      const { outcome } = await cluster.write(`${name}-${n}`, 'x');
      if (outcome === 'ok') acknowledged.push(`${name}-${n}`);
    }
  };
  const writers = Array.from({ length: 16 }, (_, index) => writer(`w${index}`));
  await cluster.until((now) => now.writes.ok >= 500);
  await cluster.act('power-cut', 'all');
  cutting = true;
  await Promise.all(writers);
  await cluster.act('start', 'all');
  await cluster.writeUntilOk('after', 'the cut');
  const missing: string[] = [];
  for (const key of acknowledged) {
    const read = await cluster.client.ask({ op: 'read', key, level: 'linearizable' });
    if (!read.found) missing.push(key);
  }
  expect(acknowledged.length).toBeGreaterThanOrEqual(500);
  expect(missing).toEqual([]);
});

test('a data folder is resumed after kill -9 of everything', async () => {
  await using sandbox = new Sandbox();
  const data = join(sandbox.folder, 'cluster');
  const tokens: PositionText[] = [];
  {
    await using cluster = await Running.up(['--data', data], sandbox);
    for (let n = 0; n < 20; n++) tokens.push((await cluster.write(`key-${n}`, `${n}`)).token ?? '0:0');
    for (const pid of sandbox.processes()) kill(pid);
    await cluster.program.exit();
  }
  await using again = await Running.up(['--data', data], sandbox);
  for (const [n, token] of tokens.entries()) {
    expect(await again.client.ask({ op: 'read', key: `key-${n}`, token })).toMatchObject({ value: `${n}` });
  }
  expect((await again.until(isSettled)).replicas).toHaveLength(3);
});

test('a torn tail is cut, and said so', async () => {
  await using sandbox = new Sandbox();
  const data = join(sandbox.folder, 'cluster');
  {
    await using cluster = await Running.up(['--data', data], sandbox);
    await cluster.write('key', 'value');
    for (const pid of sandbox.processes()) kill(pid);
    await cluster.program.exit();
  }
  appendFileSync(logFile(data, 'n2'), '{"type":"entry","term":1,"lsn":3,"id":"w9","op":"put","ke');
  await using again = await Running.up(['--data', data], sandbox);
  const { tornBytes } = await again.happened('recovered', ({ id }) => id === 'n2');
  expect(tornBytes).toBe(57);
  expect(replica(await again.until(isSettled), 'n2' as never).process).toBe('up');
  expect(await again.client.ask({ op: 'read', key: 'key', from: 'n2' as never, level: 'any' })).toMatchObject({
    value: 'value',
  });
});

test('a flipped bit in mid-log: the replica does not start, and names file, line and LSN; the others go on', async () => {
  await using sandbox = new Sandbox();
  const data = join(sandbox.folder, 'cluster');
  {
    await using cluster = await Running.up(['--data', data], sandbox);
    for (let n = 0; n < 5; n++) await cluster.write(`key-${n}`, 'value');
    await cluster.until(isSettled);
    cluster.program.signal('SIGTERM');
    expect(await cluster.program.exit()).toMatchObject({ code: 143 });
  }
  const intact = readFileSync(logFile(data, 'n3'));
  const line = intact.subarray(0, intact.indexOf('key-1')).filter((byte) => byte === 10).length + 1;
  const bytes = rot(data, 'n3', 'key-1');

  await using again = await Running.up(['--data', data], sandbox);
  const { reason } = await again.happened('died', ({ id }) => id === 'n3');
  expect(reason).toContain(`wal-000000000000.ndjson`);
  expect(reason).toContain(`line ${line}`);
  expect(reason).toContain('LSN 3');
  expect(await again.writeUntilOk('after', 'the rot')).toMatchObject({ outcome: 'ok' });
  const started = await again.cli('start', 'n3');
  expect(started).toMatchObject({ code: 1, record: { error: { code: 'control-failed' } } });
  expect(started.record.error.message).toContain('n3 does not start');
  expect((await again.cli('heal')).record.error.message).toContain('not every replica starts');
  expect(readFileSync(logFile(data, 'n3')).equals(bytes)).toBe(true);
});

test("replicas' folders that are gone are no fresh replicas, which might vote twice", async () => {
  await using sandbox = new Sandbox();
  const data = join(sandbox.folder, 'cluster');
  {
    await using cluster = await Running.up(['--data', data], sandbox);
    await cluster.write('key', 'value');
    cluster.program.signal('SIGTERM');
    await cluster.program.exit();
  }
  for (const id of ['n2', 'n3']) rmSync(join(data, id), { recursive: true });
  const refused = await run(['up', '--port', '0', '--data', data], { sandbox });
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.stderr).toMatch(/^[^\n]*n[23][^\n]*missing[^\n]*\n$/);
  expect(sandbox.processes()).toEqual([]);
});

test('two clusters side by side know nothing of each other', async () => {
  await using sandbox = new Sandbox();
  await using one = await Running.up([], sandbox);
  await using two = await Running.up([], sandbox);
  await one.write('key', 'one');
  await two.write('key', 'two');
  expect(await one.cli('read', 'key', '--linearizable')).toMatchObject({ record: { value: 'one' } });
  expect(await two.cli('read', 'key', '--linearizable')).toMatchObject({ record: { value: 'two' } });
  expect(await one.cli('down')).toMatchObject({ code: 0 });
  expect(await one.program.exit()).toMatchObject({ code: 0 });
  expect(await two.cli('write', 'key', 'still here')).toMatchObject({ code: 0 });
});

test('the log can be read as it is written, and by command', async () => {
  await using cluster = await Running.up();
  await cluster.write('key', 'value');
  // A follower hears with the next message what is committed.
  await cluster.until((now) => isSettled(now) && replica(now, 'n1' as never).committedLsn === 2);
  const { records } = await cluster.cli('log', 'n1');
  const [shown] = records;
  const entries = shown?.entries ?? records;
  expect(entries.map((entry: { op: string }) => entry.op)).toEqual(['noop', 'put']);
  expect(entries[1]).toMatchObject({ position: '1:2', key: 'key', value: 'value', mode: 'quorum', committed: true });
});

test('a log is shown whole, however large its entries are', async () => {
  await using cluster = await Running.up();
  await Promise.all(Array.from({ length: 40 }, (_, n) => cluster.write(`key-${n}`, 'x'.repeat(100_000))));
  await cluster.until(isSettled);
  const { records } = await cluster.cli('log', 'n2');
  expect(records.map((entry) => entry.position)).toEqual(Array.from({ length: 41 }, (_, n) => `1:${n + 1}`));
});

test('a data folder that is removed under a running cluster ends nothing but what is asked', async () => {
  await using sandbox = new Sandbox();
  const data = join(sandbox.folder, 'cluster');
  await using cluster = await Running.up(['--data', data], sandbox);
  // A log's file is opened at the first write to it.
  await cluster.until(({ replicas }) => replicas.every(({ durableLsn }) => durableLsn > 0));
  rmSync(data, { recursive: true });
  await cluster.act('kill', 'n1' as ReplicaId);
  await expect(cluster.act('start', 'n1' as ReplicaId)).rejects.toThrow('start n1: ENOENT');
  // The secret went with it. Who has shown it is known still; who comes now can look.
  const late = await cluster.cli('kill', 'n2');
  expect(late).toMatchObject({ code: 1, record: { ok: false, error: { code: 'unauthorized' } } });
  expect(late.stderr).toBe(
    `lockstep: there is no secret at ${join(data, 'secret')}; without it the cluster can be looked at, but only process ${cluster.program.pid} can stop it\n`,
  );
  expect(await cluster.cli('status')).toMatchObject({ code: 0 });
  expect(await cluster.writeUntilOk('key', 'value')).toMatchObject({ outcome: 'ok' });
  cluster.program.signal('SIGTERM');
  expect(await cluster.program.exit()).toMatchObject({ code: 143 });
});

test('a program that is not ours on the data folder is told so', async () => {
  await using sandbox = new Sandbox();
  const data = join(sandbox.folder, 'cluster');
  await using first = new Lockstep(['up', '--port', '0', '--json', '--data', data], { sandbox });
  await first.until((record) => record.event === 'ready');
  const second = await run(['up', '--port', '0', '--data', data], { sandbox });
  expect(second).toMatchObject({ code: 1 });
  expect(second.stderr).toMatch(/^[^\n]*in use by another lockstep \(pid \d+\)[^\n]*\n$/);
});
