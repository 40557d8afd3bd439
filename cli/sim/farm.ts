import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { NOTHING, sum, type Tally } from './tally.ts';
import type { Chunk } from './worker.ts';

/** Seeds that a thread takes at once: some hundredths of a second's work. */
const CHUNK_SEEDS = 10;

export interface FarmRequest extends Chunk {
  /** Threads. */
  readonly jobs: number;
  /** Called when some more runs are done, with all that are, and with those alone. */
  readonly onProgress: (tally: Tally, news: Tally) => void;
  /** Ends it before its time: what is done by then is what it comes to. */
  readonly stopped: Promise<unknown>;
}

/** Runs many seeds on several threads. What it comes to does not depend on how many. */
export async function farm(request: FarmRequest): Promise<Tally> {
  const { from, count, options, jobs, onProgress, stopped } = request;
  const chunks: Chunk[] = [];
  for (let at = 0; at < count; at += CHUNK_SEEDS) {
    chunks.push({ from: from + at, count: Math.min(CHUNK_SEEDS, count - at), options });
  }
  let tally = NOTHING;
  // As source or built: the worker is what this file is.
  const file = new URL(`worker${extname(import.meta.url)}`, import.meta.url);
  const workers = Array.from({ length: Math.min(jobs, chunks.length) }, () => new Worker(file));
  const work = (worker: Worker): Promise<void> =>
    new Promise((resolve, reject) => {
      const next = (): void => {
        const chunk = chunks.shift();
        if (chunk) worker.postMessage(chunk);
        else resolve();
      };
      worker.on('message', (done: Tally) => {
        tally = sum(tally, done);
        onProgress(tally, done);
        next();
      });
      worker.on('error', reject);
      next();
    });
  try {
    await Promise.race([Promise.all(workers.map(work)), stopped]);
    return tally;
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
