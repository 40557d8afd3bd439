// Partitions that are not the same for all: whoever can still be heard by a majority leads, and nobody disturbs it.
import { expect, test } from 'vitest';
import type { ReplicaId } from '../../core/protocol/position.ts';
import { isSettled, Running } from '../process/running.ts';
import { Recording } from './recording.ts';
import { refusals } from './refusals.ts';

const cut = (from: ReplicaId, to: ReplicaId) => ({ op: 'link', from, to, fault: { kind: 'cut' } }) as const;

test('leader and follower cannot hear each other, and both hear a third: the term stays, and writes go on', async () => {
  await using cluster = await Running.up();
  const leader = await cluster.leader();
  const [lonely] = (await cluster.followers()) as [ReplicaId];
  const { term } = await cluster.until(isSettled);
  const recording = await Recording.start(cluster, { mode: 'quorum', seed: 1, sessions: 4, keys: 2 });
  const mark = cluster.events.length;
  await cluster.client.ask(cut(leader, lonely));
  await cluster.until(() => refusals(cluster, lonely, 'pre-vote', mark) >= 3);
  const { writes } = await cluster.client.ask({ op: 'status' });
  const now = await cluster.until((later) => later.writes.ok > writes.ok + 20);
  expect(now).toMatchObject({ term, leader });
  await cluster.client.ask({ op: 'heal' });
  const { violations, counts } = await recording.finish();
  expect(violations).toEqual([]);
  expect(counts['last term']).toBe(term);
});

test('of five, one that is no leader is the only one whom all can hear: it comes to lead, and stays', async () => {
  await using cluster = await Running.up(['--replicas', '5']);
  const leader = await cluster.leader();
  const [hub, ...others] = (await cluster.followers()) as [ReplicaId, ...ReplicaId[]];
  const recording = await Recording.start(cluster, { mode: 'quorum', seed: 2, sessions: 4, keys: 2 });
  const edge = [leader, ...others];
  for (const [index, from] of edge.entries()) {
    for (const to of edge.slice(index + 1)) await cluster.client.ask(cut(from, to));
  }
  await cluster.until((now) => now.leader === hub);
  const { term, writes } = await cluster.client.ask({ op: 'status' });
  await cluster.until((now) => now.writes.ok > writes.ok + 100);
  expect(await cluster.client.ask({ op: 'status' })).toMatchObject({ term, leader: hub });
  await cluster.client.ask({ op: 'heal' });
  const { violations } = await recording.finish();
  expect(violations).toEqual([]);
});
