// Every bound of what comes from outside: exactly as much is taken, one more is not. And CONTRIBUTING's table of them.
import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, expect, test, vi } from 'vitest';
import { Client, ConnectionLostError } from '../../core/cluster/client.ts';
import { WAITING_MAX } from '../../core/cluster/client-connection.ts';
import { DELAYED_MAX, Link } from '../../core/replica/link.ts';
import { READS_MAX } from '../../core/routing/reads.ts';
import { KEY_BYTES_MAX, VALUE_BYTES_MAX } from '../../core/wal/codec.ts';
import { LINE_BYTES_MAX, readLines } from '../../core/wire/lines.ts';
import { APPEND_ENTRIES_MAX, LINEAGE_BRANCHES_MAX, PeerDecoder, SNAPSHOT_PIECES_MAX } from '../../core/wire/peers.ts';
import { ID_BYTES_MAX, LOCATE_WRITES_MAX, LOG_ENTRIES_MAX, parseToReplica } from '../../core/wire/replica-channel.ts';
import { parseRequest } from '../../core/wire/requests.ts';
import { FakeRouter } from './support/fake-router.ts';
import { FakeSocket } from './support/fake-socket.ts';
import { Tier } from './support/tier.ts';

afterEach(() => {
  vi.useRealTimers();
});

const isTaken = (parsed: object): boolean => !('invalid' in parsed) && !('error' in parsed && parsed.error);

test('a line, of the longest that anyone takes', () => {
  for (const more of [0, 1]) {
    const socket = new FakeSocket();
    const lengths: number[] = [];
    const refusals: string[] = [];
    readLines(
      socket.asSocket,
      { bytesMax: LINE_BYTES_MAX },
      (line) => lengths.push(line.length),
      (reason) => refusals.push(reason),
    );
    socket.receive(Buffer.alloc(LINE_BYTES_MAX + more, 'x'));
    socket.receive(Buffer.from('\n'));
    expect(lengths).toEqual(more === 0 ? [LINE_BYTES_MAX] : []);
    expect(refusals).toHaveLength(more);
  }
});

test.each([
  ['append', APPEND_ENTRIES_MAX],
  ['snapshot', SNAPSHOT_PIECES_MAX],
])('parts of one %s message between replicas', (type, max) => {
  const take = (count: number) =>
    new PeerDecoder().take(
      JSON.stringify({
        type,
        term: 1,
        prev: '0:0',
        committedLsn: 0,
        position: '1:1',
        transfer: 1,
        index: 0,
        last: true,
        count,
      }),
    );
  expect(take(max)).toEqual({ message: null });
  expect(take(max + 1)).toEqual({ invalid: expect.stringContaining(`count must be a whole number from 0 to ${max}`) });
});

test('branches of a lineage that a replica tells another', () => {
  const take = (count: number) => {
    const lineage = Array.from({ length: count }, (_, n) => `[${n + 1},${n + 1}]`).join();
    return new PeerDecoder().take(`{"type":"append-refused","term":9,"last":"1:1","lineage":[${lineage}]}`);
  };
  expect(isTaken(take(LINEAGE_BRANCHES_MAX))).toBe(true);
  expect(take(LINEAGE_BRANCHES_MAX + 1)).toEqual({ invalid: 'lineage must be a list' });
});

const put = (key: string, value: string, id = 'w', session: object = {}) => ({
  ...{ type: 'write', id, term: 1, op: 'put', key, value, mode: 'async' },
  ...session,
});
const text = (length: number): string => 'x'.repeat(length);

test.each<[string, number, (size: number) => object]>([
  ['a key', KEY_BYTES_MAX, (size) => put(text(size), '')],
  ['a value', VALUE_BYTES_MAX, (size) => put('k', text(size))],
  ['the id of a write', ID_BYTES_MAX, (size) => put('k', '', text(size))],
  ['a session', 4 * ID_BYTES_MAX, (size) => put('k', '', 'w', { session: text(size), seq: 1 })],
  [
    'a key to read',
    KEY_BYTES_MAX,
    (size) => ({ type: 'read', read: { id: 'r', key: text(size), level: 'any', token: '0:0' } }),
  ],
  [
    'writes to ask after',
    LOCATE_WRITES_MAX,
    (size) => ({
      type: 'locate',
      locate: { id: 'l', term: 1, writes: Array.from({ length: size }, () => ({ id: 'w', session: null })) },
    }),
  ],
  ['entries to show', LOG_ENTRIES_MAX, (size) => ({ type: 'log', id: 'l', from: 1, limit: size })],
])('what a router may ask of a replica: %s', (_what, max, message) => {
  expect(isTaken(parseToReplica(JSON.stringify(message(max))))).toBe(true);
  expect(isTaken(parseToReplica(JSON.stringify(message(max + 1))))).toBe(false);
});

test('a client’s own mark of a request', () => {
  expect(isTaken(parseRequest(JSON.stringify({ op: 'status', id: text(128) })))).toBe(true);
  expect(isTaken(parseRequest(JSON.stringify({ op: 'status', id: text(129) })))).toBe(false);
});

test('reads that wait at the router', () => {
  const tier = new Tier().told('n1 leader 1 1:1 d1 c1 | 1@1', 'n2 follower 1 1:1 d1 c1 | 1@1');
  tier.heard.length = 0;
  for (let n = 0; n < READS_MAX; n++) tier.read({ token: { term: 1, lsn: 99 } as never });
  expect(tier.heard).toEqual([]);
  tier.read({ token: { term: 1, lsn: 99 } as never });
  expect(tier.heard).toEqual([expect.stringContaining('overloaded')]);
});

test('messages on their way over a delayed link', () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  const arrived: number[] = [];
  const link = new Link<number>((message) => arrived.push(message));
  link.faults = { cut: false, delayMs: 100, dropPercent: 0 };
  for (let n = 1; n <= DELAYED_MAX + 1; n++) link.send(n);
  vi.advanceTimersByTime(200);
  expect(arrived).toHaveLength(DELAYED_MAX);
  expect(arrived.at(-1)).toBe(DELAYED_MAX);
});

test('requests of a client that wait for their answers', async () => {
  const router = await new FakeRouter(() => undefined).listen();
  const client = await Client.connect({ host: '127.0.0.1', port: router.port });
  const lost: string[] = [];
  for (let n = 0; n < WAITING_MAX; n++) client.ask({ op: 'status' }).catch((error: Error) => lost.push(error.message));
  const beyond = client.ask({ op: 'status' });
  await expect(beyond).rejects.toThrow(ConnectionLostError);
  await expect(beyond).rejects.toThrow(`${WAITING_MAX} requests are waiting already`);
  expect(lost).toEqual([]);
  client.close();
  await router.close();
});

/** The table of CONTRIBUTING: a bound, its name, its file. */
const rowsOfTable = () =>
  readFileSync('CONTRIBUTING.md', 'utf8').matchAll(/^\| ([^|]+) \| `([A-Z_]+)` \| `([\w/.-]+)` \|$/gm);

test('CONTRIBUTING names every one of the processes that take connections', () => {
  const named = new Set([...rowsOfTable()].map(([, , name, file]) => `${name} in ${file}`));
  const files = ['core/router', 'core/replica'].flatMap((folder) =>
    readdirSync(folder).map((name) => `${folder}/${name}`),
  );
  const bounds = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/const ([A-Z_]+_MAX) = /g)].map(([, name]) => `${name} in ${file}`),
  );
  expect(bounds.length).toBeGreaterThan(5);
  expect(bounds.filter((bound) => !named.has(bound))).toEqual([]);
});

test('CONTRIBUTING names them as they are', () => {
  const rows = rowsOfTable();
  const wrong: string[] = [];
  let count = 0;
  for (const [, bound = '', name, file = ''] of rows) {
    count++;
    const value = new RegExp(`const ${name} = ([\\d_* ]+);`).exec(readFileSync(file, 'utf8'))?.[1];
    const is = value?.split('*').reduce((product, factor) => product * Number(factor.replaceAll('_', '')), 1);
    if (is !== parsed(bound)) wrong.push(`${name} in ${file} is ${value}, not ${bound}`);
  }
  expect(wrong).toEqual([]);
  expect(count).toBeGreaterThan(20);
});

/** `8 MiB`, `1,000`. */
function parsed(bound: string): number {
  const [number = '', unit] = bound.trim().split(' ');
  const units: Readonly<Record<string, number>> = { KiB: 1024, MiB: 1024 * 1024 };
  return Number(number.replaceAll(',', '')) * (units[unit ?? ''] ?? 1);
}
