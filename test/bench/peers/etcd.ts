import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import type { Sandbox } from '../../process/sandbox.ts';
import type { About, Case, Engine } from './engine.ts';
import { fill, runCase, type Trio } from './native.ts';
import { freePorts, output, ready, Server } from './server.ts';

interface Member {
  readonly server: Server;
  readonly port: number;
}

/** Three members, as they come. */
export function etcd(sandbox: Sandbox): Engine {
  let members: Member[] = [];
  let starts = 0;

  const trio = async (): Promise<Trio> => {
    const leaders = await Promise.all(members.map(({ port }) => leads(port)));
    const ports = members.map(({ port }) => port);
    return {
      dialect: 'etcd',
      leaderPort: ports[leaders.indexOf(true)] ?? 0,
      replicaPorts: ports.filter((_, i) => !leaders[i]),
      serverPids: members.map(({ server }) => server.pid),
    };
  };
  return {
    name: 'etcd',
    missing: () => (output('etcd', '--version') === null ? 'apt-get install etcd-server' : null),
    about,
    start: async () => {
      members = await startMembers(sandbox, starts++);
      await ready(
        members.map(({ server }) => server),
        async () => (await Promise.all(members.map(({ port }) => leads(port)))).includes(true),
      );
      await fill(await trio(), sandbox);
    },
    refusal: ({ together }: Case) => (together > 1 ? 'answers each of many under way on a connection by itself' : null),
    remark: () => null,
    run: async (of, pace) => runCase(of, pace, await trio(), sandbox),
    stop: async () => {
      await Promise.all(members.map(({ server }) => server.end('SIGTERM')));
      members = [];
    },
    failover: async () => {
      const at = await trio();
      const leader = members.find(({ port }) => port === at.leaderPort);
      if (leader === undefined) throw new Error('etcd has no leader');
      const survivors = members.filter((member) => member !== leader);
      // The load's clients are the leader's: they end with it.
      const load = runCase(LOAD, { warmUpMs: LOAD_MS, measureMs: LOAD_MS }, at, sandbox).catch(() => {});
      await pass(LOAD_MS);
      const tookMs = await takeover(leader, survivors);
      await load;
      return tookMs;
    },
  };
}

function about(): About {
  return {
    version: output('etcd', '--version')?.split('\n')[0] ?? '',
    settings: ['heartbeat-interval 100 ms and election-timeout 1000 ms, as by default'],
    client: 'ours, gRPC over HTTP/2',
    promises: [
      'write: fsynced by 2 of 3',
      'replica read: serializable, of both followers',
      'linearizable read: of the leader, which asks a quorum whether it still is (read index)',
    ],
  };
}

async function startMembers(sandbox: Sandbox, start: number): Promise<Member[]> {
  const ports = await freePorts(6);
  const names = ['m1', 'm2', 'm3'];
  const url = (port: number | undefined): string => `http://127.0.0.1:${port}`;
  const cluster = names.map((name, i) => `${name}=${url(ports[i + 3])}`).join(',');
  return names.map((name, i) => {
    const folder = join(sandbox.folder, `etcd-${start}-${name}`);
    const [client, peer] = [url(ports[i]), url(ports[i + 3])];
    const command = ['etcd', '--name', name, '--data-dir', folder];
    command.push('--listen-client-urls', client, '--advertise-client-urls', client);
    command.push('--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', cluster);
    return { server: new Server(command, { sandbox, log: `${folder}.log` }), port: ports[i] ?? 0 };
  });
}

/** Whether the member leads, as it says itself. */
async function leads(port: number): Promise<boolean> {
  const { header, leader } = (await ask(port, 'maintenance/status')) as {
    header: { member_id: string };
    leader?: string;
  };
  return header.member_id === leader;
}

/** A single call over the JSON gateway. */
async function ask(
  port: number,
  path: string,
  body: object = {},
  signal: AbortSignal = AbortSignal.timeout(ASK_MS),
): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${port}/v3/${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    signal,
  });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}

/**
 * Kills the leader, and tries a write at each survivor again and again, whatever became of the earlier ones: what a
 * member sent to the dead leader is lost, and what it is asked for once it knows no leader waits for the next. The first
 * that is acknowledged tells the time.
 */
async function takeover(leader: Member, survivors: readonly Member[]): Promise<number> {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const killedMs = performance.now();
  leader.server.kill();
  const over = new AbortController();
  let firstMs: number | null = null;
  const attempt = async (port: number): Promise<void> => {
    try {
      await ask(port, 'kv/put', { key: base64('after'), value: base64(`${killedMs}`) }, over.signal);
      firstMs ??= performance.now() - killedMs;
    } catch {
      // It has been given up, by the member or below.
    }
  };
  const attempts: Promise<void>[] = [];
  while (firstMs === null) {
    for (const { port } of survivors) attempts.push(attempt(port));
    await pass(TRY_EVERY_MS);
  }
  over.abort();
  await Promise.all(attempts);
  return firstMs;
}

const TRY_EVERY_MS = 25;
const ASK_MS = 2_000;
/** As `lockstep bench` has it. */
const LOAD: Case = { name: 'load', says: '', operation: 'write', connections: 16, inFlight: 4, together: 1 };
const LOAD_MS = 2_000;
