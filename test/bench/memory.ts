// What a replica's process holds after many writes over few keys. In MiB.
import { readFileSync } from 'node:fs';
import { isSettled, Running } from '../process/running.ts';
import { report } from './report.ts';

const WRITES = 200_000;
const KEYS = 1_000;
const IN_FLIGHT = 256;

await using cluster = await Running.up();
const { replicas } = await cluster.until(isSettled);
const resident = (): number[] => replicas.map(({ pid }) => residentMiB(pid ?? 0));
report('at the start', resident(), 'MiB');
let next = 0;
let acknowledged = 0;
const startedMs = performance.now();
const writer = async (): Promise<void> => {
  while (next < WRITES) {
    const n = next++;
    const { outcome } = await cluster.write(`key-${n % KEYS}`, `value-${n}`);
    if (outcome === 'ok') acknowledged += 1;
  }
};
await Promise.all(Array.from({ length: IN_FLIGHT }, writer));
const seconds = (performance.now() - startedMs) / 1000;
await cluster.until(isSettled);
process.stdout.write(`${acknowledged} of ${WRITES} acknowledged, ${Math.round(WRITES / seconds)} writes/s\n`);
report(`after ${WRITES} writes over ${KEYS} keys`, resident(), 'MiB');

function residentMiB(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(match?.[1]) / 1024;
}
