// A network that swallows everything and closes nothing: only the replicas' own heartbeats can tell.
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { type Json, Lockstep } from '../../process/lockstep.ts';
import { Sandbox } from '../../process/sandbox.ts';
import { needs } from './needs.ts';

/** A network of its own, where rules that are added with a lower number come before what is local. */
const ownNetwork = 'ip link set lo up && ip rule add pref 100 lookup local && ip rule del pref 0 && exec "$@"';

/** A cluster in a network namespace, and what is done in there. */
class Isolated {
  readonly cluster: Lockstep;
  readonly #sandbox: Sandbox;

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
    const via = ['unshare', '-n', 'sh', '-c', ownNetwork, 'sh'];
    this.cluster = new Lockstep(['up', '--port', '0', '--json'], { sandbox, via });
  }

  lockstep(...args: readonly string[]): Lockstep {
    return new Lockstep([...args, '--json'], { sandbox: this.#sandbox, via: this.#inside() });
  }

  async ask(...args: readonly string[]): Promise<Json> {
    await using program = this.lockstep(...args);
    await program.exit();
    return program.records[0] ?? {};
  }

  /** From now on every packet of every connection of this process disappears, either way. Gives how to end that. */
  swallow(pid: number): () => void {
    const ports = new Set<string>();
    for (const line of this.#run('ss', '-Htanp').split('\n')) {
      if (line.includes(`pid=${pid},`)) ports.add(/:(\d+)\s/.exec(line)?.[1] ?? '');
    }
    const rules = [...ports]
      .flatMap((port) => [`sport ${port}`, `dport ${port}`])
      .map((which, index) => {
        return `pref ${index + 1} ipproto tcp ${which} blackhole`;
      });
    for (const rule of rules) this.#run('ip', 'rule', 'add', ...rule.split(' '));
    return () => {
      for (const rule of rules) this.#run('ip', 'rule', 'del', ...rule.split(' '));
    };
  }

  #inside(): readonly string[] {
    return ['nsenter', `--net=/proc/${this.cluster.pid}/ns/net`];
  }

  #run(...command: readonly string[]): string {
    const [program = '', ...args] = [...this.#inside(), ...command];
    const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${command.join(' ')}: ${stderr}`);
    return stdout;
  }
}

const isEvent = (type: string, id: string) => (record: Json) =>
  record.what?.type === 'replica' && record.what.event.type === type && record.what.id === id;

test('connections of the leader that carry nothing any more and stay open', async (context) => {
  needs('network namespaces', context);
  await using sandbox = new Sandbox();
  const place = new Isolated(sandbox);
  const { addr } = await place.cluster.until((record) => record.event === 'ready');
  const before = await place.ask('status', '--addr', addr);
  expect(await place.ask('write', 'key', 'before', '--addr', addr)).toMatchObject({ outcome: 'ok' });
  const leader = before.replicas.find(({ id }: Json) => id === before.leader);

  const mark = place.cluster.mark();
  const restore = place.swallow(leader.pid);
  const { what } = await place.cluster.until(
    ({ what: it }) => it?.type === 'replica' && it.event.type === 'elected' && it.id !== leader.id,
    { from: mark },
  );
  expect(what.event.term).toBe(before.term + 1);
  for (let n = 0; n < 5; n++) {
    const written = await place.ask('write', 'key', `after ${n}`, '--addr', addr);
    expect(written).toMatchObject({ outcome: 'ok' });
    expect(written.durableOn).not.toContain(leader.id);
  }
  expect(await place.ask('read', 'key', '--linearizable', '--addr', addr)).toMatchObject({ value: 'after 4' });

  restore();
  // It knew by itself, before it heard of a successor.
  const gaveWay = await place.cluster.until(isEvent('stepped-down', leader.id), { from: mark, deadlineMs: 60_000 });
  expect(gaveWay.what.event.cause).toBe('no-quorum');
  await place.cluster.until(isEvent('following', leader.id), { from: mark, deadlineMs: 60_000 });
  let last: Json = {};
  for (let tries = 0; last.outcome !== 'ok' && tries < 100; tries++) {
    last = await place.ask('write', 'key', 'by all', '--mode', 'sync', '--addr', addr);
  }
  expect(last).toMatchObject({ outcome: 'ok', durableOn: ['n1', 'n2', 'n3'] });
});
