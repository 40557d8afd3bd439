import { performance } from 'node:perf_hooks';
import { setTimeout as pass } from 'node:timers/promises';
import type { Channel, Item } from './channel.ts';
import type { Done, Job } from './job.ts';

/** Keeps the connections busy, warms up, measures, and lets what is under way come to its end. `numbers` are theirs. */
export async function work(job: Job, numbers: readonly number[], channels: readonly Channel[]): Promise<Done> {
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
    const items = itemsOf(numbers[i] ?? 0, job);
    return Array.from({ length: job.inFlight / job.together }, () => slot(channel, items));
  });
  await pass(job.warmUpMs);
  const [startMs, loop] = [performance.now(), performance.eventLoopUtilization()];
  isMeasuring = true;
  await pass(job.measureMs);
  isMeasuring = false;
  const busy = performance.eventLoopUtilization(loop).utilization;
  const seconds = (performance.now() - startMs) / 1000;
  isOver = true;
  await Promise.all(slots);
  return { sortedMs: Float64Array.from(times).sort(), seconds, busy };
}

/**
 * The next operations of connection `index`. There are as many as in `lockstep bench`, and no two connections share one: in
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

/** As many as `lockstep bench` writes to. */
export const KEYS = 997;
const VALUE_BYTES = 16;
