import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as pass } from 'node:timers/promises';

/** What the probe says of the process that it is in. */
export interface Sample {
  readonly heapBytes: number;
  /** Whether garbage was collected just before. */
  readonly collected: boolean;
  /** Of all events together. */
  readonly processListeners: number;
  readonly stdinListeners: number;
  readonly stdoutListeners: number;
}

/** What a program's environment must hold for the probe to be in it, and to write its samples into `file`. */
export function probed(file: string): Record<string, string> {
  const probe = new URL('./probe.mjs', import.meta.url).href;
  const where = { BENCH_PROBE_FILE: file, BENCH_PROBE_COLLECT: collectRequest(file) };
  return { NODE_OPTIONS: `--expose-gc --import ${probe}`, ...where };
}

/** All samples so far. */
export function samples(file: string): Sample[] {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Sample);
}

/** The JS heap of the process, in bytes, without what is garbage. */
export async function heapWithoutGarbage(file: string): Promise<number> {
  const before = samples(file).length;
  writeFileSync(collectRequest(file), '');
  for (let waits = 0; waits < WAITS_MAX; waits++) {
    await pass(WAIT_MS);
    const found = samples(file)
      .slice(before)
      .find(({ collected }) => collected);
    if (found !== undefined) return found.heapBytes;
  }
  throw new Error('the probe did not answer');
}

/** The file whose presence asks the probe to collect garbage before its next sample. */
const collectRequest = (file: string): string => `${file}.collect`;

const WAIT_MS = 250;
const WAITS_MAX = 80;
