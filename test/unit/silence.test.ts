// Connections that die and nobody says so: one side says that it is there, the other ends what says nothing.
import { once } from 'node:events';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ALIVE_MS, endWhenSilent, sayAlive } from '../../core/wire/silence.ts';

let server: Server;
let [here, there]: [Socket, Socket] = [] as never;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  here = createConnection({ host: '127.0.0.1', port: (server.address() as { port: number }).port });
  [there] = await once(server, 'connection');
  here.on('error', () => {});
  there.on('error', () => {});
});
afterEach(() => {
  vi.useRealTimers();
  here.destroy();
  there.destroy();
  server.close();
});

test('silence ends it, after six looks and not before', () => {
  endWhenSilent(here);
  vi.advanceTimersByTime(5 * ALIVE_MS);
  expect(here.destroyed).toBe(false);
  vi.advanceTimersByTime(ALIVE_MS);
  expect(here.destroyed).toBe(true);
});

test('whatever comes puts it off, half a line too', async () => {
  endWhenSilent(here);
  vi.advanceTimersByTime(5 * ALIVE_MS);
  there.write('x');
  await once(here, 'data');
  vi.advanceTimersByTime(6 * ALIVE_MS);
  expect(here.destroyed).toBe(false);
  vi.advanceTimersByTime(ALIVE_MS);
  expect(here.destroyed).toBe(true);
});

test('who says that it is there is not ended', async () => {
  endWhenSilent(here);
  sayAlive(there);
  for (let beat = 0; beat < 20; beat++) {
    const said = once(here, 'data');
    vi.advanceTimersByTime(ALIVE_MS);
    expect(String((await said)[0])).toBe('{"type":"alive"}\n');
  }
  expect(here.destroyed).toBe(false);
});

test('to one who takes nothing in, it says so a bounded number of times', () => {
  here.pause();
  there.cork();
  sayAlive(there);
  vi.advanceTimersByTime(100_000 * ALIVE_MS);
  expect(there.writableLength).toBeLessThan(128 * 1024);
});

test('a closed connection has no timers', async () => {
  endWhenSilent(here);
  sayAlive(there);
  there.destroy();
  here.resume();
  await once(here, 'close');
  expect(vi.getTimerCount()).toBe(0);
});
