import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { endAfterLines, LINE_BYTES_MAX, readLines, writeLine } from '../../core/wire/lines.ts';

const BYTES_MAX = 64;
const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

test('lines arrive whole and in order, however they are cut into packets', async () => {
  const text = '{"a":1}\n\n{"b":"žluťoučký 🐎"}\r\n{"c":3}\n';
  const expected = ['{"a":1}', '', '{"b":"žluťoučký 🐎"}\r', '{"c":3}'];
  const bytes = Buffer.from(text);
  for (let size = 1; size <= bytes.length; size++) {
    const reader = await listen();
    for (let at = 0; at < bytes.length; at += size) await reader.deliver(bytes.subarray(at, at + size));
    expect(reader.lines, `in packets of ${size}`).toEqual(expected);
  }
});

test('half a line at the end of the stream is not a line', async () => {
  const reader = await listen();
  reader.client.end('{"a":1}\n{"half":');
  await reader.closed;
  expect(reader.lines).toEqual(['{"a":1}']);
  expect(reader.refusals).toEqual([]);
});

test('a line of exactly the bound is taken, in one packet and in many', async () => {
  const line = 'é'.repeat(BYTES_MAX / 2);
  const reader = await listen();
  await reader.deliver(Buffer.from(`${line}\n`));
  await reader.deliver(Buffer.from(line).subarray(0, 10));
  await reader.deliver(Buffer.from(line).subarray(10));
  await reader.deliver(Buffer.from('\n'));
  expect(reader.lines).toEqual([line, line]);
});

test.each([
  ['a whole line in one packet', ['ok\n', `${'x'.repeat(BYTES_MAX + 1)}\nnever\n`]],
  ['a whole line that is too long only in bytes', ['ok\n', `${'é'.repeat(BYTES_MAX / 2)}x\nnever\n`]],
  ['a line that ends in a later packet', ['ok\n', 'x'.repeat(BYTES_MAX), 'x\nnever\n']],
  ['a line that does not end', ['ok\n', 'x'.repeat(BYTES_MAX), 'x']],
  ['the rest of a packet', [`ok\n${'x'.repeat(BYTES_MAX + 1)}`]],
])('beyond the bound, refused: %s', async (_what, packets) => {
  const reader = await listen();
  for (const packet of packets) await reader.deliver(Buffer.from(packet));
  await reader.closed;
  expect(reader.refusals).toEqual([`a line is longer than ${BYTES_MAX} bytes; send one JSON object a line`]);
  expect(reader.lines).toEqual(['ok']);
  expect(reader.socket.destroyed).toBe(true);
});

test.each([
  ['a stray byte', [Buffer.from([0x61, 0xff, 0x0a])]],
  ['half a character, then a newline', [Buffer.from([0x61, 0xe2, 0x82]), Buffer.from([0x0a, 0x61, 0x0a])]],
  ['a surrogate', [Buffer.from([0xed, 0xa0, 0x80, 0x0a])]],
])('what is not UTF-8 is refused: %s', async (_what, packets) => {
  const reader = await listen();
  for (const packet of packets) await reader.deliver(packet);
  await reader.closed;
  expect(reader.refusals).toEqual(['a line is not valid UTF-8; send UTF-8, one JSON object a line']);
  expect(reader.lines).toEqual([]);
});

test('a last line can be written to whoever was refused', async () => {
  const reader = await listen({ onRefused: (socket) => writeLine(socket, 'because') });
  let got = '';
  reader.client.on('data', (data) => {
    got += data;
  });
  reader.client.write('x'.repeat(BYTES_MAX + 1));
  await reader.closed;
  await once(reader.client, 'close');
  expect(got).toBe('because\n');
});

test('no line is delivered once the socket is destroyed, be it by the one before', async () => {
  const reader = await listen({ onLine: (socket) => socket.destroy() });
  reader.client.write('one\ntwo\nthree\n');
  await reader.closed;
  expect(reader.lines).toEqual(['one']);
});

test('a connection that is reset is an end like any other', async () => {
  const reader = await listen();
  await reader.deliver(Buffer.from('one\n'));
  reader.client.resetAndDestroy();
  await reader.closed;
  expect(reader.lines).toEqual(['one']);
});

test('32 MB without a newline is refused at the bound, and costs neither time nor memory', async () => {
  const reader = await listen({ bytesMax: LINE_BYTES_MAX });
  const cpu = process.cpuUsage();
  const packet = Buffer.alloc(64 * 1024, 'x');
  let handed = 0;
  while (handed < 32 * 1024 * 1024 && !reader.socket.destroyed) {
    reader.socket.emit('data', packet);
    handed += packet.length;
  }
  const { user, system } = process.cpuUsage(cpu);
  expect(handed).toBe(LINE_BYTES_MAX + packet.length);
  expect(reader.refusals).toHaveLength(1);
  // split2 by itself takes more than 10 s for the 32 MB; the first 8 MB are most of a second of that.
  expect((user + system) / 1000).toBeLessThan(500);
});

test('a long line in tiny packets costs linear work', async () => {
  const reader = await listen({ bytesMax: LINE_BYTES_MAX });
  const cpu = process.cpuUsage();
  const packet = Buffer.alloc(16, 'x');
  for (let sent = 0; sent < 4 * 1024 * 1024; sent += packet.length) reader.socket.emit('data', packet);
  reader.socket.emit('data', Buffer.from('\n'));
  const { user, system } = process.cpuUsage(cpu);
  expect(reader.lines.map((line) => line.length)).toEqual([4 * 1024 * 1024]);
  // Quadratic work would be 262,144 packets × 2 MB: minutes.
  expect((user + system) / 1000).toBeLessThan(2000);
});

test('lines written in one turn go out as one packet, and none to a closed socket', async () => {
  const reader = await listen();
  const packets: string[] = [];
  reader.client.on('data', (data) => packets.push(String(data)));
  expect(writeLine(reader.socket, '{"n":1}')).toBe(true);
  expect(writeLine(reader.socket, '{"n":2}')).toBe(true);
  await once(reader.client, 'data');
  expect(packets).toEqual(['{"n":1}\n{"n":2}\n']);
  reader.socket.destroy();
  expect(writeLine(reader.socket, '{"n":3}')).toBe(false);
});

test('after the end nothing is written, and what was before still goes out', async () => {
  const reader = await listen();
  const errors: Error[] = [];
  reader.socket.on('error', (error) => errors.push(error));
  let got = '';
  reader.client.on('data', (data) => {
    got += data;
  });
  writeLine(reader.socket, 'last');
  endAfterLines(reader.socket, 'politely');
  expect(writeLine(reader.socket, 'late')).toBe(false);
  await reader.closed;
  expect({ got, errors }).toEqual({ got: 'last\n', errors: [] });
});

interface Setup {
  readonly bytesMax?: number;
  readonly onLine?: (socket: Socket) => void;
  readonly onRefused?: (socket: Socket) => void;
}

/** A connection over the loopback whose server end is read by `readLines`. */
async function listen(setup: Setup = {}) {
  const lines: string[] = [];
  const refusals: string[] = [];
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const client = connect({ port, host: '127.0.0.1', noDelay: true });
  const [[socket]] = (await Promise.all([once(server, 'connection'), once(client, 'connect')])) as unknown as [
    [Socket],
  ];
  client.on('error', () => {});
  client.resume();
  cleanups.push(() => {
    client.destroy();
    socket.destroy();
    server.close();
  });
  readLines(
    socket,
    { bytesMax: setup.bytesMax ?? BYTES_MAX },
    (line) => {
      lines.push(line);
      setup.onLine?.(socket);
    },
    (reason) => {
      refusals.push(reason);
      setup.onRefused?.(socket);
    },
  );
  const closed = new Promise((resolve) => socket.once('close', resolve));
  /** Sends one packet and waits until it was read. */
  const deliver = async (packet: Buffer): Promise<void> => {
    const read = Promise.race([once(socket, 'data'), closed]);
    client.write(packet);
    await read;
  };
  return { socket, client, lines, refusals, closed, deliver };
}
