// Whatever is sent to a port, it is refused in bounded time and memory, and the cluster still serves.
import { readFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { isSettled, Running } from './running.ts';

interface Answer {
  readonly text: string;
  readonly ms: number;
}

/** Sends `parts` and takes what comes back until the other side closes. */
function send(addr: string, parts: readonly (string | Buffer)[]): Promise<Answer> {
  const [host, port] = addr.split(':');
  const startedMs = performance.now();
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = createConnection({ host: host ?? '', port: Number(port) });
    const deadline = setTimeout(() => {
      socket.destroy();
      reject(new Error(`still open after 20 s; it said ${text.slice(0, 200)}`));
    }, 20_000);
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    // What is refused while it is still being sent ends in a reset.
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(deadline);
      resolve({ text, ms: performance.now() - startedMs });
    });
    for (const part of parts) socket.write(part);
  });
}

const MiB = 1024 * 1024;
const http =
  'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\n{"op":"write","key":"from a browser","value":"x"}\n';
const garbage = Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 7919) % 256));
const huge = Array.from({ length: 32 }, () => Buffer.alloc(MiB, 'x'));
const deep = `${'['.repeat(1_000_000)}\n`;

const attacks: readonly (readonly [string, readonly (string | Buffer)[]])[] = [
  ['an HTTP request', [http]],
  ['garbage', [garbage, '\n']],
  ['a line of 32 MB', huge],
  ['a million brackets', [deep]],
  ['half a line of UTF-8', [Buffer.from([0x7b, 0xff, 0xfe, 0x0a])]],
];

test.each(attacks)('%s, at the router and at a replica: closed, and the cluster serves', async (_, parts) => {
  await using cluster = await Running.up();
  const { replicas } = await cluster.until(isSettled);
  const pids = [...replicas.map(({ pid }) => pid ?? 0)];
  const before = pids.map(residentMiB);
  for (const addr of [cluster.addr, ...replicas.map((replica) => replica.addr ?? '')]) {
    const answer = await send(addr, parts);
    expect(answer.text.split('\n').length).toBeLessThanOrEqual(2);
    expect(answer.ms).toBeLessThan(10_000);
  }
  expect(await cluster.write('key', 'still here')).toMatchObject({ outcome: 'ok' });
  expect(await cluster.client.ask({ op: 'read', key: 'from a browser' })).toMatchObject({ found: false });
  const after = await cluster.until((now) => now.writes.ok === 1);
  expect(after.term).toBe(1);
  expect(after.replicas.map(({ pid }) => pid)).toEqual(pids);
  for (const [index, pid] of pids.entries()) expect(residentMiB(pid) - (before[index] ?? 0)).toBeLessThan(64);
});

test('a replica takes no hello of another cluster, version or name, and none without the secret', async () => {
  await using cluster = await Running.up();
  const { replicas, cluster: name } = await cluster.until(isSettled);
  const addr = replicas[0]?.addr ?? '';
  const hello = { type: 'hello', v: 3, cluster: name, from: 'n2', to: 'n1', nonce: '0'.repeat(64) };
  const refusals: readonly (readonly [object, string])[] = [
    [{ ...hello, cluster: 'another' }, 'another'],
    [{ ...hello, v: 1 }, 'version'],
    [{ ...hello, from: 'n9' }, 'n9'],
    [{ ...hello, to: 'n3' }, 'n3'],
    [{ ...hello, from: '__proto__' }, 'from'],
    [{ ...hello, nonce: 'mine' }, 'nonce'],
  ];
  for (const [line, word] of refusals) {
    const { text: said } = await send(addr, [`${JSON.stringify(line)}\n`]);
    expect(JSON.parse(said)).toMatchObject({ type: 'refused', reason: expect.stringContaining(word) });
  }
  const proof = { type: 'proof', proof: '0'.repeat(64) };
  const append = { type: 'append', term: 99, prev: '0:0', committedLsn: 0, count: 0 };
  const { text: said } = await send(addr, [[hello, proof, append].map((line) => `${JSON.stringify(line)}\n`).join('')]);
  const [challenge, refused] = said.split('\n').map((line) => line && JSON.parse(line));
  expect(challenge).toMatchObject({ type: 'challenge' });
  expect(refused).toMatchObject({ type: 'refused', reason: expect.stringContaining('proof') });
  expect((await cluster.until(isSettled)).term).toBe(1);
});

test('whoever says nothing to a replica is closed in time', async () => {
  await using cluster = await Running.up();
  const { replicas } = await cluster.until(isSettled);
  const { text: said } = await send(replicas[0]?.addr ?? '', []);
  expect(said).toBe('');
});

test('a bad request is answered and does not end the connection', async () => {
  await using cluster = await Running.up();
  const [host, port] = cluster.addr.split(':');
  const socket = createConnection({ host: host ?? '', port: Number(port) });
  const lines: string[] = [];
  const done = new Promise<void>((resolve) => {
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      lines.splice(0, lines.length, ...text.trimEnd().split('\n'));
      if (lines.length === 3) resolve();
    });
  });
  socket.write('{"id":1,"op":"wriet","key":"x"}\n{"id":2,"op":"write","key":"__proto__","value":"1"}\n');
  socket.write('{"id":3,"op":"read","key":"x","level":"token","token":"two"}\n');
  await done;
  socket.destroy();
  const answers = lines.map((line) => JSON.parse(line));
  expect(answers.find(({ id }) => id === 1).error.message).toContain('did you mean "write"?');
  expect(answers.find(({ id }) => id === 2)).toMatchObject({ outcome: 'ok' });
  expect(answers.find(({ id }) => id === 3).error.message).toContain('2:17');
});

test('large values, asked for faster than they are read, hold up nobody else', async () => {
  await using cluster = await Running.up();
  await cluster.write('large', 'x'.repeat(1024 * 1024));
  const [host, port] = cluster.addr.split(':');
  const greedy = createConnection({ host: host ?? '', port: Number(port) });
  greedy.pause();
  greedy.write('{"op":"read","key":"large","from":"leader"}\n'.repeat(200));
  const writes = await Promise.all(Array.from({ length: 200 }, (_, n) => cluster.write(`key-${n}`, 'x')));
  expect(writes.filter(({ outcome }) => outcome !== 'ok')).toEqual([]);
  let answers = 0;
  await new Promise<void>((resolve) => {
    greedy.on('data', (chunk: Buffer) => {
      answers += chunk.filter((byte) => byte === 10).length;
      if (answers === 200) resolve();
    });
    greedy.resume();
  });
  greedy.destroy();
  const { fates } = await cluster.client.ask({ op: 'status' });
  expect(fates.lost + fates.discarded).toBe(0);
});

test('a client that has said all it has to say still gets its answers', async () => {
  await using cluster = await Running.up();
  const [host, port] = cluster.addr.split(':');
  const socket = createConnection({ host: host ?? '', port: Number(port), allowHalfOpen: true });
  socket.end('{"id":1,"op":"write","key":"x","value":"1"}\n{"id":2,"op":"read","key":"x","from":"leader"}\n');
  const answers = (await text(socket))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(answers.map(({ id }) => id).sort()).toEqual([1, 2]);
  expect(answers.find(({ id }) => id === 1)).toMatchObject({ outcome: 'ok' });
});

function residentMiB(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(match?.[1] ?? 0) / 1024;
}
