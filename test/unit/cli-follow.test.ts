import { afterEach, expect, test, vi } from 'vitest';
import { main } from '../../cli/main.ts';
import { FakeIo } from './support/fake-io.ts';
import { FakeRouter } from './support/fake-router.ts';

const routers: FakeRouter[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const router of routers.splice(0)) await router.close();
});

async function start(answer?: ConstructorParameters<typeof FakeRouter>[0]): Promise<FakeRouter> {
  const router = new FakeRouter(answer);
  routers.push(router);
  return router.listen();
}

const light = { light: 'grey', observed: 0, example: null };
const follower = {
  id: 'n2',
  addr: '127.0.0.1:4001',
  pid: 12,
  process: 'up',
  role: 'follower',
  term: 2,
  position: '2:17',
  lsn: 17,
  durableLsn: 16,
  committedLsn: 15,
  baseLsn: 0,
  standing: 'voter',
  diskFull: false,
  lag: { entries: 1, bytes: 80, ms: 3.4 },
  heartbeatAgeMs: 40,
};
const snapshot = {
  v: 1,
  cluster: 'c\x1b',
  supervised: true,
  mode: 'quorum',
  tempo: 'normal',
  term: 2,
  leader: 'n1',
  replicas: [
    { ...follower, id: 'n1', role: 'leader', lag: null },
    follower,
    { ...follower, id: 'n3', process: 'down', role: null, lag: null, pid: null, heartbeatAgeMs: null },
    { ...follower, id: 'n4', process: 'paused', lag: { entries: 0, bytes: 0, ms: 0 } },
    { ...follower, id: 'n5', standing: 'rejoining', baseLsn: 12 },
    { ...follower, id: 'n6', standing: 'barred', diskFull: true },
  ],
  links: [{ from: 'n1', to: 'n2', cut: true, delayMs: 200, dropPercent: 5 }],
  writes: { ok: 3, rejected: 1, unknown: 0 },
  fates: { pending: 0, committed: 3, lost: 0, discarded: 0 },
  guarantees: {
    oneLeaderPerTerm: { ...light, light: 'green', observed: 2 },
    noAcknowledgedWriteLost: { light: 'amber', observed: 3, example: 'w3 (k)' },
    readYourWrites: { light: 'red', observed: 1, example: 'oh' },
    monotonicReads: light,
  },
};

test('status is a table', async () => {
  const router = await start(() => snapshot);
  const io = new FakeIo({ LOCKSTEP_ADDR: router.addr });
  expect(await main(['status'], io)).toBe(0);
  expect(`\n${io.stdout}`).toMatchInlineSnapshot(`
    "
    cluster c\\x1b, quorum, tempo normal, term 2, leader n1
    replica  state                           term  position  durable  committed  snapshot  lag             heard      pid  address
    n1       ● leader                        2     2:17      16       15         -         -               40 ms ago  12   127.0.0.1:4001
    n2       ○ follower                      2     2:17      16       15         -         1 (80 B, 3 ms)  40 ms ago  12   127.0.0.1:4001
    n3       ✗ down                          -     -         -        -          -         -               -          -    127.0.0.1:4001
    n4       ‖ paused                        2     2:17      16       15         -         0               40 ms ago  12   127.0.0.1:4001
    n5       ○ follower, no vote yet         2     2:17      16       15         to 12     1 (80 B, 3 ms)  40 ms ago  12   127.0.0.1:4001
    n6       ○ follower, no vote, disk full  2     2:17      16       15         -         1 (80 B, 3 ms)  40 ms ago  12   127.0.0.1:4001
    link n1 to n2: cut, delayed by 200 ms, drops 5 %
    writes: 3 ok, 1 rejected, 0 unknown
    fates: 0 pending, 3 committed, 0 lost, 0 discarded
    one leader per term          kept
    no acknowledged write lost   not kept, and not promised: w3 (k)
    token reads see your writes  BROKEN: oh
    token reads never go back    not seen yet
    "
  `);
});

test('status --json is the snapshot as it is', async () => {
  const router = await start(() => snapshot);
  const io = new FakeIo({ LOCKSTEP_ADDR: router.addr });
  expect(await main(['status', '--json'], io)).toBe(0);
  expect(io.records).toEqual([snapshot]);
  expect(io.stdout).not.toContain('\x1b');
});

test('status --watch prints a table when it says something new', async () => {
  const router = await start();
  const io = new FakeIo({ LOCKSTEP_ADDR: router.addr });
  const ran = main(['status', '--watch'], io);
  const heard = (age: number) => ({ ...snapshot, replicas: [{ ...follower, heartbeatAgeMs: age }] });
  await io.until(() => io.isListening);
  router.send({ v: 1, type: 'snapshot', snapshot: heard(1) });
  router.send({ v: 1, type: 'snapshot', snapshot: heard(2) });
  router.send({ v: 1, type: 'snapshot', snapshot: { ...heard(3), term: 3 } });
  await io.until(() => io.stdout.includes('term 3') && io.stdout.endsWith('\n'));
  io.stop('SIGINT');
  expect(await ran).toBe(130);
  expect(io.stdout.split('\n\n').map((table) => /term \d/.exec(table)?.[0])).toEqual(['term 2', 'term 3']);
  expect(io.stdout).not.toContain('\x1b');
});

test('status --watch --json prints every snapshot', async () => {
  const router = await start((_request, socket) => {
    socket.write(`${JSON.stringify({ v: 1, type: 'snapshot', snapshot })}\n`.repeat(2));
    return { v: 1, ok: true };
  });
  const io = new FakeIo({ LOCKSTEP_ADDR: router.addr });
  const ran = main(['status', '-w', '--json'], io);
  await io.until(() => io.stdout.split('\n').length === 3);
  io.stop('SIGPIPE');
  expect(await ran).toBe(141);
  expect(io.records).toEqual([snapshot, snapshot]);
});

test('a cluster that is gone for long is given up', async () => {
  const router = await start();
  const io = new FakeIo({ LOCKSTEP_ADDR: router.addr });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const ran = main(['status', '--watch', '--json'], io);
  await io.until(() => io.isListening);
  await router.close();
  await io.until(() => io.stderr.includes('trying again'));
  await vi.advanceTimersByTimeAsync(5000);
  expect(await ran).toBe(3);
  expect(io.records).toEqual([
    { v: 1, error: { code: 'no-cluster', message: 'the cluster is gone (the connection was closed)' } },
  ]);
  expect(io.isListening).toBe(false);
});

test('load writes at its rate until it is stopped, and says every second what came of it', async () => {
  const router = await start(({ op }) => (op === 'write' ? { v: 1, outcome: 'ok' } : { v: 1, ok: true }));
  const io = new FakeIo({ LOCKSTEP_ADDR: router.addr });
  const ran = main(['load', '--rate', '1000', '--mode', 'async', '--json'], io);
  await io.until(() => io.stdout !== '');
  io.stop('SIGINT');
  expect(await ran).toBe(0);
  const [second, total] = io.records as [Record<string, number>, Record<string, number>];
  expect(second).toMatchObject({ v: 1, event: 'second', second: 1, rejected: 0, unknown: 0 });
  expect(second.ok).toBeGreaterThan(0);
  expect(second.ok).toBeLessThanOrEqual(1100);
  expect(second.medianMs).toBeLessThanOrEqual(second.maxMs as number);
  expect(total).toMatchObject({ v: 1, event: 'total', seconds: 1, rejected: 0, unknown: 0 });
  const writes = router.asked.filter(({ op }) => op === 'write');
  expect(writes.length).toBeGreaterThanOrEqual(total.ok as number);
  expect(writes[0]).toEqual({ op: 'write', key: 'load-1', value: '1', mode: 'async' });
});
