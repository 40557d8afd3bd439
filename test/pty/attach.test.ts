// Dashboards on a cluster that is somebody else's: several of them, and what they say when it cannot be reached.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import type { PanelName } from '../../views/panel-names.ts';
import { isLive } from '../process/pids.ts';
import { Running } from '../process/running.ts';
import { Sandbox } from '../process/sandbox.ts';
import { attach, leaderOf, open, panel, row } from './dashboard.ts';
import { Terminal } from './terminal.ts';

/** What all see alike: the others show what one has asked and selected itself. */
const SHARED: readonly PanelName[] = ['replicas', 'logs', 'links', 'events'];

const sharedOf = (screen: string): string => SHARED.map((name) => panel(screen, name)).join('\n');

/** A way to a cluster that can be cut. */
class Wire implements Disposable {
  readonly #server = createServer((socket) => this.#join(socket));
  readonly #sockets = new Set<Socket>();
  readonly #port: number;
  #isCut = false;

  static async to(addr: string): Promise<Wire> {
    const wire = new Wire(Number(addr.split(':')[1]));
    await once(wire.#server.listen(0, '127.0.0.1'), 'listening');
    return wire;
  }

  private constructor(port: number) {
    this.#port = port;
  }

  get addr(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#isCut = false;
  }

  [Symbol.dispose](): void {
    this.cut();
    this.#server.close();
  }

  #join(near: Socket): void {
    const far = connect(this.#port, '127.0.0.1');
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => {}).on('close', () => other.destroy());
      socket.pipe(other);
    }
    if (this.#isCut) near.destroy();
  }
}

async function routerOf(cluster: Running): Promise<number> {
  const { replicas } = await cluster.until((snapshot) => snapshot.replicas.every(({ pid }) => pid !== null));
  const others = new Set([cluster.program.pid, ...replicas.map(({ pid }) => pid)]);
  const [router, ...more] = cluster.sandbox.processes().filter((pid) => !others.has(pid));
  expect(more).toEqual([]);
  return router as number;
}

test('several see the same, whoever does it; q leaves the cluster and the others running', async () => {
  await using cluster = await Running.up();
  await using one = attach(cluster);
  await using two = attach(cluster);
  await using three = attach(cluster, { columns: 80, rows: 24 });
  const old = await open(one);
  for (const other of [two, three]) expect(await open(other)).toBe(old);

  await cluster.writeUntilOk('elsewhere', 'x');
  one.press('w');
  two.press('w');
  for (const each of [one, two, three]) await each.until(/3 ok +0 rejected +0 unknown|3 ok/);
  // A session of one's own: neither sees the other's last write there, and both have the token of their own.
  for (const each of [one, two]) expect(each.screen()).toMatch(/last write +k1 = v1 +✓ ok at 1:[34] /);
  two.press('m');
  for (const each of [one, two, three]) await each.until(' mode sync ');
  three.press('k');
  for (const each of [one, two, three]) {
    await each.until((now) => row(now, old).includes('✗ down') && !['', old].includes(leaderOf(now)));
  }
  // Each has selected for itself: the one who killed, the dead leader.
  for (const each of [one, two]) each.press(old.slice(1));
  await cluster.leader();
  await one.until((now) => panel(now, 'replicas').includes(`▸ ${old}`) && sharedOf(now) === sharedOf(two.screen()));

  one.press('q');
  expect(await one.exit()).toEqual({ code: 0, signal: 0 });
  two.press('h');
  await three.until((now) => row(now, old).includes('○ follower'));
});

test('the router dies: it is said, and what is shown is old; the new one is found, and no event is shown twice', async () => {
  await using cluster = await Running.up(['--mode', 'async']);
  const router = await routerOf(cluster);
  // High enough for all events.
  await using terminal = attach(cluster, { rows: 70 });
  const leader = await open(terminal);
  terminal.press('w');
  await terminal.until(/last write +k1 = v1 +✓ ok/);
  terminal.press('m');
  await terminal.until('writes are quorum from now on');

  // Its supervisor, stopped, cannot start another one.
  process.kill(cluster.program.pid, 'SIGSTOP');
  process.kill(router, 'SIGKILL');
  await terminal.until((now) => /✗ not connected/.test(now) && now.includes('below: as last known'));
  expect(row(terminal.screen(), leader)).toContain('● leader');
  terminal.press('w');
  await terminal.until('not connected: nothing was sent');
  process.kill(cluster.program.pid, 'SIGCONT');
  await terminal.until((now) => now.includes('● connected') && leaderOf(now) === leader);
  const screen = await terminal.until('the router restarted (once so far)');
  expect(screen).toContain(' mode quorum ');
  const events = panel(screen, 'events').split('\n');
  for (const text of ['writes are quorum from now on', 'the router started', `✓ ${leader} leads term 1`]) {
    expect(
      events.filter((line) => line.includes(text)),
      text,
    ).toHaveLength(1);
  }
  terminal.press('w');
  await terminal.until(/last write +k2 = v2 +✓ ok at 1:\d/);
  terminal.press('t');
  await terminal.until(/last read +k2 = v2 +from n\d/);
});

test('the connection breaks: it is said, and on the next one to the same router no event is shown twice', async () => {
  await using cluster = await Running.up();
  using wire = await Wire.to(cluster.addr);
  await using terminal = new Terminal(['attach', '--addr', wire.addr], { columns: 120, rows: 70 });
  const leader = await open(terminal);
  await cluster.setMode('sync');
  await terminal.until('writes are sync from now on');
  const before = panel(terminal.screen(), 'events').trimEnd();

  wire.cut();
  await terminal.until((now) => now.includes('✗ not connected') && now.includes('below: as last known'));
  await cluster.setMode('async');
  wire.mend();
  await terminal.until((now) => now.includes('● connected') && leaderOf(now) === leader);
  const after = panel(await terminal.until('writes are async from now on'), 'events').trimEnd();
  expect(after.slice(0, before.length)).toBe(before);
  expect(after.slice(before.length)).toMatch(/^\s+\S+ · writes are async from now on: [^\n]+(\n [^:\n]+)?$/);
});

test('the cluster is gone: it is said, q works, and when it is back it is shown again', async () => {
  await using sandbox = new Sandbox();
  const data = `${sandbox.folder}/kept`;
  await using cluster = await Running.up(['--data', data], sandbox);
  const port = cluster.addr.split(':')[1] ?? '';
  await using gone = attach(cluster);
  await using stays = attach(cluster);
  await open(gone);
  await open(stays);
  stays.press('w');
  await stays.until(/last write +k1 = v1 +✓ ok at 1:2/);
  const { replicas } = await cluster.until(() => true);

  process.kill(cluster.program.pid, 'SIGKILL');
  for (const each of [gone, stays]) await each.until((now) => now.includes('✗ not connected'));
  gone.press('w');
  await gone.until('not connected: nothing was sent');
  gone.press('k');
  await gone.until(/^ ✗ /m);
  gone.press('q');
  expect(await gone.exit()).toEqual({ code: 0, signal: 0 });
  for (const { pid } of replicas) await stays.until(() => pid !== null && !isLive(pid));

  await using again = await Running.up(['--data', data, '--port', port], sandbox);
  expect(again.addr).toBe(cluster.addr);
  await stays.until((now) => now.includes('● connected') && leaderOf(now) !== '' && / 2:\d+ /.test(now));
  stays.press('t');
  await stays.until(/last read +k1 = v1 +from n\d at \d:\d+, committed|last read +k1 = v1 +from n\d at \d:\d+/);
});

test('a cluster that is told to go down takes leave of its dashboards', async () => {
  await using cluster = await Running.up();
  await using terminal = attach(cluster);
  await open(terminal);
  expect((await cluster.cli('down')).code).toBe(0);
  await terminal.until('✗ not connected');
  terminal.press('q');
  expect(await terminal.exit()).toEqual({ code: 0, signal: 0 });
});

test('nothing is there: one line that says so, and what to do', async () => {
  await using terminal = new Terminal(['attach', '--addr', '127.0.0.1:1'], { columns: 200 });
  expect(await terminal.exit()).toEqual({ code: 3, signal: 0 });
  expect(terminal.screen()).toMatch(/^lockstep: .*127\.0\.0\.1:1\b.*lockstep.*$/);
  expect(terminal.output).not.toContain('\x1b[?1049h');
});
