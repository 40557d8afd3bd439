import { beforeEach, expect, test, vi } from 'vitest';
import { main } from '../../cli/main.ts';
import { type ClusterOptions, type LocalCluster, startCluster } from '../../core/cluster/local.ts';
import { StartError } from '../../core/cluster/start-error.ts';
import type { ClusterEvent } from '../../core/observe/events.ts';
import { replicaId } from '../../core/protocol/position.ts';
import { FakeIo } from './support/fake-io.ts';

vi.mock('../../core/cluster/local.ts', () => ({ startCluster: vi.fn() }));

const started = vi.mocked(startCluster);
let end: PromiseWithResolvers<{ reason: string; failed: boolean }>;
let stopped: PromiseWithResolvers<void> | null = null;
let stops = 0;

beforeEach(() => {
  end = Promise.withResolvers();
  stopped = null;
  stops = 0;
  started.mockReset();
  started.mockImplementation(async (_options, onEvent) => {
    onEvent?.(event(1));
    queueMicrotask(() => setImmediate(() => onEvent?.(event(2))));
    return cluster();
  });
});

const event = (n: number): ClusterEvent => ({ n, at: 0, what: { type: 'healed' } });

function cluster(): LocalCluster {
  return {
    addr: '127.0.0.1:4000',
    host: '127.0.0.1',
    port: 4000,
    cluster: 'c',
    replicas: [replicaId('n1'), replicaId('n2')],
    data: '/data\x1b',
    secretFile: '/data/secret',
    unlisted: null,
    down: [],
    stop: async () => {
      stops++;
      await stopped?.promise;
    },
    ended: end.promise,
  };
}

function up(...words: string[]): { readonly io: FakeIo; readonly exit: Promise<number> } {
  const io = new FakeIo();
  return { io, exit: main(['up', ...words], io) };
}

const options = (): ClusterOptions | undefined => started.mock.calls[0]?.[0];

test('up --json: ready first, then what happens; a signal stops it in good order', async () => {
  const { io, exit } = up('--json', '--replicas', '2', '--port', '0', '--data', '/data', '--tempo', 'fast');
  await io.until(() => io.stdout.includes('"n":2'));
  expect(options()).toEqual({
    replicas: 2,
    mode: 'quorum',
    host: '127.0.0.1',
    port: 0,
    data: '/data',
    tempo: 'fast',
  });
  io.stop('SIGTERM');
  expect(await exit).toBe(143);
  expect(stops).toBe(1);
  const text = 'healed: every link is whole, every replica runs';
  const ready = {
    v: 1,
    event: 'ready',
    addr: '127.0.0.1:4000',
    port: 4000,
    replicas: ['n1', 'n2'],
    secretFile: '/data/secret',
    down: [],
  };
  expect(io.records).toEqual([
    ready,
    { v: 1, event: 'happened', ...event(1), text },
    { v: 1, event: 'happened', ...event(2), text },
  ]);
  expect(io.told.map((line) => JSON.parse(line))).toEqual([ready]);
  expect(io.isListening).toBe(false);
});

test('up for people says where it is and how to use it', async () => {
  const { io, exit } = up();
  await io.until(() => io.stdout.includes('Ctrl-C'));
  expect(options()).toEqual({
    replicas: null,
    mode: 'quorum',
    host: '127.0.0.1',
    port: 7400,
    data: null,
    tempo: 'normal',
  });
  io.stop('SIGHUP');
  expect(await exit).toBe(129);
  expect(io.stdout).toContain('ready at 127.0.0.1:4000: n1 n2, data in /data\\x1b\n');
  expect(io.stdout).toContain('lockstep status --addr 127.0.0.1:4000\n');
  expect(io.stdout).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}healed: every link is whole/);
});

test('the second signal does not wait', async () => {
  stopped = Promise.withResolvers();
  const { io, exit } = up();
  await io.until(() => io.stdout.includes('Ctrl-C'));
  io.stop('SIGINT');
  await io.until(() => io.stdout.includes('stopping'));
  io.stop('SIGINT');
  expect(await exit).toBe(130);
});

test.each([true, false])(
  'a signal while it starts: stopped once it has started, or not at all; started: %s',
  async (starts) => {
    const starting = Promise.withResolvers<LocalCluster>();
    started.mockReturnValue(starting.promise);
    const { io, exit } = up('--json');
    await io.until(() => io.isListening);
    io.stop('SIGINT');
    if (starts) starting.resolve(cluster());
    else starting.reject(new StartError('no leader', { code: 'no-leader' }));
    expect(await exit).toBe(130);
    expect(stops).toBe(starts ? 1 : 0);
    expect(io.stdout + io.stderr).toBe('');
  },
);

test('what stops it from starting is one line, with its code', async () => {
  started.mockRejectedValue(new StartError('port 7400 is taken\nby another', { code: 'port-in-use' }));
  const plain = up();
  expect(await plain.exit).toBe(1);
  expect(plain.io.stderr).toBe('lockstep: port 7400 is taken by another\n');
  const json = up('--json');
  expect(await json.exit).toBe(1);
  const error = { v: 1, error: { code: 'port-in-use', message: 'port 7400 is taken\nby another' } };
  expect(json.io.records).toEqual([error]);
  expect(json.io.told.map((line) => JSON.parse(line))).toEqual([error]);
});

test.each([
  [{ reason: 'stopped by a client', failed: false }, 0],
  [{ reason: 'the router cannot be kept up', failed: true }, 1],
])('it ends by itself: %j', async (reason, code) => {
  const { io, exit } = up();
  await io.until(() => io.stdout.includes('Ctrl-C'));
  end.resolve(reason);
  expect(await exit).toBe(code);
  expect(reason.failed ? io.stderr : io.stdout).toContain(reason.reason);
  expect(stops).toBe(0);
});

test.each([['play'], ['play --json'], ['']])('without a terminal, "%s" is what up is', async (words) => {
  const io = new FakeIo();
  const exit = main(words.split(' ').filter(Boolean), io);
  await io.until(() => io.stdout.includes('ready'));
  io.stop('SIGINT');
  expect(await exit).toBe(130);
  expect(io.stdout).not.toContain('\x1b');
});
