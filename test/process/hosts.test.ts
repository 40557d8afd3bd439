// A cluster process by process: `lockstep replica` and `lockstep router`, each by itself, at an address of its own.
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ReplicaId } from '../../core/protocol/position.ts';
import { Hosts } from './hosts.ts';
import { Lockstep, run } from './lockstep.ts';
import { isSettled, replica } from './running.ts';

test('all commands work at the router’s address', async () => {
  await using hosts = await Hosts.start();
  const { router } = hosts;
  const written = await router.cli('write', 'key', 'value');
  expect(written).toMatchObject({ code: 0, record: { outcome: 'ok', mode: 'quorum' } });
  const { token } = written.record;
  expect((await router.cli('read', 'key', '--token', token)).record).toMatchObject({ value: 'value', token });
  expect((await router.cli('read', 'key', '--linearizable')).record).toMatchObject({ value: 'value', committed: true });
  const { record: status } = await router.cli('status');
  expect(status).toMatchObject({ cluster: 'test', supervised: false, links: [], writes: { ok: 1 } });
  expect(status.replicas).toMatchObject(
    Object.values(hosts.file.replicas).map((addr) => ({ addr, pid: null, process: 'up' })),
  );
  await router.leader();
  expect((await router.cli('log', 'n2')).records).toMatchObject([{ op: 'noop' }, { op: 'put', key: 'key' }]);
  expect((await router.cli('ledger')).record.writes).toMatchObject([{ key: 'key', outcome: 'ok' }]);
  expect((await router.cli('mode', 'sync')).record).toMatchObject({ ok: true, mode: 'sync' });
  expect((await router.cli('delete', 'key')).record).toMatchObject({ durableOn: ['n1', 'n2', 'n3'] });

  await using attached = new Lockstep(['attach', '--json', '--addr', router.addr], { sandbox: hosts.sandbox });
  await attached.until(({ event, up, replicas }) => event === 'cluster' && up === 3 && replicas === 3);
  await using load = new Lockstep(['load', '--json', '--addr', router.addr], { sandbox: hosts.sandbox });
  await load.until(({ ok }) => ok > 0);
});

test('kill -9 of the leader: nothing acknowledged is lost, and it comes back with its data', async () => {
  await using hosts = await Hosts.start();
  const { router } = hosts;
  const before = await router.write('key', 'before');
  expect(before).toMatchObject({ outcome: 'ok' });
  const leader = await router.leader();
  await hosts.kill(leader);
  await router.happened('contact', ({ id, heard }) => id === leader && !heard);
  const after = await router.writeUntilOk('key', 'after');
  const down = await router.until((now) => replica(now, leader).process === 'down');
  expect(down.leader).not.toBe(leader);
  expect(replica(down, leader)).toMatchObject({ role: null, addr: hosts.file.replicas[leader] });

  const again = await hosts.startReplica(leader);
  expect(await again.until(({ what }) => what?.type === 'recovered')).toMatchObject({ what: { entries: 2 } });
  await router.happened('contact', ({ id, heard }) => id === leader && heard);
  const settled = await router.until((now) => isSettled(now) && replica(now, leader).position === after.position);
  expect(settled.fates).toMatchObject({ lost: 0, committed: 2 });
});

test('a replica whose folder is gone comes back with --rebuild, and has all of it again', async () => {
  await using hosts = await Hosts.start();
  const { router } = hosts;
  const [follower] = (await router.followers()) as [ReplicaId];
  const written = await router.write('key', 'value');
  await hosts.kill(follower);
  rmSync(join(hosts.sandbox.folder, `data-${follower}`), { recursive: true });
  const again = await hosts.startReplica(follower, '--rebuild');
  expect(again.records[0]).toMatchObject({ rebuilt: { because: expect.stringContaining('missing'), folder: null } });
  await router.until((now) => isSettled(now) && replica(now, follower).position === written.position);
  again.signal('SIGTERM');
  await again.exit();
  expect((await hosts.startReplica(follower)).records[0]).toMatchObject({ rebuilt: null });
  await router.until((now) => isSettled(now) && replica(now, follower).process === 'up');
});

test('a process that is stopped, not ended, counts as down while it is silent', async () => {
  await using hosts = await Hosts.start();
  const { router } = hosts;
  const [follower] = (await router.followers()) as [ReplicaId];
  hosts.replica(follower).signal('SIGSTOP');
  await router.happened('contact', ({ id, heard }) => id === follower && !heard);
  const { term } = await router.until((now) => replica(now, follower).process === 'down');
  const from = router.events.length;
  hosts.replica(follower).signal('SIGCONT');
  await router.happened('contact', ({ id, heard }) => id === follower && heard, from);
  const settled = await router.until((now) => isSettled(now) && replica(now, follower).process === 'up');
  expect(settled.term).toBe(term);
});

test('a signal stops each in good order, and what is left is found again', async () => {
  await using hosts = await Hosts.start();
  await hosts.router.write('key', 'value');
  await hosts.router.leader();
  for (const [index, id] of hosts.ids.entries()) {
    const [signal, code] = index === 0 ? (['SIGINT', 130] as const) : (['SIGTERM', 143] as const);
    hosts.replica(id).signal(signal);
    expect(await hosts.replica(id).exit()).toMatchObject({ code });
    expect(readdirSync(join(hosts.sandbox.folder, `data-${id}`)).sort()).toEqual([id, 'replica.json']);
  }
  hosts.router.program.signal('SIGTERM');
  expect(await hosts.router.program.exit()).toMatchObject({ code: 143 });
  expect(hosts.sandbox.processes()).toEqual([]);

  await Promise.all([...hosts.ids.map((id) => hosts.startReplica(id)), hosts.startRouter()]);
  await hosts.router.leader();
  const read = await hosts.router.client.ask({ op: 'read', key: 'key', level: 'linearizable' });
  expect(read).toMatchObject({ value: 'value' });
});

test('a new router has the file’s mode, a ledger of its own, and no id of the one before', async () => {
  await using hosts = await Hosts.start(3, { mode: 'sync', tempo: 'fast' });
  await hosts.router.setMode('async');
  await hosts.router.writeUntilOk('a', '1');
  hosts.router.program.signal('SIGKILL');
  await hosts.router.program.exit();
  hosts.router.client.close();
  await hosts.startRouter();
  const { router } = hosts;
  await router.leader();
  expect(await router.client.ask({ op: 'status' })).toMatchObject({ mode: 'sync', tempo: 'fast', writes: { ok: 0 } });
  expect(await router.writeUntilOk('b', '2')).toMatchObject({ mode: 'sync' });
  const { records } = await router.cli('log', 'n1');
  const ids = records.flatMap(({ id }) => (id === null ? [] : [id]));
  expect(ids).toHaveLength(2);
  expect(new Set(ids).size).toBe(2);
});

describe('what needs a supervisor is refused in one line that says what to do instead', () => {
  test.each([
    [['kill', 'leader']],
    [['stop', 'n2']],
    [['pause', 'all']],
    [['resume', 'n2']],
    [['start', 'n2']],
    [['power-cut', 'n2']],
    [['link', 'n1', 'n2', 'cut']],
    [['heal']],
    [['tempo', 'slow']],
    [['down']],
  ])('%j', async (command) => {
    await using hosts = await Hosts.plan(1);
    await hosts.startRouter();
    const json = await hosts.router.cli(...command);
    expect(json).toMatchObject({ code: 1, record: { ok: false, error: { code: 'no-supervisor' } } });
    const { code, stdout, stderr } = await run([...command, '--addr', hosts.router.addr], { sandbox: hosts.sandbox });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^lockstep: no supervisor here: .+\n$/);
  });
});

describe('a replica does not start', () => {
  const refused = (hosts: Hosts, id: string, ...more: readonly string[]) =>
    run(['replica', id, '--cluster', 'cluster.json', '--json', ...more], { sandbox: hosts.sandbox });

  test('without its folder, unless it is told that it is new; and then once', async () => {
    await using hosts = await Hosts.plan(1);
    const data = ['--data', 'data-n1'];
    const { code, records } = await refused(hosts, 'n1', ...data);
    expect({ code, error: records[0]?.error }).toMatchObject({ code: 1, error: { code: 'data-missing' } });
    expect(existsSync(join(hosts.sandbox.folder, 'data-n1'))).toBe(false);
    const first = await hosts.startReplica('n1', '--init');
    const both = await refused(hosts, 'n1', ...data, '--init', '--rebuild');
    expect(both).toMatchObject({ code: 2, records: [{ error: { code: 'usage' } }] });
    expect((await refused(hosts, 'n1', ...data)).records[0]?.error).toMatchObject({ code: 'data-in-use' });
    first.signal('SIGTERM');
    await first.exit();
    expect((await refused(hosts, 'n1', ...data, '--init')).records[0]?.error).toMatchObject({ code: 'data-exists' });
    const log = join(hosts.sandbox.folder, 'data-n1', 'n1');
    for (const name of readdirSync(log)) rmSync(join(log, name));
    const gone = (await refused(hosts, 'n1', ...data)).records[0]?.error;
    expect(gone).toMatchObject({ code: 'data-missing', message: expect.stringContaining('might vote twice') });
    // One alone has nobody to fetch it from.
    expect(gone.message).not.toContain('--rebuild');
    expect(readdirSync(log)).toEqual([]);
  });

  test('with a damaged log, and says how it could', async () => {
    await using hosts = await Hosts.plan(2);
    await hosts.startReplica('n1', '--init');
    await hosts.kill('n1');
    const log = join(hosts.sandbox.folder, 'data-n1', 'n1');
    for (const name of readdirSync(log)) rmSync(join(log, name));
    const { code, records } = await refused(hosts, 'n1', '--data', 'data-n1');
    expect({ code, error: records[0]?.error }).toMatchObject({
      code: 1,
      error: {
        code: 'data-missing',
        message: expect.stringContaining(
          '"lockstep replica n1 --cluster cluster.json --data data-n1 --rebuild" fetches',
        ),
      },
    });
  });

  test('anew, where nobody has led, or nobody can tell whether the others need its vote', async () => {
    await using hosts = await Hosts.plan(3);
    const anew = () => refused(hosts, 'n2', '--data', 'data-n2', '--rebuild');
    const unknown = await anew();
    expect({ code: unknown.code, error: unknown.records[0]?.error }).toMatchObject({
      code: 1,
      error: { code: 'no-rebuild', message: expect.stringMatching(/the router at \S+ must say [^(]*: start it first/) },
    });
    await Promise.all([hosts.startReplica('n1', '--init'), hosts.startRouter()]);
    await hosts.router.until((now) => replica(now, 'n1' as ReplicaId).process === 'up');
    const alone = await anew();
    expect(alone.records[0]?.error).toMatchObject({ code: 'no-rebuild' });
    expect(alone.records[0]?.error.message).toContain('first start those that are down (n3)');
    expect(alone.records[0]?.error.message).toContain(
      'if n2 has never run, "lockstep replica n2 --cluster cluster.json --data data-n2 --init" is for it',
    );
    expect(existsSync(join(hosts.sandbox.folder, 'data-n2'))).toBe(false);
    // It was new, and is not barred.
    await hosts.startReplica('n2', '--init');
    expect(await hosts.router.writeUntilOk('key', 'value')).toMatchObject({ durableOn: ['n1', 'n2'] });
  });

  test('on the folder of another, or of another cluster', async () => {
    await using hosts = await Hosts.plan(2);
    await hosts.startReplica('n1', '--init');
    await hosts.kill('n1');
    const data = ['--data', 'data-n1'];
    expect((await refused(hosts, 'n2', ...data)).records[0]?.error).toMatchObject({ code: 'data-foreign' });
    hosts.write('cluster.json', JSON.stringify({ ...hosts.file, cluster: 'another' }));
    expect((await refused(hosts, 'n1', ...data)).records[0]?.error).toMatchObject({ code: 'data-foreign' });
  });

  test('where another listens, and leaves nothing running', async () => {
    await using hosts = await Hosts.plan(1);
    await hosts.startReplica('n1', '--init');
    const { code, records } = await refused(hosts, 'n1', '--data', 'other', '--init');
    expect({ code, error: records[0]?.error }).toMatchObject({ code: 1, error: { code: 'port-in-use' } });
    expect(hosts.sandbox.processes()).toEqual([hosts.replica('n1').pid]);
    // The folder that it made is gone again.
    expect(existsSync(join(hosts.sandbox.folder, 'other'))).toBe(false);
  });

  test('at an address that is another host’s, nor without a secret of its own', async () => {
    await using hosts = await Hosts.plan(1, { replicas: { n1: '192.0.2.1:7401' } });
    const start = () => refused(hosts, 'n1', '--data', 'data-n1', '--init');
    hosts.write('secret', 'too short', 0o600);
    expect(await start()).toMatchObject({ code: 1, records: [{ error: { code: 'no-secret' } }] });
    chmodSync(join(hosts.sandbox.folder, 'secret'), 0o644);
    expect(await start()).toMatchObject({ code: 1, records: [{ error: { code: 'no-secret' } }] });
    expect(existsSync(join(hosts.sandbox.folder, 'data-n1'))).toBe(false);
    rmSync(join(hosts.sandbox.folder, 'secret'));
    hosts.write('secret', randomBytes(32).toString('hex'), 0o600);
    const { code, records } = await start();
    expect({ code, error: records[0]?.error }).toMatchObject({ code: 1, error: { code: 'not-here' } });
    expect(records[0]?.error.message).toContain('192.0.2.1 is no address of this host');
    expect(existsSync(join(hosts.sandbox.folder, 'data-n1'))).toBe(false);
  });

  test('that the file does not have, nor from a file that is wrong', async () => {
    await using hosts = await Hosts.plan(3);
    const fourth = await refused(hosts, 'n4', '--data', 'd', '--init');
    expect(fourth).toMatchObject({ code: 2, records: [{ error: { code: 'usage' } }] });
    expect(fourth.records[0]?.error.message).toContain('it has n1, n2, n3');
    const absent = await run(['router', '--cluster', 'nowhere.json'], { sandbox: hosts.sandbox });
    expect(absent).toMatchObject({ code: 2, stderr: expect.stringMatching(/^lockstep: .*nowhere\.json.*\n$/) });
    hosts.write('cluster.json', '{"cluster":"c","replicas":{"n1":"x"},"routr":"y","secretFile":"s"}');
    const wrong = await run(['router', '--cluster', 'cluster.json'], { sandbox: hosts.sandbox });
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr.trimEnd().split('\n')).toEqual([
      'lockstep: cluster.json: routr: no such field; did you mean router?',
      expect.stringMatching(/^lockstep: cluster\.json: replicas\.n1: must be HOST:PORT/),
      expect.stringMatching(/^lockstep: cluster\.json: router: is missing/),
    ]);
    expect((await refused(hosts, 'n1', '--data', 'd')).records).toMatchObject([{ error: { code: 'cluster-file' } }]);
  });
});

describe('one that does not belong stays outside, and is told why', () => {
  test('with another secret', async () => {
    await using hosts = await Hosts.plan();
    hosts.write('other', randomBytes(32).toString('hex'), 0o600);
    hosts.write('other.json', JSON.stringify({ ...hosts.file, secretFile: 'other' }));
    await Promise.all([hosts.startReplica('n1', '--init'), hosts.startReplica('n2', '--init'), hosts.startRouter()]);
    const third = await hosts.startReplica('n3', '--init', '--cluster', 'other.json');
    const { router } = hosts;
    expect(await router.writeUntilOk('key', 'value')).toMatchObject({ durableOn: ['n1', 'n2'] });
    const contact = await router.happened('contact', ({ id, reason }) => id === 'n3' && reason !== null);
    expect(contact).toMatchObject({ heard: false, reason: expect.stringContaining('another secret') });
    expect(replica(await router.until((now) => now.leader !== null), 'n3' as ReplicaId).process).toBe('down');
    await third.untilError(/no connection to n1: .*another secret/);
  });

  test('with another idea of who is a member', async () => {
    await using hosts = await Hosts.plan();
    const { n4 = '', ...replicas } = { ...hosts.file.replicas, n4: hosts.file.router.replace(/7400$/, '7404') };
    hosts.write('larger.json', JSON.stringify({ ...hosts.file, replicas: { ...replicas, n4 } }));
    await Promise.all([hosts.startReplica('n1', '--init'), hosts.startReplica('n2', '--init'), hosts.startRouter()]);
    const third = await hosts.startReplica('n3', '--init', '--cluster', 'larger.json');
    await third.untilError(/no connection to n1: n1 refuses: "this is a cluster of n1, n2, n3, not of n1, n2, n3, n4"/);
    expect(await hosts.router.writeUntilOk('key', 'value')).toMatchObject({ durableOn: ['n1', 'n2'] });
  });
});

test('a router does not start where another runs, and says which', async () => {
  await using hosts = await Hosts.plan(1);
  await hosts.startRouter();
  const second = await run(['router', '--cluster', 'cluster.json', '--json'], { sandbox: hosts.sandbox });
  expect(second).toMatchObject({ code: 1, records: [{ error: { code: 'port-in-use' } }] });
  expect(second.records[0]?.error.message).toMatch(/^the router of cluster test runs at \S+ already.*lockstep attach/);
});
