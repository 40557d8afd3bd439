import { chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Sandbox } from '../../process/sandbox.ts';
import type { About, Case, Engine } from './engine.ts';
import { fill, runCase, type Trio } from './native.ts';
import { runPgbench } from './pgbench.ts';
import { freePorts, output, ready, Server, type User } from './server.ts';

/** A primary and two streaming standbys, of which one must have flushed what is committed. */
export function postgres(sandbox: Sandbox): Engine {
  let servers: Server[] = [];
  let ports: number[] = [];
  let starts = 0;

  const trio = (): Trio => ({
    dialect: 'postgres',
    leaderPort: ports[0] ?? 0,
    replicaPorts: ports.slice(1),
    serverPids: servers.map(({ pid }) => pid),
  });
  const start = async (): Promise<void> => {
    const user = userOfPostgres();
    const folder = join(sandbox.folder, `postgres-${starts++}`);
    mkdirSync(folder);
    if (user !== null) chownSync(folder, user.uid, user.gid);
    const tools = { sandbox, log: `${folder}.log`, ...(user === null ? {} : { user }) };
    const finish = async (...command: readonly string[]): Promise<void> => {
      const tool = new Server(command, tools);
      const code = await tool.exit();
      if (code !== 0) throw new Error(`${command[0]} ended with ${code}: see ${tool.log}`);
    };
    const serve = (name: string, port: number | undefined, ...settings: readonly string[]): Server => {
      const place = ['-D', join(folder, name), '-c', `port=${port}`, '-c', 'listen_addresses=127.0.0.1'];
      const set = ['unix_socket_directories=', ...settings].flatMap((setting) => ['-c', setting]);
      return new Server([tool('postgres'), ...place, ...set], tools);
    };

    ports = await freePorts(3);
    const [primaryPort, ...standbyPorts] = ports;
    const address = `host=127.0.0.1 port=${primaryPort} user=postgres`;
    await finish(tool('initdb'), '-D', join(folder, 'p'), '-U', 'postgres', '--auth=trust', '--no-sync');
    servers = [serve('p', primaryPort, ...SETTINGS)];
    const says = (sql: string): string | null =>
      output(tool('psql'), '-X', '-A', '-t', '-d', `${address} dbname=postgres`, '-c', sql);
    await ready(servers, () => says('SELECT 1') === '1');
    for (const [i, port] of standbyPorts.entries()) {
      const name = `s${i + 1}`;
      await finish(
        tool('pg_basebackup'),
        '-R',
        '--checkpoint=fast',
        '--no-sync',
        '-D',
        join(folder, name),
        '-d',
        address,
      );
      servers.push(serve(name, port, `primary_conninfo=${address} application_name=${name}`));
    }
    const streaming = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND sync_state = 'quorum'";
    await ready(servers, () => says(streaming) === '2');
    says('CREATE TABLE kv (key text PRIMARY KEY, value text)');
    await fill(trio(), sandbox);
  };
  return {
    name: 'postgres',
    missing: () => (programs() === null ? 'apt-get install postgresql-15' : null),
    about,
    start,
    refusal: () => null,
    remark,
    run: (of, pace) =>
      of.inFlight === 1 ? runPgbench(tool('pgbench'), of, pace, trio(), sandbox) : runCase(of, pace, trio(), sandbox),
    stop: async () => {
      // Fast: what is open is rolled back. The primary last, or it would wait for standbys that are gone.
      await Promise.all(servers.slice(1).map((server) => server.end('SIGINT')));
      await servers[0]?.end('SIGINT');
      servers = [];
    },
  };
}

const SETTINGS = ['synchronous_standby_names=ANY 1 (s1, s2)', 'synchronous_commit=on', 'fsync=on'];

function about(): About {
  return {
    version: output(tool('postgres'), '--version') ?? '',
    settings: SETTINGS,
    client: 'pgbench -M prepared; ours, over its wire protocol, where more than one is under way on a connection',
    promises: [
      'write: a transaction of one prepared upsert, flushed by the primary and a standby; on one connection they are done one after the other',
      'writes under one acknowledgement: one transaction',
      'replica read: SELECT, of both standbys',
      'linearizable read: SELECT at the primary, which does not ask whether it still is',
    ],
  };
}

function remark({ operation, inFlight, together }: Case): string | null {
  if (operation === 'linearizable-read') return 'the primary does not ask whether it still is';
  if (inFlight === 1) return null;
  return together > 1 ? 'one transaction' : 'one after the other on each connection';
}

/** Debian keeps each version's programs in a folder of its own, out of the PATH. */
function programs(): string | null {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).filter((name) => /^\d+$/.test(name)) : [];
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
  if (newest !== undefined && existsSync(join(DEBIAN, newest, 'bin', 'initdb'))) return join(DEBIAN, newest, 'bin');
  return output('initdb', '--version') === null ? null : '';
}

function tool(name: string): string {
  return join(programs() ?? '', name);
}

/** PostgreSQL refuses to run as root: then it runs as the user that its package makes. */
function userOfPostgres(): User | null {
  if (process.getuid?.() !== 0) return null;
  const [uid, gid] = [output('id', '-u', 'postgres'), output('id', '-g', 'postgres')].map(Number);
  if (!uid || !gid) throw new Error('PostgreSQL does not run as root, and there is no user postgres');
  return { uid, gid };
}

const DEBIAN = '/usr/lib/postgresql';
