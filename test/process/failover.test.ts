// What becomes of writes when their leader dies, in each mode, on real processes.
import { expect, test } from 'vitest';
import type { ClusterSnapshot } from '../../core/observe/snapshot.ts';
import type { WriteMode } from '../../core/protocol/entry.ts';
import type { ReplicaId } from '../../core/protocol/position.ts';
import { isSettled, Running, replica } from './running.ts';

test('three writes raise lsn and committedLsn by three on every replica', async () => {
  await using cluster = await Running.up();
  const before = await cluster.until(isSettled);
  const written = await cluster.cli('write', 'key', 'value', '--count', '3');
  expect(written).toMatchObject({ code: 0 });
  expect(written.records.map((record) => record.outcome)).toEqual(['ok', 'ok', 'ok']);
  const after = await cluster.until((now) => isSettled(now) && now.writes.ok === 3);
  for (const [index, { lsn, committedLsn }] of before.replicas.entries()) {
    expect(after.replicas[index]).toMatchObject({ lsn: lsn + 3, durableLsn: lsn + 3, committedLsn: committedLsn + 3 });
  }
});

test('kill -9 of the leader: another leads a later term and acknowledges; the old one comes back as a follower', async () => {
  await using cluster = await Running.up();
  const old = await cluster.leader();
  const { term } = await cluster.until(isSettled);
  const killed = await cluster.cli('kill', 'leader');
  expect(killed.record).toMatchObject({ ok: true, replicas: [old] });

  const acknowledged = await cluster.writeUntilOk('after', 'the kill');
  const elected = await cluster.until((now) => now.leader !== null && now.leader !== old);
  expect(elected.term).toBeGreaterThan(term);
  expect(replica(elected, old)).toMatchObject({ process: 'down', role: null, pid: null });
  expect(acknowledged.durableOn).not.toContain(old);

  expect(await cluster.cli('start', old)).toMatchObject({ code: 0 });
  const back = await cluster.until((now) => replica(now, old).process === 'up' && isSettled(now));
  expect(replica(back, old)).toMatchObject({ role: 'follower', lag: { entries: 0, bytes: 0, ms: 0 } });
});

test('what was done is told before what came of it, and nobody starts in the role that it had before', async () => {
  await using cluster = await Running.up();
  const old = await cluster.leader();
  const seen: ClusterSnapshot[] = [];
  cluster.client.subscribe((change) => change.type === 'snapshot' && seen.push(change.snapshot));
  const begun = cluster.events.length;
  await cluster.act('kill', old);
  await cluster.happened('replica', ({ event }) => event.type === 'elected', begun);
  const happened = cluster.events.slice(begun).map(({ what }) => what);
  expect(happened[0]).toMatchObject({ type: 'process', id: old, change: 'killed' });
  await cluster.until((now) => replica(now, old).process === 'down');
  const down = seen.length;
  const started = cluster.events.length;
  await cluster.act('start', old);
  await cluster.happened('replica', ({ id, event }) => id === old && event.type === 'following', started);
  await cluster.until((now) => replica(now, old).role === 'follower');
  const roles = seen.slice(down).map((now) => replica(now, old).role);
  expect(new Set(roles)).toEqual(new Set([null, 'follower']));

  const paused = cluster.events.length;
  const [id] = (await cluster.followers()) as [ReplicaId];
  await cluster.act('pause', id);
  await cluster.until((now) => (replica(now, id).heartbeatAgeMs ?? 0) > 1000);
  await cluster.act('resume', id);
  await cluster.happened('replica', (what) => what.id === id && what.event.type === 'woke', paused);
  const told = cluster.events.slice(paused).flatMap(({ what }) => ('id' in what && what.id === id ? [what] : []));
  expect(told.slice(0, 2)).toMatchObject([{ change: 'paused' }, { change: 'resumed' }]);
});

test('async: exactly the writes that a cut-off leader acknowledged alone are lost, by name', async () => {
  await using cluster = await Running.up(['--mode', 'async', '--tempo', 'slow']);
  const shared = await cluster.write('shared', 'everywhere');
  const old = await cluster.leader();
  await cluster.cut(old);
  // The leader has not noticed yet: it still counts on the contact it had.
  const alone = await Promise.all(['a', 'b', 'c'].map((key) => cluster.write(key, 'alone')));
  expect(alone.map((write) => write.outcome)).toEqual(['ok', 'ok', 'ok']);
  expect(alone.map((write) => write.durableOn)).toEqual([[old], [old], [old]]);
  await cluster.act('kill', old);
  // Only when others have gone on without it: started before, it would win, and nothing be lost.
  const after = await cluster.writeUntilOk('after', 'the failover');
  await cluster.client.ask({ op: 'heal' });
  await cluster.until((now) => now.fates.lost === 3 && isSettled(now));
  const lost = cluster.all('lost').map(({ key, position, mode }) => ({ key, position, mode }));
  expect(lost).toEqual(['a', 'b', 'c'].map((key, index) => ({ key, position: alone[index]?.position, mode: 'async' })));
  const { fates, guarantees } = await cluster.until(isSettled);
  expect(fates).toEqual({ pending: 0, committed: 2, lost: 3, discarded: 0 });
  expect(guarantees.noAcknowledgedWriteLost.light).toBe('amber');
  expect(guarantees.oneLeaderPerTerm.light).toBe('green');

  // The old leader says itself what it dropped.
  const { event } = await cluster.happened('replica', ({ event: what }) => what.type === 'rolled-back');
  expect(event).toMatchObject({ type: 'rolled-back', dropped: [{ key: 'a' }, { key: 'b' }, { key: 'c' }] });
  expect(replica(await cluster.until(isSettled), old).lag).toEqual({ entries: 0, bytes: 0, ms: 0 });

  const gone = await cluster.cli('read', 'a', '--token', alone[0]?.token ?? '');
  expect(gone).toMatchObject({ code: 1, record: { error: { code: 'rolled-back' }, token: expect.any(String) } });
  const kept = await cluster.cli('read', 'shared', '--token', shared.token ?? '');
  expect(kept).toMatchObject({ code: 0, record: { found: true, value: 'everywhere' } });
  const linearizable = { op: 'read', key: 'a', level: 'linearizable', token: alone[0]?.token ?? '0:0' } as const;
  expect(await cluster.client.ask(linearizable)).toMatchObject({ error: { code: 'rolled-back' } });
  const goOn = await cluster.cli('read', 'after', '--token', gone.record.token as string);
  expect(goOn).toMatchObject({ code: 0, record: { value: 'the failover' } });
  expect(after.outcome).toBe('ok');
  const covered = await cluster.cli('write', 'a', 'again', '--token', alone[0]?.token ?? '');
  expect(covered).toMatchObject({ code: 1, record: { outcome: 'rejected', error: { code: 'rolled-back' } } });
});

test.each<WriteMode>(['quorum', 'sync'])(
  '%s: a cut-off leader acknowledges nothing, and nothing is lost',
  async (mode) => {
    await using cluster = await Running.up(['--mode', mode, '--tempo', 'slow']);
    await cluster.writeUntilOk('shared', 'everywhere');
    const old = await cluster.leader();
    await cluster.cut(old);
    const alone = await Promise.all(['a', 'b', 'c'].map((key) => cluster.write(key, 'alone')));
    expect(alone.map((write) => write.outcome)).toEqual(['unknown', 'unknown', 'unknown']);
    await cluster.act('kill', old);
    await cluster.writeUntilOk('after', 'the failover', { mode: 'quorum' });
    await cluster.client.ask({ op: 'heal' });
    const settled = await cluster.until((now) => now.fates.pending === 0 && isSettled(now));
    expect(settled.fates).toEqual({ pending: 0, committed: 2, lost: 0, discarded: 3 });
    expect(cluster.all('lost')).toEqual([]);
    expect(cluster.all('settled').map(({ key, fate }) => `${key} ${fate}`)).toEqual([
      'a discarded',
      'b discarded',
      'c discarded',
    ]);
    expect(settled.guarantees.noAcknowledgedWriteLost.light).toBe('green');
  },
);

test('a write whose leader dies before it answers is unknown; the new leader says what became of it', async () => {
  await using cluster = await Running.up();
  await cluster.leader();
  // All that is under way when the kill arrives: some of it is in no log, some on a majority.
  const under = Array.from({ length: 200 }, (_, index) => cluster.write(`key-${index}`, 'x'));
  await cluster.act('kill', 'leader');
  const results = await Promise.all(under);
  await cluster.writeUntilOk('after', 'the kill');
  const { fates, writes } = await cluster.until((now) => now.fates.pending === 0 && isSettled(now));
  const unknown = results.filter((result) => result.outcome === 'unknown').length;
  const settled = cluster.all('settled');
  expect(writes.unknown).toBe(unknown);
  expect(settled).toHaveLength(unknown);
  expect(fates.discarded).toBe(settled.filter((write) => write.fate === 'discarded').length);
  expect(fates.lost).toBe(0);
});
