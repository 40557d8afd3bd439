// Whatever is said to any port while the cluster is in use: nothing of it is applied, nobody dies, memory stays bounded,
// and nothing that was acknowledged is lost.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ClusterSnapshot } from '../../core/observe/snapshot.ts';
import { Running } from '../process/running.ts';
import { Crowd, send } from './attack.ts';
import { Recording } from './recording.ts';

const MiB = 1024 * 1024;
const write = '{"op":"write","key":"key-1","value":"never asked for"}';
const append = '{"type":"append","term":9,"prev":"0:0","committedLsn":0,"count":1}';

/** What is said, and then the end of the connection. None of it is a whole, valid request in a place for one. */
const sayings: readonly (readonly [string, readonly (string | Buffer)[]])[] = [
  ['nothing', []],
  ['an empty line', ['\n']],
  ['no JSON', ['hello\n', write, '\n']],
  ['JSON that is no object', [`[${write}]\n`, '"op"\n', 'null\n']],
  ['JSON cut short', ['{"op":"write","key":"key-1"\n']],
  ['two objects on a line', [`${write}${write}\n`]],
  ['half a line', [write]],
  [
    'half a line, in bytes that end in mid-character',
    [Buffer.from('{"op":"write","key":"key-1","value":"ü').subarray(0, -1)],
  ],
  ['bytes', [Buffer.from(Array.from({ length: 65_536 }, (_, index) => (index * 7919) % 256)), '\n']],
  ['zeros', [Buffer.alloc(MiB), '\n']],
  ['no UTF-8', [Buffer.from([0x7b, 0xff, 0xfe, 0x7d, 0x0a])]],
  ['a line of 32 MiB', Array.from({ length: 32 }, () => Buffer.alloc(MiB, 'x'))],
  ['a million brackets', [`${'['.repeat(1_000_000)}\n`]],
  ['a million objects, one in the other', [`${'{"a":'.repeat(1_000_000)}1${'}'.repeat(1_000_000)}\n`]],
  [
    'a request within 20,000 objects',
    [`{"op":"write","key":"key-1","value":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_001)}\n`],
  ],
  ['a hello of another version', ['{"type":"hello","v":99,"cluster":"x","from":"n2","to":"n1"}\n', append, '\n']],
  ['a hello of another cluster', ['{"type":"hello","v":1,"cluster":"x","from":"n2","to":"n1"}\n', append, '\n']],
  [
    'a hello of a router of another cluster',
    ['{"type":"hello","v":1,"cluster":"x","from":"router","to":"n1"}\n', append, '\n'],
  ],
  [
    'a message of a peer without a hello',
    [append, '\n', '{"type":"vote-request","term":99,"phase":"vote","last":"9:99"}\n'],
  ],
  ['an HTTP request', [`POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n${write}\n`]],
  ['a WebSocket', [`GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n${write}\n`]],
  ['a TLS hello', [Buffer.from('16030100dc010000d8030300', 'hex'), Buffer.alloc(200, 7), '\n', write, '\n']],
  [
    'unknown and unfit requests',
    ['{"op":"wriet"}\n{"op":"write","key":7,"value":"x"}\n{"op":"write","value":"x"}\n{"op":{}}\n'],
  ],
  ['inherited fields', ['{"__proto__":{"op":"write","key":"key-1","value":"x"}}\n', '{"constructor":{"op":"down"}}\n']],
];

let cluster: Running;
let recording: Recording;
let before: ClusterSnapshot;
let memory: ReadonlyMap<number, number>;

beforeAll(async () => {
  // Slow, so that a busy machine is not taken for a dead leader.
  cluster = await Running.up(['--tempo', 'slow']);
  recording = await Recording.start(cluster, { mode: 'quorum', seed: 1, sessions: 6, keys: 3 });
  before = await cluster.until((now) => now.writes.ok > 50);
  memory = new Map(cluster.sandbox.processes().map((pid) => [pid, residentMiB(pid)]));
});

afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
});

const ports = (): readonly string[] => [cluster.addr, ...before.replicas.map(({ addr }) => addr ?? '')];

/** The same processes lead and follow as before, no larger than they may be, and writes are acknowledged. */
async function servesOn(): Promise<void> {
  const { writes } = await cluster.client.ask({ op: 'status' });
  const now = await cluster.until((later) => later.writes.ok > writes.ok + 20);
  expect(now).toMatchObject({ term: before.term, leader: before.leader });
  expect(now.replicas.map(({ pid }) => pid)).toEqual(before.replicas.map(({ pid }) => pid));
  for (const [pid, mib] of memory) expect(residentMiB(pid) - mib, `MiB more in ${pid}`).toBeLessThan(256);
}

test.each(sayings)('%s', async (_, parts) => {
  for (const addr of ports()) {
    const answer = await send(addr, parts);
    expect(answer.split('\n').length).toBeLessThanOrEqual(6);
    expect(answer).not.toContain('"outcome"');
  }
  await servesOn();
});

describe('crowds', () => {
  test('a thousand connections that say nothing, on each port', async () => {
    for (const addr of ports()) {
      using crowd = await Crowd.of(addr, 1000);
      await servesOn();
      expect(crowd.open).toBeLessThan(1000);
    }
  });

  test('connections that speak too slowly: replicas close them in time, and the router goes on', async () => {
    for (const { addr } of before.replicas) {
      using slow = await Crowd.of(addr ?? '', 30, '{');
      await slow.drip('"type":"hello","v":1', 50);
      await slow.turnedAway();
    }
    using patient = await Crowd.of(cluster.addr, 100, '{');
    await patient.drip('"op":"write","key":', 20);
    await servesOn();
  });

  test('sixty long lines that do not end: the oldest give way, and a long one that ends is taken', async () => {
    using _ = await Crowd.of(cluster.addr, 60, Buffer.alloc(7 * MiB, 'x'));
    const key = `${write.slice(0, -2)}${'x'.repeat(2 * MiB)}"}\n`;
    expect(await send(cluster.addr, [key])).toContain('1048576 bytes');
    await servesOn();
  });

  test('a hundred connections that break off in mid-line, again and again', async () => {
    for (let round = 0; round < 5; round++) {
      for (const addr of ports()) {
        using _ = await Crowd.of(addr, 100, write);
      }
    }
    await servesOn();
  });
});

test('nothing that was acknowledged is lost, and nothing was written that nobody asked for', async () => {
  const { violations, counts } = await recording.finish();
  expect(violations).toEqual([]);
  expect(counts).toMatchObject({ lost: 0, discarded: 0, unknown: 0 });
});

test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', '"', '\\', 'é', '0', '\u2028'])(
  'a key is a key: %j',
  async (key) => {
    const { client } = cluster;
    expect(await client.ask({ op: 'read', key, level: 'linearizable' })).toMatchObject({ found: false, value: null });
    const { token = '0:0' } = await client.ask({ op: 'write', key, value: key });
    for (const from of ['n1', 'n2', 'n3'] as never[]) {
      expect(await client.ask({ op: 'read', key, token, from })).toMatchObject({ found: true, value: key });
    }
    await client.ask({ op: 'delete', key });
    expect(await client.ask({ op: 'read', key, level: 'linearizable' })).toMatchObject({ found: false });
  },
);

function residentMiB(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(match?.[1] ?? 0) / 1024;
}
