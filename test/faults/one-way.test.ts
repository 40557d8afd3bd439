// Links that carry one way only: whoever cannot hear stands for election in vain, and moves no term.
import { expect, test } from 'vitest';
import type { ReplicaId } from '../../core/protocol/position.ts';
import { isSettled, Running } from '../process/running.ts';
import { Recording } from './recording.ts';
import { refusals } from './refusals.ts';

const oneWay = (from: ReplicaId, to: ReplicaId) =>
  ({ op: 'link', from, to, fault: { kind: 'cut' }, oneWay: true }) as const;

test('a follower that hears nobody asks again and again; the term stays, and writes go on', async () => {
  await using cluster = await Running.up();
  const leader = await cluster.leader();
  const [deaf, other] = (await cluster.followers()) as [ReplicaId, ReplicaId];
  const { term } = await cluster.until(isSettled);
  const recording = await Recording.start(cluster, { mode: 'quorum', seed: 1, sessions: 4, keys: 2 });
  const mark = cluster.events.length;
  for (const from of [leader, other]) await cluster.client.ask(oneWay(from, deaf));
  await cluster.until(() => refusals(cluster, deaf, 'pre-vote', mark) >= 3);
  const { writes } = await cluster.client.ask({ op: 'status' });
  await cluster.until((now) => now.writes.ok > writes.ok + 20);
  await cluster.client.ask({ op: 'heal' });
  const healed = await cluster.until((now) => now.leader !== null && now.replicas.every((each) => each.term === term));
  expect(healed).toMatchObject({ term, leader });
  expect(refusals(cluster, deaf, 'vote', mark)).toBe(0);
  const { violations, counts, operations } = await recording.finish();
  expect(violations).toEqual([]);
  expect(counts['last term']).toBe(term);
  // `last` asks for everybody, and the deaf one may not be back at once.
  expect(operations.filter((each) => each.kind === 'write' && each.client !== 'last' && each.outcome !== 'ok')).toEqual(
    [],
  );
});

test('a leader that hears nobody gives way once, and its calls move no term after that', async () => {
  await using cluster = await Running.up();
  const deaf = await cluster.leader();
  const others = (await cluster.followers()) as [ReplicaId, ReplicaId];
  const { term } = await cluster.until(isSettled);
  const recording = await Recording.start(cluster, { mode: 'quorum', seed: 2, sessions: 4, keys: 2 });
  for (const from of others) await cluster.client.ask(oneWay(from, deaf));
  await cluster.happened('replica', ({ id, event }) => id === deaf && event.type === 'stepped-down');
  const elected = await cluster.until((now) => now.leader !== null && now.leader !== deaf);
  expect(elected.term).toBeGreaterThan(term);
  const mark = cluster.events.length;
  await cluster.until(() => refusals(cluster, deaf, 'pre-vote', mark) >= 3);
  expect(await cluster.client.ask({ op: 'status' })).toMatchObject({ term: elected.term, leader: elected.leader });
  await cluster.client.ask({ op: 'heal' });
  const { violations, counts } = await recording.finish();
  expect(violations).toEqual([]);
  expect(counts['last term']).toBe(elected.term);
});

test('a leader that is heard by nobody is replaced, and never acknowledges beside its successor', async () => {
  await using cluster = await Running.up(['--mode', 'async']);
  const mute = await cluster.leader();
  const others = (await cluster.followers()) as [ReplicaId, ReplicaId];
  const { term } = await cluster.until(isSettled);
  const recording = await Recording.start(cluster, { mode: 'async', seed: 3, sessions: 4, keys: 2 });
  for (const to of others) await cluster.client.ask(oneWay(mute, to));
  const elected = await cluster.until((now) => now.leader !== null && now.leader !== mute);
  const mark = cluster.events.length;
  await cluster.until((now) => now.replicas.find(({ id }) => id === mute)?.role !== 'leader');
  const { writes } = await cluster.client.ask({ op: 'status' });
  await cluster.until((now) => now.writes.ok > writes.ok + 20);
  expect(elected.term).toBeGreaterThan(term);
  await cluster.client.ask({ op: 'heal' });
  const { violations, operations } = await recording.finish();
  expect(violations).toEqual([]);
  expect(cluster.all('replica', mark).filter(({ event }) => event.type === 'elected')).toEqual([]);
  // By the time when they were asked for, nothing of the old term is acknowledged after anything of the new one.
  const acknowledged = operations.flatMap((each) =>
    each.kind === 'write' && each.outcome === 'ok' && each.position ? [{ ...each, term: each.position.term }] : [],
  );
  const firstOfNew = Math.min(...acknowledged.filter((each) => each.term > term).map((each) => each.completedMs));
  expect(acknowledged.filter((each) => each.term === term && each.invokedMs > firstOfNew)).toEqual([]);
});
