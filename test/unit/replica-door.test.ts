// A replica's port, and those who dial it: over real sockets, the handshake and its bounds.
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';
import type { PeerMessage } from '../../core/protocol/messages.ts';
import { lsn, type ReplicaId, replicaId, term } from '../../core/protocol/position.ts';
import { Server, UNPROVED_MAX } from '../../core/replica/server.ts';
import { Dialer } from '../../core/wire/dialer.ts';
import { DialerHandshake, HELLO_BYTES_MAX, type Hello, ListenerHandshake } from '../../core/wire/hello.ts';
import { LINE_BYTES_MAX } from '../../core/wire/lines.ts';
import { encodePeerMessage } from '../../core/wire/peers.ts';
import type { Secret } from '../../core/wire/secret.ts';
import { freshSecret } from './support/secrets.ts';

const [n1, n2, n3] = ['n1', 'n2', 'n3'].map(replicaId) as [ReplicaId, ReplicaId, ReplicaId];
const secret = freshSecret();
const hello: Hello = { cluster: 'c', from: n2, to: n1 };
const word: PeerMessage = {
  type: 'append-accepted',
  term: term(1),
  matchedLsn: lsn(1),
  durableLsn: lsn(1),
  counts: true,
};

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

test('a peer gets through, and what it sends behind its proof arrives', async () => {
  const replica = await listen();
  const dialer = dial(replica.port);
  expect(dialer.connected).toBe(false);
  expect(dialer.send('too early')).toBe(false);
  await replica.until(() => dialer.connected);
  expect(dialer.send(encodePeerMessage(word))).toBe(true);
  await replica.until(() => replica.messages.length === 1);
  expect(replica.messages).toEqual([[n2, word]]);
});

test('with another secret there is no connection; why is said once, however often it is dialled', async () => {
  const replica = await listen(freshSecret());
  const refusals: string[] = [];
  let closed = 0;
  const dialer = dial(replica.port, { onRefused: (reason) => refusals.push(reason), onClosed: () => closed++ });
  await replica.until(() => replica.accepted >= 5);
  expect(refusals).toEqual(['what answers as n1 has another secret']);
  // It never stood, so nothing was lost.
  expect({ closed, connected: dialer.connected, messages: replica.messages }).toEqual({
    closed: 0,
    connected: false,
    messages: [],
  });
});

test('the same by TLS, where it is not this machine alone', async () => {
  const other = await listen(freshSecret(), '0.0.0.0');
  const told = Promise.withResolvers<string>();
  dial(other.port, { onRefused: told.resolve }, '0.0.0.0');
  expect(await told.promise).toBe('what answers as n1 has another secret, or does not speak TLS');
  const replica = await listen(secret, '0.0.0.0');
  const dialer = dial(replica.port, {}, '0.0.0.0');
  await replica.until(() => dialer.connected);
  dialer.send(encodePeerMessage(word));
  await replica.until(() => replica.messages.length === 1);
});

test('who listens where a replica has been, and hands on what is said to where it is now, stays outside', async () => {
  const replica = await listen();
  const told = Promise.withResolvers<string>();
  const between = await listener((socket) => {
    const onward = connect({ host: '127.0.0.1', port: replica.port });
    for (const end of [socket, onward]) end.on('error', () => {});
    socket.pipe(onward).pipe(socket);
  });
  const dialer = dial(between.port, { onRefused: told.resolve });
  expect(await told.promise).toBe('what answers as n1 has another secret');
  expect(dialer.connected).toBe(false);
  expect(replica.messages).toEqual([]);
});

test('nothing that is sent before the proof counts, though it came in the same packet', async () => {
  const replica = await listen();
  const { socket, lines } = await raw(replica.port);
  socket.write(`${new DialerHandshake(secret, hello, {}).hello}\n${encodePeerMessage(word)}\n`);
  await once(socket, 'close');
  expect(lines.map((line) => JSON.parse(line).type)).toEqual(['challenge', 'refused']);
  expect(replica.messages).toEqual([]);
});

test('before the proof a line has few bytes: exactly the bound is looked at, one more is not', async () => {
  const replica = await listen();
  const padded = (bytes: number): string => {
    const line = JSON.stringify({ ...JSON.parse(new DialerHandshake(secret, hello, {}).hello), pad: '' });
    return line.replace('"pad":""', `"pad":"${'x'.repeat(bytes - line.length)}"`);
  };
  const at = await raw(replica.port);
  at.socket.write(`${padded(HELLO_BYTES_MAX)}\n`);
  await once(at.reader, 'line');
  expect(JSON.parse(at.lines[0] ?? '').type).toBe('challenge');
  const beyond = await raw(replica.port);
  beyond.socket.write(`${padded(HELLO_BYTES_MAX + 1)}\n`);
  await once(beyond.socket, 'close');
  expect(JSON.parse(beyond.lines[0] ?? '')).toMatchObject({
    type: 'refused',
    reason: expect.stringContaining('1024 bytes'),
  });
  // Nor is one kept that does not end.
  const endless = await raw(replica.port);
  endless.socket.write('x'.repeat(HELLO_BYTES_MAX + 1));
  await once(endless.socket, 'close');
});

test('after it a line has as many as any', async () => {
  const replica = await listen();
  const { socket, reader } = await raw(replica.port);
  await shake(socket, reader);
  const line = encodePeerMessage(word);
  socket.write(`${line.slice(0, -1)},"pad":"${'x'.repeat(LINE_BYTES_MAX - line.length - 9)}"}\n`);
  await replica.until(() => replica.messages.length === 1);
});

test.each([
  ['says nothing', () => {}],
  [
    'says hello, and no more',
    (socket: Socket) => void socket.write(`${new DialerHandshake(secret, hello, {}).hello}\n`),
  ],
  ['comes byte by byte', (socket: Socket) => trickle(socket)],
])('who %s is closed in time', async (_what, behave) => {
  const replica = await listen();
  const { socket } = await raw(replica.port);
  behave(socket);
  await once(socket, 'close');
  expect(replica.messages).toEqual([]);
});

test('those who have proved nothing are bounded: one more, and the first makes room; a peer keeps its place', async () => {
  const replica = await listen();
  const dialer = dial(replica.port);
  await replica.until(() => dialer.connected);
  const strangers: Socket[] = [];
  for (let n = 0; n < UNPROVED_MAX; n++) strangers.push((await raw(replica.port)).socket);
  const isAnyClosed = (): boolean => strangers.some((socket) => socket.closed);
  await replica.until(() => replica.accepted === 1 + UNPROVED_MAX);
  expect(isAnyClosed()).toBe(false);
  const closed = once(strangers[0] as Socket, 'close');
  const another = dial(replica.port, { hello: { ...hello, from: n3 } });
  await closed;
  await replica.until(() => another.connected);
  expect(strangers.filter((socket) => socket.closed)).toHaveLength(1);
  expect(dialer.connected).toBe(true);
  dialer.send(encodePeerMessage(word));
  await replica.until(() => replica.messages.length === 1);
});

test('a dialer waits for the challenge no longer than its deadline, and dials again', async () => {
  const silent = await listener(() => {});
  const dialer = dial(silent.port);
  await silent.until(() => silent.accepted === 2);
  expect(dialer.connected).toBe(false);
});

test('a dialer takes no long line from what has proved nothing', async () => {
  const chatty = await listener((socket) => void socket.write('x'.repeat(HELLO_BYTES_MAX + 1)));
  const dialer = dial(chatty.port);
  await chatty.until(() => chatty.accepted === 3);
  expect(dialer.connected).toBe(false);
});

test('once both have proved it, a dialer takes lines as long as any', async () => {
  const replies = await listener((socket) => {
    const handshake = new ListenerHandshake(secret, 'c', n1, [n1, n2, n3], { port: socket.localPort as number });
    socket.on('data', (data) => {
      for (const line of String(data).trimEnd().split('\n')) {
        const step = handshake.take(line);
        socket.write('send' in step ? `${step.send}\n` : `${'x'.repeat(LINE_BYTES_MAX)}\n`);
      }
    });
  });
  const lengths: number[] = [];
  dial(replies.port, {
    onLine: (line) => {
      lengths.push(line.length);
      return null;
    },
  });
  await replies.until(() => lengths.length === 1);
  expect(lengths).toEqual([LINE_BYTES_MAX]);
});

test('what waits for a peer that takes in nothing is bounded', async () => {
  const deaf = await listener((socket) => {
    const handshake = new ListenerHandshake(secret, 'c', n1, [n1, n2, n3], { port: socket.localPort as number });
    socket.once('data', (data) => {
      socket.pause();
      const step = handshake.take(String(data).trimEnd());
      socket.write(`${'send' in step ? step.send : ''}\n`);
    });
  });
  const dialer = dial(deaf.port, { waitingBytesMax: 1024 * 1024 });
  await deaf.until(() => dialer.connected);
  const line = 'x'.repeat(64 * 1024);
  let sent = 0;
  while (dialer.send(line)) {
    sent++;
    await new Promise(setImmediate);
    if (sent > 1000) throw new Error('nothing holds it back');
  }
  // More than the bound was on its way before, in the system's own buffers too.
  expect(sent).toBeGreaterThanOrEqual(16);
  expect(dialer.connected).toBe(true);
});

/** A replica's server, and what came of it. */
async function listen(its: Secret = secret, host = '127.0.0.1') {
  const messages: [ReplicaId, PeerMessage][] = [];
  const seen = { accepted: 0 };
  const server = new Server({
    cluster: 'c',
    secret: its,
    id: n1,
    members: [n1, n2, n3],
    onPeerMessage: (from, message) => messages.push([from, message]),
    onPeerClosed: () => {},
    onRouter: () => {},
    onRequest: () => {},
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.listen({ host, port: 0 }, resolve, reject);
  });
  const count = (message: unknown): void => {
    const { socket } = message as { readonly socket: Socket };
    if (socket.localPort !== port) return;
    seen.accepted++;
    cleanups.push(() => socket.destroy());
  };
  subscribe(ACCEPTED, count);
  cleanups.push(() => unsubscribe(ACCEPTED, count));
  return {
    port,
    messages,
    get accepted() {
      return seen.accepted;
    },
    until,
  };
}

/** Where node tells of every connection that a server has taken. */
const ACCEPTED = 'net.server.socket';

/** A server that does nothing but what it is told. */
async function listener(onSocket: (socket: Socket) => void) {
  const seen = { accepted: 0 };
  const server = createServer((socket) => {
    seen.accepted++;
    socket.on('error', () => {});
    cleanups.push(() => socket.destroy());
    onSocket(socket);
  });
  cleanups.push(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    port,
    get accepted() {
      return seen.accepted;
    },
    until,
  };
}

function dial(
  port: number,
  options: Partial<ConstructorParameters<typeof Dialer>[0]> = {},
  host = '127.0.0.1',
): Dialer {
  const dialer = new Dialer({
    secret,
    hello,
    redialMs: 1,
    waitingBytesMax: 1024 * 1024,
    onLine: () => null,
    onClosed: () => {},
    onRefused: () => {},
    ...options,
  });
  dialer.setAddress({ host, port });
  cleanups.push(() => dialer.setAddress(null));
  return dialer;
}

async function raw(port: number) {
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('error', () => {});
  cleanups.push(() => socket.destroy());
  await once(socket, 'connect');
  const lines: string[] = [];
  const reader = createInterface({ input: socket }).on('line', (line) => lines.push(line));
  return { socket, lines, reader };
}

async function shake(socket: Socket, reader: NodeJS.EventEmitter): Promise<void> {
  const handshake = new DialerHandshake(secret, hello, { port: socket.remotePort as number });
  socket.write(`${handshake.hello}\n`);
  const [challenge] = await once(reader, 'line');
  const step = handshake.take(challenge);
  socket.write(`${'send' in step ? step.send : ''}\n`);
}

/** Each byte would put off a deadline that counts from the last one. */
function trickle(socket: Socket): void {
  const timer = setInterval(() => socket.write(' '), 100);
  socket.on('close', () => clearInterval(timer));
  cleanups.push(() => clearInterval(timer));
}

/** Looks with every turn of the loop: what happens on sockets happens there. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate);
}
