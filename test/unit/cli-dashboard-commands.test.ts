import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { Context, type Run } from '../../cli/context.ts';
import { showDashboard } from '../../cli/dashboard.ts';
import { DashboardCommands, type DashboardCommandsOptions } from '../../cli/dashboard-commands.ts';
import { main } from '../../cli/main.ts';
import { buildProgram } from '../../cli/program.ts';
import type { Commander } from '../../views/commander.ts';
import { FakeIo } from './support/fake-io.ts';
import { FakeRouter, unusedPort } from './support/fake-router.ts';
import { FakeCluster, snapshotChange } from './views-fakes.ts';

const routers: FakeRouter[] = [];
afterEach(async () => {
  for (const router of routers.splice(0)) await router.close();
});

async function start(answer?: ConstructorParameters<typeof FakeRouter>[0]): Promise<FakeRouter> {
  const router = new FakeRouter(answer);
  routers.push(router);
  return router.listen();
}

const context = new Context(new FakeIo(), main);
const program = buildProgram(context);

function commands(options: Partial<DashboardCommandsOptions> = {}): DashboardCommands {
  const { env } = new FakeIo();
  return new DashboardCommands({
    program,
    run: main,
    env,
    addr: 'nowhere:1',
    replicas: () => ['n1', 'n2'],
    ...options,
  });
}

interface Ran {
  readonly lines: string[];
  readonly exit: Promise<number>;
  readonly stop: () => void;
  /** Settles at the next line. */
  readonly nextLine: () => Promise<void>;
}

function run(commander: Commander, line: string, columns?: () => number): Ran {
  const lines: string[] = [];
  const ended = Promise.withResolvers<number>();
  let next = Promise.withResolvers<void>();
  const onLine = (text: string): void => {
    lines.push(text);
    next.resolve();
    next = Promise.withResolvers();
  };
  const stop = commander.run(line, onLine, ended.resolve, columns);
  return { lines, exit: ended.promise, stop, nextLine: () => next.promise };
}

/** Runs a line to its end. */
async function ended(commander: Commander, line: string, columns?: () => number) {
  const { lines, exit } = run(commander, line, columns);
  return { exit: await exit, lines };
}

const OK = { v: 1, outcome: 'ok', position: '2:17', mode: 'async', durableOn: ['n1'], ms: 2 };

describe('a line', () => {
  test.each([
    ['write x 1 --mode async', { op: 'write', key: 'x', value: '1', mode: 'async' }],
    ['  lockstep   put x "two words"', { op: 'write', key: 'x', value: 'two words' }],
    [`del 'it'"'"'s'`, { op: 'delete', key: "it's" }],
    ['write x ""', { op: 'write', key: 'x', value: '' }],
  ])('%s', async (line, request) => {
    const router = await start(() => OK);
    const { exit, lines } = await ended(commands({ addr: router.addr }), line);
    expect(exit).toBe(0);
    expect(lines).toEqual(['ok 2:17 (async, durable on n1, 2.0 ms)']);
    expect(router.asked).toEqual([request]);
  });

  test('is about the cluster that is shown, whatever the environment says, unless it names another', async () => {
    const [shown, other] = [await start(() => OK), await start(() => OK)];
    const env = { ...new FakeIo().env, LOCKSTEP_ADDR: other.addr, LOCKSTEP_PORT: `${other.port}` };
    const commander = commands({ addr: shown.addr, env });
    expect((await ended(commander, 'write x 1')).exit).toBe(0);
    expect([shown.asked.length, other.asked.length]).toEqual([1, 0]);
    expect((await ended(commander, `write x 1 --addr ${other.addr}`)).exit).toBe(0);
    expect([shown.asked.length, other.asked.length]).toEqual([1, 1]);
  });

  test.each([
    ['lockstep write x', 2, /^lockstep: missing required argument 'value'/],
    ['wirte x 1', 2, /^lockstep: unknown command 'wirte' \(did you mean write\?\)/],
    ['write x "1', 2, /^lockstep: a quote \("\) is opened and not closed$/],
    ['write x \'1"', 2, /^lockstep: a quote \('\) is opened and not closed$/],
    ['play', 2, /^lockstep: a dashboard is open already; .* lockstep play --port 0$/],
    ['lockstep', 2, /lockstep play/],
    ['--replicas 5', 2, /lockstep play/],
    ['up --detach', 2, /^lockstep: a cluster is running already; .* lockstep up --port 0$/],
    ['router --cluster x.json', 2, /^lockstep: a router runs until it is stopped: .* lockstep router$/],
    ['attach', 2, /^lockstep: a dashboard is open already; .* lockstep attach --addr nowhere:1$/],
    ['play --json', 2, /^\{"v":1,"error":\{"code":"usage","message":"a dashboard is open/],
  ])('that is refused is one line: %s', async (line, code, text) => {
    const { exit, lines } = await ended(commands(), line);
    expect(exit).toBe(code);
    expect(lines).toEqual([expect.stringMatching(text)]);
  });

  test('without a cluster there says so', async () => {
    const { exit, lines } = await ended(commands({ addr: `127.0.0.1:${await unusedPort()}` }), 'status');
    expect(exit).toBe(3);
    expect(lines).toEqual([expect.stringMatching(/^lockstep: no cluster at 127/)]);
  });

  test('of blanks does nothing', async () => {
    expect(await ended(commands(), '  ')).toEqual({ exit: 0, lines: [] });
  });

  test.each([['help'], ['--help'], ['help up'], ['write --help'], ['play -h']])('%s prints help', async (line) => {
    const { exit, lines } = await ended(commands(), line);
    expect(exit).toBe(0);
    expect(lines.find((each) => each !== '')).toMatch(/^Usage: lockstep /);
  });

  test('of help is as wide as the place', async () => {
    const widest = async (columns: number): Promise<number> => {
      const { lines } = await ended(commands(), 'write --help', () => columns);
      return Math.max(...lines.filter((line) => line.startsWith('  --')).map((line) => line.length));
    };
    expect(await widest(64)).toBeLessThanOrEqual(64);
    expect(await widest(Number.POSITIVE_INFINITY)).toBeGreaterThan(64);
  });
});

describe('output', () => {
  test('comes by whole lines, and what is unfinished at the end', async () => {
    const fake: Run = async (_argv, io) => {
      io.out('a');
      io.err('b\n');
      io.out('c\n\nd');
      io.err('e');
      return 7;
    };
    expect(await ended(commands({ run: fake }), 'x')).toEqual({ exit: 7, lines: ['b', 'ac', '', 'd', 'e'] });
  });

  test('does not begin before run has returned', async () => {
    let hasReturned = false;
    const seen: boolean[] = [];
    const over = Promise.withResolvers<void>();
    commands().run(
      'play',
      () => seen.push(hasReturned),
      () => over.resolve(void seen.push(hasReturned)),
    );
    hasReturned = true;
    await over.promise;
    expect(seen).toEqual([true, true]);
  });

  test('is for no terminal, without colour, and as wide as the place', async () => {
    let world: unknown;
    const fake: Run = async (_argv, { isTerminal, columns, env }) => {
      world = { isTerminal, columns: columns(), noColor: env.NO_COLOR, home: env.HOME };
      return 0;
    };
    await ended(commands({ run: fake }), 'x', () => 42);
    expect(world).toEqual({ isTerminal: false, columns: 42, noColor: '1', home: '/nonexistent' });
  });
});

describe('stopping', () => {
  test('load ends in good order', async () => {
    const router = await start(({ op }) => (op === 'write' ? OK : { v: 1, ok: true }));
    const { lines, exit, stop, nextLine } = run(commands({ addr: router.addr }), 'load --rate 200');
    await nextLine();
    stop();
    expect(await exit).toBe(0);
    expect(lines.at(-1)).toMatch(/^in all: \d+ ok, 0 rejected, 0 unknown$/);
  });

  test('who does not listen is abandoned, and its connection is closed', async () => {
    const asked = Promise.withResolvers<Socket>();
    const router = await start((_request, socket) => void asked.resolve(socket));
    const { lines, exit, stop } = run(commands({ addr: router.addr }), 'write x v --count 1000');
    const socket = await asked.promise;
    const closed = once(socket, 'close');
    stop();
    expect(await exit).toBe(130);
    await closed;
    expect(lines).toEqual([]);
  });

  test('who listens and does not end is abandoned the second time', async () => {
    const signals: string[] = [];
    const fake: Run = (_argv, io) => {
      io.onStop((signal) => {
        signals.push(signal);
        io.out(`${signal}\n`);
      });
      io.out('ready\n');
      return new Promise(() => {});
    };
    const { lines, exit, stop, nextLine } = run(commands({ run: fake }), 'x');
    await nextLine();
    stop();
    expect(signals).toEqual(['SIGINT']);
    stop();
    expect(await exit).toBe(130);
    expect(lines.slice(0, 2)).toEqual(['ready', 'SIGINT']);
  });

  test('what is stopped before it is connected asks for nothing', async () => {
    const router = await start();
    const commander = commands({ addr: router.addr });
    const { exit, stop } = run(commander, 'kill leader');
    stop();
    expect(await exit).toBe(130);
    // Its connection, should it still come, came before this one's.
    expect((await ended(commander, 'heal')).exit).toBe(0);
    expect(router.asked.map(({ op }) => op)).toEqual(['heal']);
  });

  test('what is printed after the end is not heard', async () => {
    let print = (_text: string): void => {};
    const fake: Run = async (_argv, io) => {
      print = io.out;
      return 0;
    };
    const { lines } = await ended(commands({ run: fake }), 'x');
    print('late\n');
    expect(lines).toEqual([]);
  });

  test('close stops all that runs', async () => {
    const commander = commands({ run: () => new Promise(() => {}) });
    const both = [run(commander, 'x').exit, run(commander, 'y').exit];
    commander.close();
    expect(await Promise.all(both)).toEqual([130, 130]);
  });
});

describe('the dashboard', () => {
  const looks = { theme: 'light', ascii: true, mouse: false, noColor: true } as const;
  const endless: Run = () => new Promise(() => {});
  const shown = {
    context: new Context(new FakeIo(), endless),
    program,
    place: { host: '127.0.0.1', port: 7401, secretFile: '/data/secret' },
    looks,
  };
  type Open = Parameters<typeof showDashboard>[0];

  test('is handed its looks, and commands that know the replicas; at its end they are stopped', async () => {
    const cluster = new FakeCluster();
    let given: unknown;
    let exit: Promise<number> | undefined;
    const open: Open = async (_cluster, { commander, signal: _signal, ...others }) => {
      expect(commander.complete('log ')).toEqual([]);
      cluster.emit(snapshotChange());
      given = { ...others, replicas: commander.complete('log ').map(({ word }) => word) };
      exit = run(commander, 'x').exit;
      return 'quit';
    };
    expect(await showDashboard(open, cluster, shown, () => new Promise<never>(() => {}))).toBe('quit');
    expect(given).toEqual({ title: '127.0.0.1:7401', looks, replicas: ['n1', 'n2', 'n3'] });
    expect(await exit).toBe(130);
    expect(cluster.watched).toBe(false);
  });

  test('is closed when what it shows is over, and then that is the answer', async () => {
    const open: Open = async (_cluster, { signal }) => {
      if (signal && !signal.aborted) await once(signal, 'abort');
      return 'quit';
    };
    expect(await showDashboard(open, new FakeCluster(), shown, () => Promise.resolve('over'))).toBe('over');
  });
});
