// A cluster on several hosts: namespaces with a network of their own, in which cables are pulled. Nobody is told of it:
// connections stand, half open, until the processes notice by themselves.
import { randomBytes } from 'node:crypto';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import type { ReplicaId } from '../../core/protocol/position.ts';
import { dialTo } from '../../core/wire/door.ts';
import { Secret } from '../../core/wire/secret.ts';
import { Hosts } from './hosts.ts';
import { run } from './lockstep.ts';
import { Network, networkHindrance } from './network.ts';
import { isSettled, replica } from './running.ts';

const NAMES = ['n1', 'n2', 'n3'];

const others = (id: string): readonly string[] => NAMES.filter((name) => name !== id);

let hindrance: string | null;
beforeAll(() => {
  hindrance = networkHindrance();
});
beforeEach(({ skip }) => {
  if (hindrance !== null) skip(`no network to break: ${hindrance}`);
});

test('the leader’s cable is pulled: it steps down, the others go on, and it catches up when it is back', async () => {
  using network = new Network(NAMES);
  await using hosts = Hosts.planOn(network, NAMES);
  await hosts.start();
  const { router } = hosts;
  await router.write('key', 'before');
  const leader = await router.leader();
  network.unplug(leader);
  await router.happened('contact', ({ id, heard }) => id === leader && !heard);
  const after = await router.writeUntilOk('key', 'after');
  const apart = await router.until((now) => replica(now, leader).process === 'down' && now.leader !== null);
  expect(apart.leader).not.toBe(leader);
  await hosts.replica(leader).until(({ what }) => what?.event?.type === 'stepped-down');
  network.plug(leader);
  const whole = await router.until((now) => isSettled(now) && replica(now, leader).position === after.position);
  expect(whole.fates.lost).toBe(0);
});

test('a leader is parted from the others, and still reached by clients: what it acknowledged as async is lost, and named', async () => {
  using network = new Network(NAMES);
  // A leader notices that it has lost its quorum only after an election timeout: 2.5 s at least.
  await using hosts = Hosts.planOn(network, NAMES, { tempo: 'slow' });
  await hosts.start();
  const { router } = hosts;
  const leader = await router.leader();
  for (const other of others(leader)) {
    network.cut(leader, other);
    network.cut(other, leader);
  }
  const doomed = await router.write('key', 'doomed', { mode: 'async' });
  expect(doomed).toMatchObject({ outcome: 'ok', durableOn: [leader] });
  await router.until((now) => now.leader !== null && now.leader !== leader);
  expect(await router.write('key', 'kept')).toMatchObject({ outcome: 'ok' });
  expect(await router.happened('lost')).toMatchObject({ key: 'key', position: doomed.position, mode: 'async' });
  const parted = await router.until((now) => replica(now, leader).role !== 'leader');
  // To the router it was there all the time.
  expect(replica(parted, leader).process).toBe('up');
  expect(replica(parted, leader).position).toBe(doomed.position);

  for (const other of others(leader)) {
    network.mend(leader, other);
    network.mend(other, leader);
  }
  const { event } = await router.happened('replica', ({ id, event }) => id === leader && event.type === 'rolled-back');
  expect(event).toMatchObject({ dropped: [{ key: 'key' }] });
  const whole = await router.until(isSettled);
  expect(whole.fates).toMatchObject({ lost: 1, committed: 1 });
  expect(await router.client.ask({ op: 'read', key: 'key', from: leader })).toMatchObject({ value: 'kept' });
});

test('a follower that nobody hears any more asks in vain, and raises no term', async () => {
  using network = new Network(NAMES);
  await using hosts = Hosts.planOn(network, NAMES);
  await hosts.start();
  const { router } = hosts;
  const [follower] = (await router.followers()) as [ReplicaId];
  const { term, leader } = await router.until(isSettled);
  for (const other of others(follower)) network.cut(follower, other);
  await router.happened('replica', ({ id, event }) => id === follower && event.type === 'campaign');
  const written = await router.write('key', 'value');
  expect(written).toMatchObject({ outcome: 'ok' });
  for (const other of others(follower)) network.mend(follower, other);
  const whole = await router.until((now) => isSettled(now) && replica(now, follower).position === written.position);
  expect(whole).toMatchObject({ term, leader });
});

test('a client whose cable is pulled notices, and comes back; a cluster at rest closes no connection meanwhile', async () => {
  using network = new Network(NAMES);
  await using hosts = Hosts.planOn(network, NAMES);
  await hosts.start();
  const { router } = hosts;
  const states: boolean[] = [];
  const heard = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<string>();
  router.client.subscribe((change) => {
    if (change.type !== 'connection') return;
    states.push(change.connected);
    if (!change.connected) gone.resolve(change.message);
    else if (states.includes(false)) heard.resolve();
  });
  network.unplug();
  expect(await gone.promise).toMatch(/^nothing came for/);
  network.plug();
  await heard.promise;
  expect(await router.write('key', 'value')).toMatchObject({ outcome: 'ok' });
  const closed = router
    .all('replica')
    .filter(({ event }) => event.type === 'campaign' && event.cause === 'connection-closed');
  expect(closed).toEqual([]);
});

test('who watches from elsewhere is told all the time that the router is there', async () => {
  using network = new Network(['n1']);
  await using hosts = Hosts.planOn(network, ['n1']);
  await hosts.start();
  const secret = Secret.load(join(hosts.sandbox.folder, 'secret'));
  const watcher = dialTo({ host: network.hub, port: 7400 }, secret, () => watcher.write('{"op":"watch"}\n'));
  let alive = 0;
  for await (const line of createInterface({ input: watcher })) {
    if (line === '{"type":"alive"}') alive += 1;
    if (alive === 3) break;
  }
  watcher.destroy();
  expect(alive).toBe(3);
});

test('who has no secret, or another one, gets nowhere: not a word comes back', async () => {
  using network = new Network(NAMES);
  await using hosts = Hosts.planOn(network, NAMES);
  hosts.write('other', randomBytes(32).toString('hex'), 0o600);
  hosts.write('other.json', JSON.stringify({ ...hosts.file, secretFile: 'other' }));
  await Promise.all([
    ...['n1', 'n2'].map((id) => hosts.startReplica(id, '--init')),
    hosts.startReplica('n3', '--init', '--cluster', 'other.json'),
    hosts.startRouter(),
  ]);
  const { router } = hosts;
  expect(await router.writeUntilOk('key', 'value')).toMatchObject({ durableOn: ['n1', 'n2'] });
  const contact = await router.happened('contact', ({ id, reason }) => id === 'n3' && reason !== null);
  expect(contact).toMatchObject({ heard: false, reason: expect.stringContaining('secret') });

  const socket = createConnection({ host: network.hub, port: 7400 });
  socket.on('error', () => {});
  socket.write('{"op":"status"}\n');
  expect(await text(socket).catch(() => '')).toBe('');
  const { code, stderr } = await run(['status', '--addr', router.addr, '--secret-file', 'other'], {
    sandbox: hosts.sandbox,
  });
  expect({ code, stderr }).toMatchObject({ code: 3, stderr: expect.stringContaining('another secret') });
});
