import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { openEtcd } from '../bench/peers/client/etcd.ts';
import { FLAG, frame, readFrame, TYPE } from '../bench/peers/client/http2.ts';
import { itemsOf } from '../bench/peers/client/load.ts';
import { execution, message } from '../bench/peers/client/postgres.ts';
import { hasField, putRequest, rangeRequest } from '../bench/peers/client/protobuf.ts';
import { acknowledgedBy, command, replyEnd } from '../bench/peers/client/resp.ts';

test('a command of Redis is an array of bulk strings', () => {
  expect(command('SET', 'load-1', '07')).toBe('*3\r\n$3\r\nSET\r\n$6\r\nload-1\r\n$2\r\n07\r\n');
});

test.each(['+OK\r\n', ':2\r\n', '$3\r\nabc\r\n', '$0\r\n\r\n', '*2\r\n:1\r\n:12\r\n', '*0\r\n'])(
  'a reply of Redis is not there before its last byte: %j',
  (reply) => {
    const bytes = Buffer.from(`:1\r\n${reply}+OK\r\n`);
    const end = 4 + reply.length;
    expect(replyEnd(bytes, 4)).toBe(end);
    for (let cut = 5; cut < end; cut++) expect(replyEnd(bytes.subarray(0, cut), 4), `${cut} bytes`).toBeNull();
  },
);

test('an error of Redis and an absent value are thrown, not counted', () => {
  expect(() => replyEnd(Buffer.from('-READONLY no writes here\r\n'), 0)).toThrow('READONLY no writes here');
  expect(() => replyEnd(Buffer.from('$-1\r\n'), 0)).toThrow('nothing under that key');
});

test.each([
  ['WAIT', ':2\r\n', 2],
  ['WAIT, of a write before that counted one', '', 0, ':1\r\n:0\r\n', 4],
  ['WAITAOF, the master and no replica', '*2\r\n:1\r\n:0\r\n', 0],
  ['WAITAOF, the master and a replica', '*2\r\n:1\r\n:1\r\n', 1],
])('how many replicas have a write: %s', (_, reply, count, bytes = reply, at = 0) => {
  expect(acknowledgedBy(Buffer.from(bytes), at, bytes.length)).toBe(count);
});

test('requests of etcd are as its .proto has them', () => {
  expect(putRequest('ab', 'xyz').toString('hex')).toBe('0a026162120378797a');
  expect(rangeRequest('ab', false).toString('hex')).toBe('0a026162');
  expect(rangeRequest('ab', true).toString('hex')).toBe('0a0261623801');
  expect(() => putRequest('k'.repeat(128), '')).toThrow('too long');
});

test('what a range found is told by its field, past what stands before it', () => {
  const header = '0a06080118ac0220';
  expect(hasField(Buffer.from(`${header}12020a00`, 'hex'), 2)).toBe(true);
  expect(hasField(Buffer.from(`${header}18ac02`, 'hex'), 2)).toBe(false);
  // Within the header, the same number is another field.
  expect(hasField(Buffer.from('0a021202', 'hex'), 2)).toBe(false);
  expect(() => hasField(Buffer.from('18ac', 'hex'), 2)).toThrow('ends within a number');
});

test('a frame is read back, and not before its last byte', () => {
  const bytes = frame(TYPE.data, FLAG.endStream, 77, Buffer.from('payload'));
  expect(readFrame(bytes, 0)).toEqual({ type: 0, flags: 1, stream: 77, payload: Buffer.from('payload') });
  for (let cut = 0; cut < bytes.length; cut++) expect(readFrame(bytes.subarray(0, cut), 0)).toBeNull();
});

test('an HTTP/2 server understands the calls, the first and the later ones, and a call is over with its trailers', async () => {
  const server = createServer();
  const asked: unknown[] = [];
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    const { ':method': method, ':path': path, 'content-type': type, te } = headers;
    stream.on('data', (body: Buffer) => asked.push({ method, path, type, te, body: body.toString('hex') }));
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.respond({ 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.end(Buffer.alloc(5));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());

  const channel = await openEtcd((server.address() as AddressInfo).port, 'write');
  const put = (...values: string[]): Promise<void> =>
    new Promise((done) =>
      channel.issue(
        values.map((value) => ({ key: 'k', value })),
        done,
      ),
    );
  await put('1', '2');
  await put('3');
  channel.close();

  const call = { method: 'POST', path: '/etcdserverpb.KV/Put', type: 'application/grpc', te: 'trailers' };
  expect(asked).toEqual(['1', '2', '3'].map((value) => ({ ...call, body: `00000000060a016b12013${value}` })));
});

test('messages of PostgreSQL carry their length', () => {
  expect(Buffer.from(message('Q', 'abc'), 'latin1').toString('hex')).toBe('5100000007616263');
  const bind = '4200000018' + '00' + '7300' + '0000' + '0002' + '0000000161' + '000000026262' + '0000';
  const execute = '4500000009' + '00' + '00000000';
  expect(Buffer.from(execution('a', 'bb'), 'latin1').toString('hex')).toBe(bind + execute);
});

test('no two connections write one key, and all keys are those of the load', () => {
  const shape = { connections: 16, together: 64 } as const;
  const keys = Array.from({ length: 16 }, (_, i) => new Set(itemsOf(i, { ...job, ...shape })().map(({ key }) => key)));
  expect(new Set(keys.flatMap((own) => [...own])).size).toBe(keys.reduce((sum, own) => sum + own.size, 0));
  const alone = itemsOf(0, { ...job, connections: 1, together: 998 })();
  expect(alone.map(({ key }) => key)).toEqual([...Array.from({ length: 997 }, (_, i) => `load-${i}`), 'load-0']);
  expect(alone[7]?.value).toBe('0000000000000007');
});

const job = {
  dialect: 'redis',
  operation: 'write',
  ports: [],
  inFlight: 64,
  warmUpMs: 0,
  measureMs: 0,
  serverPids: [],
} as const;
