import { LongLog } from '../../core/cluster/long-log.ts';
import { readProc } from './proc.ts';
import { rounded, single, spreadOf, type TimesResult } from './result.ts';
import type { TimesSettings } from './times.ts';

const KEYS = 997;
const TIMES_MAX = 3;
const LOOK_MS = 50;
const DEADLINE_MS = 120_000;

/**
 * How long a replica takes to start on a log of `--entries` entries, in which compaction has not yet run: all of it is
 * read, checked and folded, as it comes: the memory that takes (`peakMiB`) is the state's, a file's and a tail's,
 * however long the log is. The log is written by the replica's own code. A cluster that runs folds its log every 8 MiB,
 * so such a log is one of a replica that could not. Then that replica is left to fold it, and started again on what a
 * log is as a rule, however many entries it had: a snapshot and its tail (`foldedMs`).
 */
export async function measureRecovery(settings: TimesSettings): Promise<TimesResult> {
  const { stage, mode, valueBytes, entries, onProgress } = settings;
  const log = await LongLog.write(entries, KEYS, valueBytes, (count) => {
    stage.check();
    onProgress((0.5 * count) / entries);
  });
  const kept = stage.onEnd(() => log.remove());
  try {
    const times = Math.min(settings.times, TIMES_MAX);
    const tookMs: number[] = [];
    let peakMiB = Number.NaN;
    while (tookMs.length < times) {
      stage.check();
      const look = async (pid: number): Promise<void> => {
        peakMiB = peakOf(pid);
      };
      tookMs.push(await log.recover(look));
      onProgress(0.5 + (0.4 * tookMs.length) / times);
    }
    await log.recover(() => stage.until('the log to be folded', () => log.isFolded, LOOK_MS, DEADLINE_MS));
    const foldedMs: number[] = [];
    while (foldedMs.length < times) foldedMs.push(await log.recover(async () => stage.check()));
    const measures = {
      recoveryMs: rounded(spreadOf(tookMs), 0),
      entriesPerSecond: rounded(spreadOf(tookMs.map((ms) => entries / (ms / 1000))), 0),
      foldedMs: rounded(spreadOf(foldedMs), 0),
      ...single({ logMiB: log.bytes / 2 ** 20, ...(Number.isNaN(peakMiB) ? {} : { peakMiB }) }),
    };
    const note = `a replica's start on a log of ${entries} entries over ${KEYS} keys before any compaction, and after one`;
    return { case: 'recovery', mode, replicas: 1, times, measures, note };
  } finally {
    log.remove();
    kept();
  }
}

/** In MiB; NaN where the system does not tell. */
function peakOf(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readProc(pid, 'status'))?.[1]) / 1024;
}
