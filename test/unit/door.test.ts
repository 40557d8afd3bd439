// Who may listen where, and who gets through.
import { once } from 'node:events';
import { connect, type Server, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import { DoorError, dialTo, isLoopback, KNOCKING_MAX, listenAt } from '../../core/wire/door.ts';
import type { Secret } from '../../core/wire/secret.ts';
import { freshSecret } from './support/secrets.ts';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

test.each([
  ['127.0.0.1', true],
  ['127.8.9.10', true],
  ['::1', true],
  ['0:0:0:0:0:0:0:1', true],
  ['::ffff:127.0.0.1', true],
  ['localhost', true],
  ['0.0.0.0', false],
  ['::', false],
  ['::ffff:10.0.0.1', false],
  ['10.0.0.1', false],
  ['128.0.0.1', false],
  // The system would take these for an address of this machine, or look them up: nobody here relies on that.
  ['127.1', false],
  ['2130706433', false],
  ['localhost.example', false],
  ['', false],
])('%j is this machine alone: %s', (host, is) => {
  expect(isLoopback(host)).toBe(is);
});

test('without a secret no other address is listened on or connected to, and the line says what to do', () => {
  const options = { secret: null, connectionsMax: 4 };
  const listening = () => listenAt({ host: '0.0.0.0', port: 0 }, options, () => {});
  expect(listening).toThrow(DoorError);
  expect(listening).toThrow(
    /^0\.0\.0\.0 is not this machine alone: [^\n]* listened on only with TLS[^\n]*--secret-file/,
  );
  const dialling = () => dialTo({ host: '192.0.2.1', port: 1 }, null, () => {});
  expect(dialling).toThrow(DoorError);
  expect(dialling).toThrow(/^192\.0\.2\.1 is not [^\n]* connected to only with TLS/);
});

test('on the loopback it is plain TCP, with a secret or without', async () => {
  for (const secret of [null, freshSecret()]) {
    const { port, accepted } = await listen('127.0.0.1', secret);
    const client = connect({ host: '127.0.0.1', port });
    cleanups.push(() => client.destroy());
    client.write('hello\n');
    expect(String(await heard(await accepted))).toBe('hello\n');
  }
});

test('elsewhere it is TLS with forward secrecy, in both directions', async () => {
  const secret = freshSecret();
  const { port, accepted } = await listen('0.0.0.0', secret);
  const client = await dialled(port, secret);
  const server = await accepted;
  expect(client).toBeInstanceOf(TLSSocket);
  expect((client as TLSSocket).getEphemeralKeyInfo()).toMatchObject({ type: 'ECDH' });
  client.write('to\n');
  expect(String(await heard(server))).toBe('to\n');
  server.write('fro\n');
  expect(String(await heard(client))).toBe('fro\n');
});

test('another secret gets nowhere, and neither side is handed a connection', async () => {
  const { port, sockets } = await listen('0.0.0.0', freshSecret());
  let isOpen = false;
  const client = dialTo(
    { host: '127.0.0.1', port },
    freshSecret(),
    () => {
      isOpen = true;
    },
    true,
  );
  const [error] = await once(client, 'error');
  expect(error.code).toMatch(/^ERR_SSL/);
  await once(client, 'close');
  expect({ isOpen, sockets }).toEqual({ isOpen: false, sockets: [] });
});

test.each([
  ['plain text', 'GET / HTTP/1.1\r\n\r\n'],
  ['a request', '{"op":"down"}\n'],
])('%s to a TLS address is closed, and nothing of it is read', async (_what, text) => {
  const { port, sockets } = await listen('0.0.0.0', freshSecret());
  const client = connect({ host: '127.0.0.1', port });
  client.on('error', () => {});
  client.resume();
  client.write(text);
  await once(client, 'close');
  expect(sockets).toEqual([]);
});

test('who says nothing to a TLS address is closed in time', async () => {
  const { port, sockets } = await listen('0.0.0.0', freshSecret());
  const client = connect({ host: '127.0.0.1', port });
  client.on('error', () => {});
  client.resume();
  await once(client, 'close');
  expect(sockets).toEqual([]);
});

test('those who have not got through TLS are bounded: one more, and the first of them makes room', async () => {
  const secret = freshSecret();
  const { server, port, sockets } = await listen('0.0.0.0', secret, KNOCKING_MAX + 8);
  const knock = async (): Promise<Socket> => {
    const come = once(server, 'connection');
    const socket = connect({ host: '127.0.0.1', port });
    cleanups.push(() => socket.destroy());
    await come;
    return socket.resume();
  };
  const first = await knock();
  for (let n = 1; n < KNOCKING_MAX; n++) await knock();
  const closed = once(first, 'close');
  expect(first.destroyed).toBe(false);
  // Whoever has the secret takes that place, and gives it back at once.
  await dialled(port, secret);
  await closed;
  expect(sockets).toHaveLength(1);
  const second = await knock();
  expect(second.destroyed).toBe(false);
  await dialled(port, secret);
  expect(sockets).toHaveLength(2);
  for (const socket of sockets) expect(socket.destroyed).toBe(false);
});

test('connections are bounded: exactly the bound are taken, one more is closed', async () => {
  const { server, port, sockets } = await listen('127.0.0.1', null, 2);
  const clients = [await dialled(port, null), await dialled(port, null)];
  const dropped = once(server, 'drop');
  const third = connect({ host: '127.0.0.1', port });
  third.on('error', () => {});
  third.resume();
  await Promise.all([dropped, once(third, 'close')]);
  expect(sockets).toHaveLength(2);
  for (const client of clients) expect(client.destroyed).toBe(false);
});

async function listen(host: string, secret: Secret | null, connectionsMax = 8) {
  const sockets: Socket[] = [];
  const { promise: accepted, resolve } = Promise.withResolvers<Socket>();
  const server: Server = listenAt({ host, port: 0 }, { secret, connectionsMax }, (socket) => {
    sockets.push(socket);
    cleanups.push(() => socket.destroy());
    resolve(socket);
  });
  cleanups.push(() => server.close());
  await once(server, 'listening');
  return { server, sockets, accepted, port: (server.address() as { port: number }).port };
}

/** A connection by the loopback to a listener on all addresses. */
function dialled(port: number, secret: Secret | null): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = dialTo({ host: '127.0.0.1', port }, secret, () => resolve(socket), secret !== null);
    socket.on('error', reject);
    cleanups.push(() => socket.destroy());
  });
}

async function heard(socket: Socket): Promise<Buffer> {
  const [data] = await once(socket, 'data');
  return data as Buffer;
}
