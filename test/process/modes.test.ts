// When a write is acknowledged, refused, or neither.
import { expect, test } from 'vitest';
import type { ReplicaId } from '../../core/protocol/position.ts';
import { isSettled, Running } from './running.ts';

test('sync with a follower down is rejected by name; quorum goes on; all is well when it is back', async () => {
  await using cluster = await Running.up(['--mode', 'sync']);
  // It said that it is ready, and so it is, for writes of its own mode.
  expect(await cluster.write('key', 'one')).toMatchObject({ outcome: 'ok', durableOn: ['n1', 'n2', 'n3'] });
  const [down] = (await cluster.followers()) as [ReplicaId, ReplicaId];
  await cluster.act('kill', down);
  await cluster.until((now) => now.replicas.some((replica) => replica.id === down && replica.process === 'down'));
  // For as long as it was heard of lately, a write is taken, and stays unknown. Then it is refused.
  const outcomes: string[] = [];
  while (outcomes.at(-1) !== 'rejected') {
    const { outcome, error } = await cluster.write('key', 'two');
    outcomes.push(outcome);
    if (outcome === 'rejected')
      expect(error).toMatchObject({ code: 'follower-down', message: expect.stringContaining(down) });
    else expect(outcome).toBe('unknown');
  }
  expect(await cluster.cli('write', 'key', 'three', '--mode', 'quorum')).toMatchObject({ code: 0 });
  expect(await cluster.cli('write', 'key', 'four')).toMatchObject({ code: 1, record: { outcome: 'rejected' } });
  await cluster.act('start', down);
  await cluster.until(isSettled);
  expect((await cluster.writeUntilOk('key', 'five')).durableOn).toHaveLength(3);
});

test('sync with a follower that dies in mid-write is unknown, and settles as committed', async () => {
  await using cluster = await Running.up(['--mode', 'sync', '--tempo', 'slow']);
  await cluster.writeUntilOk('key', 'one');
  const [dying] = (await cluster.followers()) as [ReplicaId, ReplicaId];
  // Paused, it is still in the leader's good books, and cannot answer.
  await cluster.act('pause', dying);
  const written = cluster.cli('write', 'key', 'two');
  await cluster.until((now) => now.replicas.every(({ id, lsn }) => id === dying || lsn > 2));
  await cluster.act('kill', dying);
  expect(await written).toMatchObject({
    code: 4,
    record: { outcome: 'unknown', position: expect.any(String), error: { code: 'acknowledge-timeout' } },
  });
  await cluster.happened('settled', ({ key, fate }) => key === 'key' && fate === 'committed');
});

test('a switch of mode alters no write that is under way', async () => {
  await using cluster = await Running.up(['--mode', 'quorum', '--tempo', 'slow']);
  await cluster.write('key', 'one');
  const leader = await cluster.leader();
  await cluster.cut(leader);
  const before = cluster.write('key', 'under quorum');
  await cluster.setMode('async');
  const after = await cluster.write('key', 'under async');
  expect(after).toMatchObject({ outcome: 'ok', mode: 'async' });
  expect(await before).toMatchObject({ outcome: 'unknown', mode: 'quorum' });
});

test('one replica: every mode is acknowledged by itself alone', async () => {
  await using cluster = await Running.up(['--replicas', '1']);
  for (const mode of ['async', 'quorum', 'sync'] as const) {
    expect(await cluster.write('key', mode, { mode })).toMatchObject({ outcome: 'ok', durableOn: ['n1'] });
  }
  expect(await cluster.cli('read', 'key', '--linearizable')).toMatchObject({ record: { value: 'sync' } });
});

test('a paused leader that wakes acknowledges nothing of its old term, and follows', async () => {
  await using cluster = await Running.up(['--mode', 'async']);
  await cluster.write('key', 'before');
  const old = await cluster.leader();
  const { term } = await cluster.until(isSettled);
  await cluster.act('pause', old);
  // The router does not know yet: these go to the paused leader, and it finds them when it wakes.
  const sleeping = Array.from({ length: 20 }, (_, index) => cluster.write(`sleeping-${index}`, 'x'));
  await cluster.until((now) => now.leader !== null && now.leader !== old);
  await cluster.writeUntilOk('key', 'after');
  await cluster.act('resume', old);
  const oldTerm = (await Promise.all(sleeping)).filter((write) => write.position?.startsWith(`${term}:`));
  expect(oldTerm.filter((write) => write.outcome === 'ok')).toEqual([]);
  const { replicas } = await cluster.until(isSettled);
  expect(replicas.find(({ id }) => id === old)).toMatchObject({ role: 'follower' });
  const { fates } = await cluster.until((now) => now.fates.pending === 0);
  expect(fates.lost).toBe(0);
});
