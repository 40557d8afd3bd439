import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Sandbox } from '../../process/sandbox.ts';
import { command, replyEnd } from './client/resp.ts';
import type { About, Case, Engine } from './engine.ts';
import { fill, runCase, type Trio } from './native.ts';
import { freePorts, output, ready, Server } from './server.ts';

/** A master and two replicas, each with its log fsynced always; a write waits for one of the replicas. */
export function redis(sandbox: Sandbox): Engine {
  let servers: Server[] = [];
  let ports: number[] = [];
  let starts = 0;

  const trio = (): Trio => ({
    dialect: hasWaitAof() ? 'redis-aof' : 'redis',
    leaderPort: ports[0] ?? 0,
    replicaPorts: ports.slice(1),
    serverPids: servers.map(({ pid }) => pid),
  });
  return {
    name: 'redis',
    missing: () => (version() === null ? 'apt-get install redis-server' : null),
    about,
    start: async () => {
      ports = await freePorts(3);
      const [masterPort] = ports;
      servers = ports.map((port, i) => {
        const folder = join(sandbox.folder, `redis-${starts}-${i}`);
        mkdirSync(folder);
        const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, ...SETTINGS.flat()];
        // A title would overwrite the environment, by which the sandbox finds what it must end.
        args.push('--set-proc-title', 'no');
        if (i > 0) args.push('--replicaof', `127.0.0.1 ${masterPort}`);
        return new Server(['redis-server', ...args], { sandbox, log: `${folder}.log` });
      });
      starts++;
      await ready(servers, async () => (await Promise.all(ports.map(isSettled))).every(Boolean));
      await fill(trio(), sandbox);
    },
    refusal: () => null,
    remark,
    run: (of, pace) => runCase(of, pace, trio(), sandbox),
    stop: async () => {
      await Promise.all(servers.map((server) => server.end('SIGTERM')));
      servers = [];
    },
  };
}

/** Snapshots are off: the log has everything. A replica's first copy of the data is not put off for others to join. */
const SETTINGS = [
  ['--appendonly', 'yes'],
  ['--appendfsync', 'always'],
  ['--save', ''],
  ['--repl-diskless-sync-delay', '0'],
] as const;

function about(): About {
  const acknowledged = hasWaitAof()
    ? 'write: SET, WAITAOF 1 1: fsynced by the master and a replica'
    : 'write: SET, WAIT 1: fsynced by the master; a replica has it, and does not promise that it is fsynced (WAITAOF: 7.2)';
  return {
    version: version() ?? '',
    settings: SETTINGS.map(([name, value]) => `${name.slice(2)} ${value === '' ? "''" : value}`),
    client: 'ours, over its wire protocol',
    promises: [
      acknowledged,
      'replica read: GET, of both replicas',
      'linearizable read: GET of the master, which does not ask whether it still is; it may show what no replica has yet',
    ],
  };
}

function remark({ operation, inFlight, together }: Case): string | null {
  if (operation === 'replica-read') return null;
  if (operation === 'linearizable-read') return 'the master does not ask whether it still is';
  const remarks = hasWaitAof() ? [] : ['no fsync promised by the replica'];
  if (inFlight > 1) remarks.push(together > 1 ? 'SETs and one WAIT' : 'each WAIT holds up its connection');
  return remarks.join('; ') || null;
}

function version(): string | null {
  const said = output('redis-server', '--version');
  return said === null ? null : `redis ${/v=(\S+)/.exec(said)?.[1]}`;
}

function hasWaitAof(): boolean {
  const [major = 0, minor = 0] = (version()?.slice('redis '.length) ?? '').split('.').map(Number);
  return major > 7 || (major === 7 && minor >= 2);
}

/** The master has both replicas, a replica has its master, and no log is being rewritten. */
async function isSettled(port: number, i: number): Promise<boolean> {
  const info = await ask(port, 'INFO');
  const role = i === 0 ? 'state=online(.|\\s)*state=online' : 'master_link_status:up';
  return (
    new RegExp(role).test(info) &&
    info.includes('aof_rewrite_in_progress:0') &&
    !info.includes('aof_rewrite_scheduled:1')
  );
}

async function ask(port: number, ...words: readonly string[]): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    socket.write(command(...words));
    let reply = Buffer.alloc(0);
    for await (const bytes of socket) {
      reply = Buffer.concat([reply, bytes]);
      if (replyEnd(reply, 0) !== null) break;
    }
    return reply.toString();
  } finally {
    socket.destroy();
  }
}
