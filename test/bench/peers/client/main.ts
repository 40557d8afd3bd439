// The client, in a process of its own: what it uses is not mistaken for what the servers use, and it is seen when it is
// what holds them up. Its one argument is a Job, as JSON; it prints what it Measured.
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { setTimeout as pass } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { latencies } from '../figures.ts';
import { cpuSeconds } from './cpu.ts';
import type { Done, Job, Measured, Share } from './job.ts';

const THREADS_MAX = 4;

const job = JSON.parse(process.argv[2] ?? '') as Job;
process.stdout.write(`${JSON.stringify(await run())}\n`);

async function run(): Promise<Measured> {
  const workers = shares().map((share) => new Worker(new URL('worker.ts', import.meta.url), { workerData: share }));
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  const answers = Promise.all(workers.map(async (worker) => (await once(worker, 'message'))[0] as Done));
  for (const worker of workers) worker.postMessage('go');
  await pass(job.warmUpMs);
  const before = used();
  await pass(job.measureMs);
  const after = used();
  const done = await answers;
  for (const worker of workers) worker.postMessage('end');

  const seconds = (after.ms - before.ms) / 1000;
  const sortedMs = merged(done.map(({ sortedMs }) => sortedMs));
  const isKnown = before.servers !== null && after.servers !== null;
  return {
    operations: sortedMs.length * job.together,
    seconds,
    opsPerSecond: done.reduce((sum, each) => sum + (each.sortedMs.length * job.together) / each.seconds, 0),
    latencyMs: latencies(sortedMs),
    clientCpu: (after.client - before.client) / seconds,
    clientBusy: Math.max(...done.map(({ busy }) => busy)),
    serversCpu: isKnown ? (after.servers - before.servers) / seconds : null,
  };
}

/** A thread for each core, as far as there are connections for them. */
function shares(): Share[] {
  const threads = Math.min(availableParallelism(), THREADS_MAX, job.connections);
  const all = Array.from({ length: job.connections }, (_, i) => i);
  return Array.from({ length: threads }, (_, t) => ({ job, connections: all.filter((i) => i % threads === t) }));
}

function used(): { readonly ms: number; readonly client: number; readonly servers: number | null } {
  const servers = job.serverPids.length === 0 ? null : cpuSeconds(job.serverPids);
  const { user, system } = process.cpuUsage();
  return { ms: performance.now(), client: (user + system) / 1e6, servers };
}

function merged(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all.sort();
}
