import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Found, Task } from './worker.ts';

/** A thread that takes longer than this is stuck, in ms. */
const STUCK_MS = 120_000;

/** Does a task in a thread of its own, which loads everything anew. Rejects if it fails to load, or is stuck. */
export async function hunt(task: Task): Promise<Found> {
  const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData: task });
  try {
    const [found] = await once(worker, 'message', { signal: AbortSignal.timeout(STUCK_MS) });
    return found as Found;
  } finally {
    await worker.terminate();
  }
}
