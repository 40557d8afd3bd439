import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { Client, ConnectionLostError, checkRequest, NoClusterError } from '../../core/cluster/client.ts';
import type { ClusterChange } from '../../core/observe/cluster.ts';
import { Secret } from '../../core/wire/secret.ts';
import { type FakeRequest, FakeRouter, unusedPort } from './support/fake-router.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

test('replies are matched by id, in whatever order they come', async () => {
  const held: FakeRequest[] = [];
  const router = await start((request, socket) => {
    held.push(request);
    if (held.length < 3) return undefined;
    for (const n of [2, 0, 1]) socket.write(`{"id":${n + 2},"v":1,"found":true,"value":"${held[n]?.key}"}\n`);
    return undefined;
  });
  const client = await connect(router);
  const results = await Promise.all(['a', 'b', 'c'].map((key) => client.ask({ op: 'read', key })));
  expect(results.map((result) => result.value)).toEqual(['a', 'b', 'c']);
  expect(results[0]).toEqual({ v: 1, found: true, value: 'a' });
});

test('a request is answered later, never from within', async () => {
  const router = await start();
  const client = await connect(router);
  const order: string[] = [];
  await new Promise<void>((resolve) => {
    client.request({ op: 'heal' }, (reply) => {
      order.push(reply.type);
      resolve();
    });
    order.push('asked');
  });
  expect(order).toEqual(['asked', 'result']);
});

test('nobody there: the address, and what to do', async () => {
  const port = await unusedPort();
  const attempt = Client.connect({ host: '127.0.0.1', port, reconnect: true });
  await expect(attempt).rejects.toThrow(NoClusterError);
  await expect(attempt).rejects.toThrow(
    `no cluster at 127.0.0.1:${port} (connection refused); start one with "lockstep up --port ${port}", or name another with --addr`,
  );
});

test('nobody there, and not on this machine alone: nobody can be started from here', async () => {
  const secretFile = join(mkdtempSync(join(tmpdir(), 'lockstep-test-')), 'secret');
  cleanups.push(() => rmSync(dirname(secretFile), { recursive: true }));
  Secret.create(secretFile);
  const port = await unusedPort();
  const attempt = Client.connect({ host: '0.0.0.0', port, secretFile });
  await expect(attempt).rejects.toThrow(`no cluster at 0.0.0.0:${port} (connection refused); name another with --addr`);
});

test.each([
  ['speaks something else', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'what answers there does not speak lockstep'],
  ['is of another version', '{"id":1,"v":2}\n', 'what answers there is not this version of lockstep'],
  ['closes at once', null, 'the connection was closed'],
  ['says why it closes', '{"v":1,"error":{"code":"overloaded","message":"too many connections"}}\n', 'too many conn'],
])('a server that %s is no cluster', async (_what, answer, reason) => {
  const port = await serve((socket) => {
    socket.once('data', () => (answer === null ? socket.end() : socket.end(answer)));
  });
  await expect(Client.connect({ host: '127.0.0.1', port })).rejects.toThrow(
    `no cluster at 127.0.0.1:${port} (${reason}`,
  );
});

test.each([
  ['goes while it is asked for its proof', false],
  ['has no proof', true],
])('a router that %s: whether the secret is wrong', async (_what, isWrong) => {
  const secretFile = join(mkdtempSync(join(tmpdir(), 'lockstep-test-')), 'secret');
  cleanups.push(() => rmSync(dirname(secretFile), { recursive: true }));
  Secret.create(secretFile);
  const port = await serve((socket) => {
    socket.once('data', () => {
      socket.write('{"id":1,"v":1}\n');
      socket.once('data', () => (isWrong ? socket.write('{"id":2,"v":1,"ok":true}\n') : socket.end()));
    });
  });
  const client = await Client.connect({ host: '127.0.0.1', port, secretFile });
  cleanups.push(() => client.close());
  expect(client.isSecretWrong).toBe(isWrong);
});

test('a server that says nothing is given up', async () => {
  const port = await serve(() => {});
  const attempt = Client.connect({ host: '127.0.0.1', port, timeoutMs: 20 });
  await expect(attempt).rejects.toThrow('no answer within 20 ms');
});

test('what waits when the connection goes is told so, exactly once', async () => {
  const router = await start((_request, socket) => void socket.destroy());
  const client = await connect(router);
  const replies: string[] = [];
  const replied = new Promise<void>((resolve) => {
    client.request({ op: 'write', key: 'a', value: '1' }, (reply) => {
      replies.push(reply.type);
      resolve();
    });
  });
  await expect(client.ask({ op: 'status' })).rejects.toThrow(ConnectionLostError);
  await replied;
  await expect(client.ask({ op: 'status' })).rejects.toThrow(ConnectionLostError);
  expect(replies).toEqual(['disconnected']);
  expect(router.asked.length).toBeLessThanOrEqual(2);
});

test('a subscriber hears of the connection first, then what happens, in order', async () => {
  const router = await start((request, socket) => {
    if (request.op !== 'watch') return { v: 1, ok: true };
    socket.write('{"v":1,"type":"snapshot","snapshot":{"term":1}}\n{"v":1,"type":"event","event":{"n":1}}\n');
    return { v: 1, ok: true };
  });
  const client = await connect(router);
  const changes = await listen(client, (all) => all.length === 3);
  expect(changes).toEqual([
    { type: 'connection', connected: true, message: 'connected' },
    { type: 'snapshot', snapshot: { term: 1 } },
    { type: 'event', event: { n: 1 } },
  ]);
  // One who comes late gets the latest snapshot, and the router is not asked again.
  expect(await listen(client, (all) => all.length === 2)).toEqual(changes.slice(0, 2));
  expect(router.asked).toEqual([{ op: 'watch' }]);
});

test('one who subscribes in the midst of things hears of the connection first, too', async () => {
  const router = await start();
  const client = await connect(router);
  const later = new Promise<ClusterChange[]>((resolve) => {
    const end = client.subscribe((change) => {
      if (change.type === 'connection') {
        router.send({ v: 1, type: 'event', event: { n: 1 } }, { v: 1, type: 'event', event: { n: 2 } });
        return;
      }
      end();
      resolve(listen(client, (all) => all.length === 1));
    });
  });
  expect(await later).toEqual([{ type: 'connection', connected: true, message: 'connected' }]);
});

test('the end of a subscription is obeyed before the first word, and from within', async () => {
  const router = await start();
  const client = await connect(router);
  const heard: string[] = [];
  client.subscribe(() => heard.push('never'))();
  const end = client.subscribe((change) => {
    heard.push(change.type);
    end();
  });
  await listen(client, (all) => all.length === 1);
  router.send({ v: 1, type: 'event', event: { n: 1 } });
  await listen(
    client,
    (all) => all.some((change) => change.type === 'event'),
    () => {
      router.send({ v: 1, type: 'event', event: { n: 2 } });
    },
  );
  expect(heard).toEqual(['connection']);
});

test('with reconnect: the loss is told, then it comes back and watches again', async () => {
  const router = await start();
  const client = await connect(router, true);
  const drops = [() => router.drop()];
  const changes = await listen(
    client,
    (all) => all.filter(isConnected).length === 2,
    () => drops.shift()?.(),
  );
  expect(changes.map((change) => change.type === 'connection' && change.connected)).toEqual([true, false, true]);
  await client.ask({ op: 'heal' });
  expect(router.asked.slice(-2)).toEqual([{ op: 'watch' }, { op: 'heal' }]);
});

test('what a router tells again on a new connection is told once; what another router tells is news', async () => {
  const runs = [
    events(1000, 1, 2, 3),
    // The same router: its start, and its last events.
    events(1000, 1, 3, 4, 5),
    // Another, with the same numbers.
    events(2000, 1, 2),
    events(2000, 1, 2, 3),
  ];
  const ends = [3, 5, 2, 3];
  const router = await start((request, socket) => {
    if (request.op === 'watch') for (const event of runs.shift() ?? []) socket.write(`${JSON.stringify(event)}\n`);
    return { v: 1, ok: true };
  });
  const client = await connect(router, true);
  const changes = await listen(
    client,
    () => ends.length === 0,
    (change) => {
      if (change.type !== 'event' || change.event.n !== ends[0]) return;
      ends.shift();
      router.drop();
    },
  );
  const told = changes.flatMap((change) => (change.type === 'event' ? `${change.event.n} at ${change.event.at}` : []));
  const [first, second] = [
    ['1 at 1001', '2 at 1002', '3 at 1003', '4 at 1004', '5 at 1005'],
    ['1 at 2001', '2 at 2002', '3 at 2003'],
  ];
  expect(told).toEqual([...first, ...second]);
});

test('with reconnect: it keeps trying while nobody is there', async () => {
  const router = await start();
  const { port } = router;
  const client = await connect(router, true);
  const back = listen(client, (all) => all.filter(isConnected).length === 2);
  await router.close();
  await expect(client.ask({ op: 'heal' })).rejects.toThrow(ConnectionLostError);
  const again = new FakeRouter();
  cleanups.push(() => again.close());
  await again.listen(port);
  await back;
});

test('after close nothing is called, and nothing keeps the process', async () => {
  const router = await start(() => undefined);
  const client = await connect(router, true);
  const heard: string[] = [];
  client.request({ op: 'status' }, () => heard.push('reply'));
  client.subscribe(() => heard.push('change'));
  const asked = client.ask({ op: 'status' });
  const [socket] = router.sockets;
  client.close();
  await expect(asked).rejects.toThrow(ConnectionLostError);
  client.request({ op: 'status' }, () => heard.push('reply'));
  await expect(client.ask({ op: 'status' })).rejects.toThrow('closed');
  if (socket && !socket.destroyed) await once(socket, 'close');
  expect(heard).toEqual([]);
});

test('closed while it waits to reconnect, it leaves no timer behind', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const router = await start();
  const client = await connect(router, true);
  expect(vi.getTimerCount()).toBe(0);
  const lost = listen(client, (all) => all.length === 2);
  await router.close();
  await lost;
  // The next attempt is due; it is planned right after the loss was told.
  await expect(client.ask({ op: 'status' })).rejects.toThrow(ConnectionLostError);
  expect(vi.getTimerCount()).toBe(1);
  client.close();
  expect(vi.getTimerCount()).toBe(0);
});

test('a request is checked as the router would', () => {
  expect(checkRequest({ op: 'write', key: 'k', value: 'v', mode: undefined })).toEqual({
    request: { op: 'write', key: 'k', value: 'v' },
  });
  expect(checkRequest({ op: 'write', key: '', value: 'v' })).toEqual({
    error: { code: 'bad-request', message: 'key is empty; give it at least one character' },
  });
  expect(checkRequest({ op: 'write', key: 'k', value: '\ud800' }).error?.message).toContain('half a surrogate pair');
});

/** What a router that started at `startedAt` writes of these of its events. */
const events = (startedAt: number, ...numbers: readonly number[]): object[] =>
  numbers.map((n) => ({ v: 1, type: 'event', event: { n, at: startedAt + n } }));

const isConnected = (change: ClusterChange): boolean => change.type === 'connection' && change.connected;

async function start(answer?: ConstructorParameters<typeof FakeRouter>[0]): Promise<FakeRouter> {
  const router = new FakeRouter(answer);
  cleanups.push(() => router.close());
  return router.listen();
}

async function connect(router: FakeRouter, reconnect = false): Promise<Client> {
  const client = await Client.connect({ host: '127.0.0.1', port: router.port, reconnect });
  cleanups.push(() => client.close());
  return client;
}

/** What a new subscriber hears, until it has heard enough. */
function listen(
  client: Client,
  isEnough: (all: readonly ClusterChange[]) => boolean,
  onChange: (change: ClusterChange) => void = () => {},
): Promise<ClusterChange[]> {
  return new Promise((resolve) => {
    const all: ClusterChange[] = [];
    const end = client.subscribe((change) => {
      all.push(change);
      onChange(change);
      if (!isEnough(all)) return;
      end();
      resolve(all);
    });
  });
}

async function serve(onConnection: (socket: Socket) => void): Promise<number> {
  const server = createServer(onConnection);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => server.close());
  return (server.address() as { port: number }).port;
}
