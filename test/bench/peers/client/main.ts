// The client, in a process of its own: what it uses is not mistaken for what the servers use, and it is seen when it is
// what holds them up. Its one argument is a Job, as JSON; it prints what it Measured.
import type { Channel } from './channel.ts';
import { openEtcd } from './etcd.ts';
import type { Job } from './job.ts';
import { work } from './load.ts';
import { openPostgres } from './postgres.ts';
import { openRedis } from './resp.ts';

const job = JSON.parse(process.argv[2] ?? '') as Job;
const channels = await Promise.all(
  Array.from({ length: job.connections }, (_, i) => open(job, job.ports[i % job.ports.length] ?? 0)),
);
process.stdout.write(`${JSON.stringify(await work(job, channels))}\n`);
for (const channel of channels) channel.close();

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
