// Clients on a replica's own port, which only the benchmark is: over real sockets, what they may ask, and how much.
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';
import {
  type DirectAnswer,
  dialDirect,
  directAnswers,
  directReadText,
  directWriteText,
} from '../../core/cluster/direct-channel.ts';
import { lsn, type ReplicaId, replicaId, term, writeId } from '../../core/protocol/position.ts';
import type { Reply } from '../../core/protocol/requests.ts';
import { CLIENTS_MAX, REQUESTS_MAX } from '../../core/replica/direct-clients.ts';
import { Server } from '../../core/replica/server.ts';
import { encodeFromReplica, parseToReplica, type ToReplica } from '../../core/wire/replica-channel.ts';
import { freshSecretFile } from './support/secrets.ts';

const [n1, n2, n3] = ['n1', 'n2', 'n3'].map(replicaId) as [ReplicaId, ReplicaId, ReplicaId];
const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

const write = textOf(directWriteText('quorum', 7), 'b1-1-3', 'k', 'v');
const read = textOf(directReadText('linearizable'), 'b1-2-4', 'k', '');

test('what it writes and reads is what the router would, and is answered on its own connection', async () => {
  const replica = await listen();
  const [client, other] = [await replica.dial(), await replica.dial()];
  const heard = once(createInterface({ input: other }), 'line');
  client.write(write);
  await until(() => replica.asked.length === 1);
  other.write(read);
  await until(() => replica.asked.length === 2);
  expect(replica.asked).toEqual([
    {
      type: 'write',
      write: {
        id: '@1:b1-1-3',
        term: 7,
        command: { op: 'put', key: 'k', value: 'v' },
        mode: 'quorum',
        session: null,
      },
    },
    { type: 'read', read: { id: '@2:b1-2-4', key: 'k', level: 'linearizable', token: { term: 0, lsn: 0 } } },
  ]);
  replica.answer(readReplyTo('@2:b1-2-4'));
  const [line] = await heard;
  expect(answersOf(line)).toEqual([{ id: 'b1-2-4', outcome: 'ok' }]);
  expect(replica.routers).toBe(0);
});

test.each<[string, string]>([
  ['a locate', JSON.stringify({ type: 'locate', locate: { id: 'l', term: 1, writes: [] } })],
  ['a log', JSON.stringify({ type: 'log', id: 'l' })],
])('it may not ask for %s, as the router may', async (_what, line) => {
  expect(parseToReplica(line)).not.toHaveProperty('invalid');
  const replica = await listen();
  const client = await replica.dial();
  const heard = once(createInterface({ input: client }), 'line');
  client.write(`${line}\n${write}`);
  const [refusal] = await heard;
  expect(JSON.parse(refusal)).toEqual({ type: 'refused', reason: 'a client may only write and read' });
  await once(client, 'close');
  expect(replica.asked).toEqual([]);
});

test('without the secret it gets nowhere', async () => {
  const replica = await listen();
  const { file, remove } = freshSecretFile();
  cleanups.push(remove);
  await expect(replica.dial(file)).rejects.toThrow('what answers as n1 has another secret');
});

test('beyond so many requests without an answer nothing more is read of it, until some are answered', async () => {
  const replica = await listen();
  const client = await replica.dial();
  // More than both sides' buffers take beside the bound.
  const count = 100_000;
  client.write(write.repeat(count));
  await until(() => replica.asked.length >= REQUESTS_MAX);
  await settled(() => replica.asked.length);
  const before = replica.asked.length;
  // What came in the same packet as the last one is taken, too.
  expect(before).toBeLessThan(REQUESTS_MAX + 64 * 1024);
  expect(before).toBeLessThan(count / 2);
  for (const message of replica.asked.splice(0)) {
    if (message.type === 'write') replica.answer(readReplyTo(message.write.id));
  }
  client.resume();
  await until(() => replica.asked.length > 0);
});

test('so many of them may be connected, and one more is told so', async () => {
  const replica = await listen();
  for (let n = 0; n < CLIENTS_MAX; n++) await replica.dial();
  const beyond = await replica.dial();
  const [line] = await once(createInterface({ input: beyond }), 'line');
  expect(JSON.parse(line).reason).toBe(
    `${CLIENTS_MAX} clients are connected to this replica already: close one of them`,
  );
});

test('an answer is ok only if it says so', () => {
  const written = { type: 'write', id: writeId('b1-1-3'), position: { term: term(7), lsn: lsn(1) } } as const;
  const failed = { code: 'no-quorum', message: '"outcome":"ok"' } as const;
  const replies: Reply[] = [
    { ...written, outcome: 'ok', durableOn: [] },
    { type: 'write', id: written.id, outcome: 'rejected', ...failed },
    { ...written, outcome: 'unknown', durableOn: [], code: 'stepped-down', message: '' },
    readReplyTo('b1-2-4'),
    { type: 'read', id: 'b1-2-4', outcome: 'failed', code: 'not-leader', message: '', committed: written.position },
  ];
  const outcomes = replies.flatMap((reply) => answersOf(encodeFromReplica({ type: 'reply', reply })));
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(['ok', 'rejected', 'unknown', 'ok', 'rejected']);
  expect(answersOf('{"type":"event","event":{}}')).toEqual([]);
  const writes = [written.id, lsn(1), writeId('b1-2-1'), lsn(2)];
  expect(answersOf(encodeFromReplica({ type: 'acknowledged', term: term(7), durableOn: [n1], writes }))).toEqual([
    { id: 'b1-1-3', outcome: 'ok' },
    { id: 'b1-2-1', outcome: 'ok' },
  ]);
});

const readReplyTo = (id: string): Reply => ({
  type: 'read',
  id,
  outcome: 'ok',
  value: 'v',
  position: { term: term(7), lsn: lsn(1) },
  committed: true,
});

function answersOf(line: string): DirectAnswer[] {
  const answers: DirectAnswer[] = [];
  directAnswers(line, (answer) => answers.push(answer));
  return answers;
}

function textOf(text: ReturnType<typeof directReadText>, id: string, key: string, value: string): string {
  return `${text.beforeId}${id}${text.beforeKey}${key}${text.beforeValue}${value}${text.end}`;
}

async function listen() {
  const { secret, file, remove } = freshSecretFile();
  cleanups.push(remove);
  const asked: ToReplica[] = [];
  const seen = { routers: 0 };
  const server = new Server({
    cluster: 'c',
    secret,
    id: n1,
    members: [n1, n2, n3],
    onPeerMessage: () => {},
    onPeerClosed: () => {},
    onRouter: () => {
      seen.routers++;
    },
    onRequest: (message) => asked.push(message),
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.listen({ host: '127.0.0.1', port: 0 }, resolve, reject);
  });
  return {
    asked,
    answer: (reply: Reply) => server.answer(reply),
    get routers() {
      return seen.routers;
    },
    dial: async (secretFile = file): Promise<Socket> => {
      const socket = await dialDirect({ host: '127.0.0.1', port, replica: n1, cluster: 'c', secretFile });
      socket.on('error', () => {});
      cleanups.push(() => socket.destroy());
      return socket;
    },
  };
}

/** Looks with every turn of the loop: what happens on sockets happens there. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate);
}

/** Until nothing has come for many turns. */
async function settled(count: () => number): Promise<void> {
  for (let [before, still] = [count(), 0]; still < 1000; still = before === count() ? still + 1 : 0) {
    before = count();
    await new Promise(setImmediate);
  }
}
