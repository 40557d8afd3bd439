// The router's own address: what anybody may ask, what takes the cluster's secret, and how much one client gets.
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, expect, test } from 'vitest';
import { Client, DoorError, NoClusterError, SecretError } from '../../core/cluster/client.ts';
import type { ClientRequest } from '../../core/observe/api.ts';
import {
  CONNECTIONS_MAX,
  type Client as Connected,
  REQUESTS_MAX,
  serveClients,
  WAITING_BYTES_MAX,
  WATCH_BYTES_MAX,
} from '../../core/router/client-server.ts';
import { Caller, CLIENT_PARTIES } from '../../core/wire/proof.ts';
import { run } from './support/fake-io.ts';
import { freshSecretFile } from './support/secrets.ts';

const { secret, file, remove } = freshSecretFile();
afterAll(remove);
const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

const changes: readonly ClientRequest[] = [
  { op: 'mode', mode: 'sync' },
  { op: 'tempo', tempo: 'slow' },
  { op: 'kill', target: 'leader' },
  { op: 'stop', target: 'all' },
  { op: 'pause', target: 'followers' },
  { op: 'resume', target: 'all' },
  { op: 'start', target: 'all' },
  { op: 'power-cut', target: 'all' },
  { op: 'link', from: 'leader', to: 'all', fault: { kind: 'cut' } },
  { op: 'heal' },
  { op: 'down' },
];
const open: readonly ClientRequest[] = [
  { op: 'write', key: 'x', value: '1' },
  { op: 'delete', key: 'x' },
  { op: 'read', key: 'x' },
  { op: 'status' },
  { op: 'watch' },
  { op: 'mode' },
  { op: 'tempo' },
  { op: 'log', replica: 'n1' as never },
  { op: 'ledger' },
];

test.each(open)('anybody may: $op', async (request) => {
  const { port, asked } = await router();
  const client = await raw(port);
  expect(await client.ask(request)).toEqual({ id: 1, v: 1, ok: true });
  expect(asked).toEqual([request]);
});

test.each(changes)('not without the secret: $op', async (request) => {
  const { port, asked } = await router();
  const client = await raw(port);
  expect(await client.ask(request)).toEqual({
    id: 1,
    v: 1,
    ok: false,
    error: {
      code: 'unauthorized',
      message: `${request.op} needs the cluster's secret: run it as the user who started the cluster, or give --secret-file FILE`,
    },
  });
  expect(asked).toEqual([]);
  // The connection stays, for what anybody may.
  expect(await client.ask({ op: 'status' })).toMatchObject({ ok: true });
});

test.each(changes)('with it: $op', async (request) => {
  const { port, asked } = await router();
  const client = await connected({ port, secretFile: file });
  expect(await client.ask(request)).toEqual({ v: 1, ok: true });
  expect(asked.at(-1)).toEqual(request);
});

test('every op is in one of these lists', () => {
  const ops = new Set([...changes, ...open].map(({ op }) => op));
  expect([...ops].sort()).toEqual([
    ...['delete', 'down', 'heal', 'kill', 'ledger', 'link', 'log', 'mode', 'pause', 'power-cut', 'read'],
    ...['resume', 'start', 'status', 'stop', 'tempo', 'watch', 'write'],
  ]);
});

test('another secret: the client does not say its proof, and is told why it may not', async () => {
  const other = freshSecretFile();
  cleanups.push(other.remove);
  const { port, asked } = await router();
  const client = await connected({ port, secretFile: other.file });
  expect(await client.ask({ op: 'status' })).toMatchObject({ ok: true });
  const { error } = await client.ask({ op: 'down' });
  expect(error).toEqual({
    code: 'unauthorized',
    message: "the secret that was given is not this cluster's: give its --secret-file FILE",
  });
  expect(asked.some(({ op }) => op === 'down')).toBe(false);
});

test('a command says that the secret it was given is another’s, once, and does what needs none', async () => {
  const { port } = await router();
  const other = freshSecretFile();
  cleanups.push(other.remove);
  const told = async (words: string, given = other.file) => {
    const { exit, io } = await run([...words.split(' '), '--addr', `127.0.0.1:${port}`, '--secret-file', given]);
    return { exit, told: io.stderr };
  };
  const warning = `lockstep: the secret in ${other.file} is not this cluster's: what needs it will be refused\n`;
  expect(await told('mode')).toEqual({ exit: 0, told: warning });
  expect(await told('mode --json')).toEqual({ exit: 0, told: warning });
  expect(await told('mode', file)).toEqual({ exit: 0, told: '' });
  const refusal = "lockstep: the secret that was given is not this cluster's: give its --secret-file FILE\n";
  for (const words of ['heal', 'mode sync', 'tempo slow', 'down']) {
    expect(await told(words), words).toEqual({ exit: 1, told: refusal });
  }
});

test('by hand: a nonce, a proof; one that is wrong or was good before opens nothing, and each has one try', async () => {
  const { port } = await router();
  const client = await raw(port);
  const caller = new Caller(secret);
  const begin = async (): Promise<string> => {
    const { cluster, nonce, proof } = await client.ask({ op: 'auth', nonce: caller.nonce });
    return caller.answer({ cluster, ...CLIENT_PARTIES }, nonce, proof) ?? '';
  };
  const isOpen = async (): Promise<boolean> => (await client.ask({ op: 'heal' })).ok;

  expect(await client.ask({ op: 'auth', proof: '0'.repeat(64) })).toMatchObject({ ok: false });
  const first = await begin();
  expect(await client.ask({ op: 'auth', proof: '0'.repeat(64) })).toMatchObject({
    ok: false,
    error: { code: 'unauthorized', message: 'the proof is wrong: is it the same secret?' },
  });
  expect(await client.ask({ op: 'auth', proof: first })).toMatchObject({ ok: false });
  await begin();
  expect(await client.ask({ op: 'auth', proof: first })).toMatchObject({ ok: false });
  expect(await isOpen()).toBe(false);
  expect(await client.ask({ op: 'auth', proof: await begin() })).toEqual({ id: expect.any(Number), v: 1, ok: true });
  expect(await isOpen()).toBe(true);
  // It is this connection's alone.
  const another = await raw(port);
  expect(await another.ask({ op: 'heal' })).toMatchObject({ ok: false });
});

test('by hand, as the README says it is done', async () => {
  const recipe = /JSON text `([^`]+)`/.exec(readFileSync('README.md', 'utf8'))?.[1] ?? '';
  const client = await raw((await router()).port);
  const mine = '7'.repeat(64);
  const { cluster, nonce } = await client.ask({ op: 'auth', nonce: mine });
  const named: Record<string, string> = { cluster, N: mine, M: nonce };
  const text = recipe.replace(/(?<=,)(cluster|N|M)(?=[,\]])/g, (name) => JSON.stringify(named[name]));
  const key = readFileSync(file, 'utf8').trim();
  const proof = createHmac('sha256', key).update(text).digest('hex');
  expect(await client.ask({ op: 'auth', proof })).toMatchObject({ ok: true });
});

test('the router’s own proof does not open it, nor does one for another cluster', async () => {
  const { port } = await router();
  const client = await raw(port);
  const caller = new Caller(secret);
  const { nonce, proof } = await client.ask({ op: 'auth', nonce: caller.nonce });
  expect(await client.ask({ op: 'auth', proof })).toMatchObject({ ok: false });
  const elsewhere = await raw((await router('another')).port);
  const said = await elsewhere.ask({ op: 'auth', nonce: caller.nonce });
  const own = caller.answer({ cluster: 'another', ...CLIENT_PARTIES }, said.nonce, said.proof);
  expect(own).not.toBeNull();
  expect(caller.answer({ cluster: 'c', ...CLIENT_PARTIES }, nonce, said.proof)).toBeNull();
  expect(await client.ask({ op: 'auth', proof: own })).toMatchObject({ ok: false });
});

test.each([{}, { nonce: 'short' }, { nonce: 7 }, { nonce: 'x'.repeat(64) }, { proof: 7 }, { nonce: 'x', proof: 'y' }])(
  'an auth that is none: %j',
  async (fields) => {
    const client = await raw((await router()).port);
    const { error } = await client.ask({ op: 'auth', ...fields });
    expect(error).toMatchObject({ code: 'bad-request', message: expect.stringContaining('64 digits of hex') });
  },
);

test('on another address it is TLS, which the secret opens, and then all of it; without it there is no cluster', async () => {
  const { port, asked } = await router('c', '0.0.0.0');
  const client = await connected({ port, secretFile: file, isTls: true });
  await client.ask({ op: 'heal' });
  expect(asked.at(-1)).toEqual({ op: 'heal' });
  await expect(Client.connect({ host: '127.0.0.1', port, isTls: true })).rejects.toThrow(DoorError);
  const other = freshSecretFile();
  cleanups.push(other.remove);
  const wrong = Client.connect({ host: '127.0.0.1', port, isTls: true, secretFile: other.file });
  await expect(wrong).rejects.toThrow(NoClusterError);
  await expect(wrong).rejects.toThrow('has another secret: give its own, with --secret-file FILE');
  const plain = Client.connect({ host: '127.0.0.1', port, secretFile: file });
  await expect(plain).rejects.toThrow(NoClusterError);
  const advice = `what listens at 127.0.0.1:${port} speaks TLS: name it with --addr tls://127.0.0.1:${port}`;
  await expect(plain).rejects.toThrow(advice);
});

test('where TLS is expected and none is spoken, that is what is said, and no cluster is to be started', async () => {
  const { port } = await router();
  const tls = Client.connect({ host: '127.0.0.1', port, isTls: true, secretFile: file });
  await expect(tls).rejects.toThrow(NoClusterError);
  await expect(tls).rejects.toThrow(/^what listens at 127\.0\.0\.1:\d+ speaks no TLS: name it without tls:\/\/$/);
});

test('what closes at once, and speaks no TLS either, is no cluster', async () => {
  const silent = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  cleanups.push(() => silent.close());
  const { port } = silent.address() as { port: number };
  const attempt = Client.connect({ host: '127.0.0.1', port });
  await expect(attempt).rejects.toThrow(
    /^no cluster at 127\.0\.0\.1:\d+ \((the )?connection (was closed|reset)\); start one/,
  );
});

test('a secret that cannot be read is said before anything is sent', async () => {
  const { port } = await router();
  await expect(Client.connect({ host: '127.0.0.1', port, secretFile: '/no/such' })).rejects.toThrow(SecretError);
});

test('clients are bounded: exactly the bound are served, one more is told so and closed', async () => {
  const { port } = await router();
  const clients = await Promise.all(Array.from({ length: CONNECTIONS_MAX }, () => raw(port)));
  expect(await clients.at(-1)?.ask({ op: 'status' })).toMatchObject({ ok: true });
  const beyond = await raw(port);
  await once(beyond.socket, 'close');
  expect(beyond.said).toEqual([
    { v: 1, error: { code: 'overloaded', message: expect.stringContaining(`${CONNECTIONS_MAX} clients`) } },
  ]);
  clients[0]?.socket.destroy();
  await clients[1]?.ask({ op: 'status' });
  expect(await (await raw(port)).ask({ op: 'status' })).toMatchObject({ ok: true });
});

test('requests that wait are bounded: at the bound nothing more is read from that client, until one is answered', async () => {
  const replies: ((result: object) => void)[] = [];
  const { port, sockets } = await router('c', '127.0.0.1', (_request, _client, reply) => replies.push(reply));
  const client = await raw(port);
  const line = '{"op":"status"}\n';
  client.socket.write(line.repeat(REQUESTS_MAX - 1));
  await until(() => replies.length === REQUESTS_MAX - 1);
  expect(sockets[0]?.isPaused()).toBe(false);
  client.socket.write(line);
  await until(() => replies.length === REQUESTS_MAX);
  expect(sockets[0]?.isPaused()).toBe(true);
  client.socket.write(line);
  replies[0]?.({});
  await until(() => replies.length === REQUESTS_MAX + 1);
});

test('answers that a client does not take in are bounded: beyond, nothing more is read from it', async () => {
  const value = 'x'.repeat(64 * 1024);
  let answered = 0;
  const { port, sockets } = await router('c', '127.0.0.1', (_request, _client, reply) => {
    answered++;
    reply({ value });
  });
  const { socket } = await raw(port);
  socket.pause();
  const most = 8 * (WAITING_BYTES_MAX / value.length);
  for (let asked = 0; sockets[0]?.isPaused() !== true; asked++) {
    if (asked > most) throw new Error('nothing holds it back');
    socket.write('{"op":"status"}\n');
    await until(() => answered > asked || sockets[0]?.isPaused() === true);
  }
  const waiting = sockets[0]?.writableLength ?? 0;
  expect(waiting).toBeGreaterThan(WAITING_BYTES_MAX);
  expect(waiting).toBeLessThan(WAITING_BYTES_MAX + 2 * value.length);
});

test('a watcher that takes in nothing is left out beyond its bound', async () => {
  let watcher: Connected | undefined;
  const { port, sockets } = await router('c', '127.0.0.1', (_request, client, reply) => {
    watcher = client;
    reply({});
  });
  const client = await raw(port);
  await client.ask({ op: 'watch' });
  client.socket.pause();
  const record = { v: 1, type: 'event', event: { n: 1, at: 0, what: 'x'.repeat(64 * 1024) } } as never;
  let sent = 0;
  while (watcher?.send(record)) {
    if (++sent > 1000) throw new Error('nothing holds it back');
    await new Promise(setImmediate);
  }
  const waiting = sockets[0]?.writableLength ?? 0;
  expect(waiting).toBeGreaterThan(WATCH_BYTES_MAX);
  expect(waiting).toBeLessThan(WATCH_BYTES_MAX + 128 * 1024);
});

type Handler = Parameters<typeof serveClients>[1];

/** A router that answers all with `ok`, and does nothing. */
async function router(cluster = 'c', host = '127.0.0.1', handle?: Handler) {
  const asked: ClientRequest[] = [];
  const sockets: Socket[] = [];
  const server = serveClients({ host, port: 0, cluster, secret }, (request, client, reply) => {
    asked.push(request);
    if (handle) handle(request, client, reply);
    else reply({ v: 1, ok: true });
  });
  server.on('connection', (socket: Socket) => {
    sockets.push(socket);
    cleanups.push(() => socket.destroy());
  });
  cleanups.push(() => server.close());
  await once(server, 'listening');
  return { port: (server.address() as { port: number }).port, asked, sockets };
}

async function connected(options: { port: number; secretFile: string; isTls?: boolean }): Promise<Client> {
  const client = await Client.connect({ host: '127.0.0.1', ...options });
  cleanups.push(() => client.close());
  return client;
}

/** A client without our library, as with `nc`. */
async function raw(port: number) {
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('error', () => {});
  cleanups.push(() => socket.destroy());
  await once(socket, 'connect');
  // biome-ignore lint/suspicious/noExplicitAny: whatever is said is looked into.
  const said: any[] = [];
  const reader = createInterface({ input: socket }).on('line', (line) => said.push(JSON.parse(line)));
  let id = 0;
  const ask = async (request: object) => {
    const mine = ++id;
    socket.write(`${JSON.stringify({ id: mine, ...request })}\n`);
    while (!said.some((each) => each.id === mine)) await once(reader, 'line');
    return said.find((each) => each.id === mine);
  };
  return { socket, said, ask };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate);
}
