// A thread of the client, with some of its connections. Told to go, it does its Share of the job.
import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import type { Channel } from './channel.ts';
import { openEtcd } from './etcd.ts';
import type { Job, Share } from './job.ts';
import { work } from './load.ts';
import { openPostgres } from './postgres.ts';
import { openRedis } from './resp.ts';

const { job, connections } = workerData as Share;
const channels = await Promise.all(connections.map((i) => open(job, job.ports[i % job.ports.length] ?? 0)));
if (parentPort === null) throw new Error('this is a thread of client/main.ts');
parentPort.postMessage('connected');
await once(parentPort, 'message');
const done = await work(job, connections, channels);
parentPort.postMessage(done, [done.sortedMs.buffer]);
// A server's CPU is read while the connections are there: PostgreSQL has a process for each.
await once(parentPort, 'message');
for (const channel of channels) channel.close();
parentPort.close();

function open({ dialect, operation }: Job, port: number): Promise<Channel> {
  switch (dialect) {
    case 'etcd':
      return openEtcd(port, operation);
    case 'redis':
      return openRedis(port, operation, 'WAIT');
    case 'redis-aof':
      return openRedis(port, operation, 'WAITAOF');
    case 'postgres':
      return openPostgres(port, operation);
    default:
      return dialect satisfies never;
  }
}
