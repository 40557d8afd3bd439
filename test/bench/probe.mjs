// Goes into the dashboard's process by `--import`, before the program, and writes down what only that process knows of
// itself: a line of JSON every two seconds, a Sample (sample.ts). The program knows nothing of it. Plain JavaScript: to
// strip types, Node loads as much as the dashboard itself.
import { appendFileSync, existsSync, rmSync } from 'node:fs';

const everyMs = 2_000;

const { BENCH_PROBE_FILE: into, BENCH_PROBE_COLLECT: request } = process.env;
if (into && request) setInterval(sample, everyMs).unref();

function sample() {
  // Only when asked: collecting garbage takes time and gives memory back, which are measured from outside.
  const collected = existsSync(request);
  if (collected) globalThis.gc();
  const taken = {
    heapBytes: process.memoryUsage().heapUsed,
    collected,
    processListeners: listeners(process),
    stdinListeners: listeners(process.stdin),
    stdoutListeners: listeners(process.stdout),
  };
  appendFileSync(into, `${JSON.stringify(taken)}\n`);
  if (collected) rmSync(request);
}

function listeners(emitter) {
  return emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0);
}
