// No process outlives the one that started it, however that ends; and no temporary folder.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { until } from './deadline.ts';
import { run } from './lockstep.ts';
import { kill } from './pids.ts';
import { isSettled, Running } from './running.ts';
import { Sandbox } from './sandbox.ts';

/** Whoever dies tells nobody, so this has to look again and again. */
function eventually(isSo: () => boolean, complaint: () => string, deadlineMs: number): Promise<true> {
  const poll = (changed: () => void): (() => void) => {
    const timer = setInterval(changed, 20);
    return () => clearInterval(timer);
  };
  return until(() => isSo() || undefined, poll, complaint, deadlineMs);
}

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('%s ends everything, exit code %i', async (signal, code) => {
  await using cluster = await Running.up();
  await cluster.until(isSettled);
  expect(cluster.sandbox.processes()).toHaveLength(5);
  cluster.program.signal(signal);
  expect(await cluster.program.exit()).toMatchObject({ code });
  expect(cluster.sandbox.processes()).toEqual([]);
  expect(readdirSync(cluster.sandbox.tmp)).toEqual([]);
});

test('kill -9 of the parent, a paused child among its own: all gone within 2 s, the temporary folder too', async () => {
  await using cluster = await Running.up();
  // The router is about to tell the supervisor something whenever that dies.
  const toggle = (): void => {
    cluster.client.request({ op: 'mode', mode: 'sync' }, () => {});
    cluster.client.request({ op: 'mode', mode: 'async' }, (reply) => {
      if (reply.type === 'result') toggle();
    });
  };
  toggle();
  const [paused] = await cluster.followers();
  await cluster.act('pause', paused ?? ('n1' as never));
  cluster.program.signal('SIGKILL');
  const { sandbox } = cluster;
  await eventually(
    () => sandbox.processes().length === 0 && readdirSync(sandbox.tmp).length === 0,
    () => `still there: ${sandbox.processes()} ${readdirSync(sandbox.tmp)}`,
    2000,
  );
});

test('a detached cluster is stopped by down, and what one leaves that is killed is swept at the next start', async () => {
  await using sandbox = new Sandbox();
  const first = await run(['up', '--detach', '--port', '0', '--json'], { sandbox });
  expect(first).toMatchObject({ code: 0, records: [{ event: 'ready' }] });
  const down = await run(['down', '--addr', first.records[0]?.addr], { sandbox });
  expect(down).toMatchObject({ code: 0 });
  await eventually(
    () => sandbox.processes().length === 0 && readdirSync(sandbox.tmp).length === 0,
    () => `still there: ${sandbox.processes()} ${readdirSync(sandbox.tmp)}`,
    5000,
  );

  await run(['up', '--detach', '--port', '0', '--json'], { sandbox });
  const folder = readdirSync(sandbox.tmp).find((name) => name.startsWith('lockstep-up-')) ?? '';
  const lock = JSON.parse(readFileSync(join(sandbox.tmp, folder, 'lock.json'), 'utf8'));
  kill(lock.supervisor.pid);
  await eventually(
    () => sandbox.processes().length === 0,
    () => `still there: ${sandbox.processes()}`,
    5000,
  );
  expect(readdirSync(sandbox.tmp).length).toBeGreaterThan(0);
  await using next = await Running.up([], sandbox);
  expect(readdirSync(sandbox.tmp)).toHaveLength(1);
  await next.until(isSettled);
});

test('a paused child whose parent and router both die is swept at the next start', async () => {
  await using cluster = await Running.up();
  const [paused] = await cluster.followers();
  const { replicas } = await cluster.until(isSettled);
  await cluster.act('pause', paused ?? ('n1' as never));
  const pidOfPaused = replicas.find(({ id }) => id === paused)?.pid;
  // Stopped together, so that neither can see the other go.
  const router = cluster.sandbox
    .processes()
    .filter((pid) => pid !== cluster.program.pid && !replicas.some((r) => r.pid === pid));
  for (const pid of [cluster.program.pid, ...router]) process.kill(pid, 'SIGSTOP');
  for (const pid of [cluster.program.pid, ...router]) process.kill(pid, 'SIGKILL');
  await eventually(
    () => cluster.sandbox.processes().length === 1,
    () => `${cluster.sandbox.processes()}`,
    5000,
  );
  expect(cluster.sandbox.processes()).toEqual([pidOfPaused]);
  await using next = await Running.up([], cluster.sandbox);
  expect(cluster.sandbox.processes()).not.toContain(pidOfPaused);
  expect(readdirSync(cluster.sandbox.tmp)).toHaveLength(1);
  await next.until(isSettled);
});

test('a router that dies is started again on its port, and the mode is kept', async () => {
  await using cluster = await Running.up();
  const { replicas } = await cluster.until(isSettled);
  await cluster.setMode('sync');
  const pids = new Set([cluster.program.pid, ...replicas.map(({ pid }) => pid)]);
  const [router] = cluster.sandbox.processes().filter((pid) => !pids.has(pid));
  if (!router) throw new Error('no router process');
  await cluster.write('a', 'value of a');
  await cluster.write('b', 'value of b');
  const leader = await cluster.leader();
  await cluster.client.ask({ op: 'link', from: leader, to: 'all', fault: { kind: 'delay', ms: 100 } });
  const before = cluster.client.ask({ op: 'read', key: 'a', level: 'linearizable' }).catch(() => 'lost');
  // What it had asked is answered after it died, to its successor.
  await cluster.client.ask({ op: 'status' });
  process.kill(router, 'SIGKILL');
  expect(await before).toBe('lost');
  await cluster.happened('router', ({ restarts }) => restarts === 1);
  await cluster.until((now) => now.leader !== null);
  const read = await cluster.client.ask({ op: 'read', key: 'b', level: 'linearizable' });
  expect(read).toMatchObject({ value: 'value of b' });
  await cluster.client.ask({ op: 'heal' });
  await cluster.leader();
  expect(await cluster.writeUntilOk('key', 'value')).toMatchObject({ mode: 'sync', durableOn: ['n1', 'n2', 'n3'] });
});
