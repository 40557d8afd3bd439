import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import { setTimeout as pass } from 'node:timers/promises';
import { percentile } from '../figures.ts';
import type { Channel, Item } from './channel.ts';
import { cpuSeconds } from './cpu.ts';
import type { Job, Measured } from './job.ts';

/** Keeps all connections busy, warms up, measures, and lets what is under way come to its end. */
export async function work(job: Job, channels: readonly Channel[]): Promise<Measured> {
  const times: number[] = [];
  let isMeasuring = false;
  let isOver = false;
  const slot = (channel: Channel, items: () => readonly Item[]): Promise<void> =>
    new Promise((resolve) => {
      let startedMs = 0;
      const done = (): void => {
        const nowMs = performance.now();
        if (isMeasuring) times.push(nowMs - startedMs);
        if (isOver) resolve();
        else issue(nowMs);
      };
      const issue = (nowMs: number): void => {
        startedMs = nowMs;
        channel.issue(items(), done);
      };
      issue(performance.now());
    });
  const slots = channels.flatMap((channel, i) => {
    const items = itemsOf(i, job);
    return Array.from({ length: job.inFlight / job.together }, () => slot(channel, items));
  });
  await pass(job.warmUpMs);
  const before = used(job);
  isMeasuring = true;
  await pass(job.measureMs);
  isMeasuring = false;
  const after = used(job);
  isOver = true;
  await Promise.all(slots);
  return measured(job, Float64Array.from(times).sort(), before, after);
}

interface Used {
  readonly ms: number;
  readonly client: number;
  readonly loop: EventLoopUtilization;
  readonly servers: number | null;
}

function used({ serverPids }: Job): Used {
  const servers = serverPids.length === 0 ? null : cpuSeconds(serverPids);
  const { user, system } = process.cpuUsage();
  const loop = performance.eventLoopUtilization();
  return { ms: performance.now(), client: (user + system) / 1e6, loop, servers };
}

function measured({ together }: Job, sortedMs: Float64Array, before: Used, after: Used): Measured {
  const seconds = (after.ms - before.ms) / 1000;
  const operations = sortedMs.length * together;
  const isKnown = before.servers !== null && after.servers !== null;
  return {
    operations,
    seconds,
    opsPerSecond: operations / seconds,
    latencyMs: {
      p50: percentile(sortedMs, 0.5),
      p99: percentile(sortedMs, 0.99),
      p999: percentile(sortedMs, 0.999),
    },
    clientBusy: performance.eventLoopUtilization(after.loop, before.loop).utilization,
    clientCpu: (after.client - before.client) / seconds,
    serversCpu: isKnown ? (after.servers - before.servers) / seconds : null,
  };
}

/**
 * The next operations of connection `index`. Keys are those of `lockstep load`, and no two connections share one: in
 * PostgreSQL they would wait for each other's locks.
 */
export function itemsOf(index: number, { connections, together }: Job): () => readonly Item[] {
  const own = Math.floor(KEYS / connections);
  let next = 0;
  return () =>
    Array.from({ length: together }, () => {
      const n = next++;
      return { key: `load-${index + connections * (n % own)}`, value: `${n}`.padStart(VALUE_BYTES, '0') };
    });
}

const KEYS = 100;
const VALUE_BYTES = 16;
