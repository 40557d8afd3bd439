// Who serves a read, and when nobody does.
import { expect, test } from 'vitest';
import { Running } from './running.ts';

test('a follower that holds the token serves it', async () => {
  await using cluster = await Running.up();
  const { record: write } = await cluster.cli('write', 'key', 'value');
  const followers = await cluster.followers();
  const { code, record } = await cluster.cli('read', 'key', '--token', write.token as string);
  expect(code).toBe(0);
  expect(record).toMatchObject({ found: true, value: 'value' });
  expect(followers).toContain(record.servedBy);
});

test('with its followers delayed, a token read falls back to the leader, or waits for a follower if told to', async () => {
  await using cluster = await Running.up(['--mode', 'async', '--tempo', 'slow']);
  const leader = await cluster.leader();
  await cluster.client.ask({ op: 'link', from: leader, to: 'all', fault: { kind: 'delay', ms: 200 }, oneWay: true });
  const { token = '0:0' } = await cluster.write('key', 'value');
  const fallback = await cluster.client.ask({ op: 'read', key: 'key', token });
  expect(fallback).toMatchObject({ value: 'value', servedBy: leader, why: expect.stringContaining('no follower') });
  const next = await cluster.write('key', 'next');
  const waited = await cluster.cli('read', 'key', '--token', next.token ?? '', '--from', 'followers');
  expect(waited.record).toMatchObject({ value: 'next' });
  expect(waited.record.servedBy).not.toBe(leader);
  const last = await cluster.write('key', 'last');
  const direct = await cluster.client.ask({ op: 'read', key: 'key', token: last.token ?? '0:0', from: 'followers' });
  expect(direct).toMatchObject({ value: 'last' });
  expect(direct.waitedMs).toBeGreaterThan(50);
});

test('a follower that is cut off is not waited for longer than asked', async () => {
  await using cluster = await Running.up();
  const [cut] = await cluster.followers();
  if (!cut) throw new Error('no follower');
  await cluster.cut(cut);
  const { token = '0:0' } = await cluster.write('key', 'value');
  const late = await cluster.cli('read', 'key', '--token', token, '--from', cut, '--timeout', '100');
  expect(late).toMatchObject({ code: 1, record: { error: { code: 'not-caught-up' }, servedBy: null } });
});

test('with the leader dead, whoever holds the token serves it', async () => {
  await using cluster = await Running.up(['--tempo', 'slow']);
  const { token = '0:0' } = await cluster.write('key', 'value');
  const [first, second] = await cluster.followers();
  // Cut from each other, the two that are left cannot elect anyone.
  await cluster.client.ask({ op: 'link', from: first ?? 'n1', to: second ?? 'n2', fault: { kind: 'cut' } } as never);
  await cluster.act('kill', 'leader');
  await cluster.until((now) => now.leader === null);
  const read = await cluster.client.ask({ op: 'read', key: 'key', token });
  expect(read).toMatchObject({ found: true, value: 'value' });
  expect([first, second]).toContain(read.servedBy);
  const linearizable = await cluster.cli('read', 'key', '--linearizable', '--timeout', '200');
  expect(linearizable).toMatchObject({ code: 1, record: { error: { code: 'no-leader' } } });
});

test('a linearizable read sees what was acknowledged before it, whoever leads', async () => {
  await using cluster = await Running.up();
  for (let round = 0; round < 3; round++) {
    await cluster.writeUntilOk('key', `round ${round}`);
    await cluster.act('kill', 'leader');
    await cluster.until((now) => now.leader !== null);
    const read = await cluster.client.ask({ op: 'read', key: 'key', level: 'linearizable' });
    expect(read).toMatchObject({ value: `round ${round}`, committed: true });
    await cluster.client.ask({ op: 'heal' });
    await cluster.leader();
  }
});
