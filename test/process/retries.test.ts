// A write that carries (session, seq) is applied once, however often it is sent.
import { expect, test } from 'vitest';
import { isSettled, Running } from './running.ts';

test('a retry is answered with the position of the original, over a failover too', async () => {
  await using cluster = await Running.up();
  const first = await cluster.write('key', 'one', { session: 'mine', seq: 1 });
  expect(await cluster.write('key', 'one', { session: 'mine', seq: 1 })).toMatchObject({
    outcome: 'ok',
    position: first.position,
  });
  await cluster.act('kill', 'leader');
  const again = await cluster.writeUntilOk('key', 'one', { session: 'mine', seq: 1 });
  expect(again.position).toBe(first.position);
  const other = await cluster.write('key', 'two', { session: 'mine', seq: 1 });
  expect(other).toMatchObject({ outcome: 'rejected', error: { code: 'seq-reused' } });
  const next = await cluster.write('key', 'two', { session: 'mine', seq: 2 });
  expect(next.outcome).toBe('ok');
  expect(next.position).not.toBe(first.position);
});

test('a retry waits under its own mode', async () => {
  await using cluster = await Running.up(['--mode', 'async', '--tempo', 'slow']);
  await cluster.until(isSettled);
  const [follower] = await cluster.followers();
  await cluster.act('pause', follower ?? ('n1' as never));
  const options = { session: 'mine', seq: 1 } as const;
  expect(await cluster.write('key', 'one', options)).toMatchObject({ outcome: 'ok', mode: 'async' });
  const sync = cluster.write('key', 'one', { ...options, mode: 'sync' });
  await cluster.act('resume', follower ?? ('n1' as never));
  expect(await sync).toMatchObject({ outcome: 'ok', mode: 'sync', durableOn: ['n1', 'n2', 'n3'] });
});

test('a retry of a write that was lost is a new write, and says which one it replaces', async () => {
  await using cluster = await Running.up(['--mode', 'async', '--tempo', 'slow']);
  const old = await cluster.leader();
  await cluster.cut(old);
  const alone = await cluster.write('key', 'alone', { session: 'mine', seq: 7 });
  expect(alone.outcome).toBe('ok');
  await cluster.act('kill', old);
  await cluster.writeUntilOk('other', 'after');
  await cluster.happened('lost', ({ key }) => key === 'key');
  const again = await cluster.writeUntilOk('key', 'alone', { session: 'mine', seq: 7 });
  expect(again).toMatchObject({ outcome: 'ok', replaces: alone.position });
});
